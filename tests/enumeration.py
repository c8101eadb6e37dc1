"""Exact answers about machines so small that all their states can be listed: the oracle of these tests."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from dbn.generative.rbm import RBM
from dbn.generative.units import Group

Array = NDArray[np.float64]


def binary_states(n: int) -> Array:
    """Every state of n binary units: (2ⁿ, n)."""
    return np.array(list(product([0.0, 1.0], repeat=n))).reshape(2**n, n)


def visible_states(groups: tuple[Group, ...]) -> Array:
    """Every state of the groups, one a row."""
    each = [binary_states(g.size) if g.kind == "bernoulli" else np.eye(g.size) for g in groups]
    return np.array([np.concatenate(parts) for parts in product(*each)])


@dataclass(frozen=True)
class Exact:
    """Distributions of a machine over the rows of `v` and `h`."""

    rbm: RBM

    @cached_property
    def v(self) -> Array:
        return visible_states(self.rbm.groups)

    @cached_property
    def h(self) -> Array:
        return binary_states(self.rbm.n_hidden)

    @cached_property
    def log_joint(self) -> Array:
        """−E of every pair, not normalised: (states of v, states of h)."""
        W, b, c = (array.astype(float) for array in (self.rbm.W, self.rbm.b, self.rbm.c))
        return np.einsum("vi,ij,hj->vh", self.v, W, self.h) + (self.v @ b)[:, None] + (self.h @ c)[None]

    @cached_property
    def log_z(self) -> float:
        return float(logsumexp(self.log_joint))

    @cached_property
    def p_v(self) -> Array:
        return np.exp(logsumexp(self.log_joint, axis=1) - self.log_z)

    @cached_property
    def p_h(self) -> Array:
        return np.exp(logsumexp(self.log_joint, axis=0) - self.log_z)

    @cached_property
    def h_given_v(self) -> Array:
        """p(h given v): each row sums to 1."""
        return np.exp(self.log_joint - logsumexp(self.log_joint, axis=1, keepdims=True))

    @cached_property
    def v_given_h(self) -> Array:
        """p(v given h): each row, a state of h, sums to 1."""
        return np.exp(self.log_joint - logsumexp(self.log_joint, axis=0, keepdims=True)).T

    @cached_property
    def sweep(self) -> Array:
        """Transition matrix of one full Gibbs step v → h → v."""
        return self.h_given_v @ self.v_given_h

    def statistics(self, p: Array) -> tuple[Array, Array, Array]:
        """⟨v hᵀ⟩, ⟨v⟩ and ⟨h⟩ under a distribution over the rows of v, with h from p(h given v)."""
        mean_h = self.h_given_v @ self.h
        return (self.v * p[:, None]).T @ mean_h, p @ self.v, p @ mean_h

    def gradient(self, data: Array, model: Array) -> tuple[Array, Array, Array]:
        """Difference of the statistics under two distributions over the rows of v."""
        W, b, c = (a - m for a, m in zip(self.statistics(data), self.statistics(model), strict=True))
        return W, b, c

    def counts(self, v: Array) -> Array:
        """How often each state of v is among the rows given."""
        index = {tuple(state): i for i, state in enumerate(self.v)}
        return np.bincount([index[tuple(row)] for row in v.astype(float)], minlength=len(self.v))


def assert_same_distribution(counts: Array, p: Array) -> None:
    """Total variation within 4 σ of what independent draws from p give."""
    n = counts.sum()
    spread = np.sqrt(p * (1 - p) / n)
    expected = 0.5 * np.sqrt(2 / np.pi) * spread.sum()
    assert 0.5 * np.abs(counts / n - p).sum() < expected + 4 * 0.5 * np.sqrt((spread**2).sum())
