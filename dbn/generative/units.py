"""Groups of visible units: what one side of a restricted Boltzmann machine is made of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np

from dbn import ops
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng

Kind = Literal["bernoulli", "softmax", "gaussian"]
KINDS: tuple[Kind, ...] = ("bernoulli", "softmax", "gaussian")

NO_GAUSSIAN = np.empty(0, np.float32)
"""The log variances of Gaussian units where there are none."""


@dataclass(frozen=True)
class Group:
    """Units that are sampled together.

    Parameters
    ----------
    kind : {"bernoulli", "softmax", "gaussian"}
        Independent binary units, one choice among `size` of which exactly one unit is on, or independent real numbers,
        each with a variance of its own.
    size : int
        The number of units, ≥ 1.

    >>> Group("softmax", 10)
    Group(kind='softmax', size=10)
    """

    kind: Kind
    size: int

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DbnError(f"unknown kind of unit {self.kind!r}; known are {', '.join(KINDS)}")
        if self.size < 1:
            raise DbnError(f"a group of {self.kind} units needs at least one unit, not {self.size}")


def parts(groups: tuple[Group, ...]) -> list[tuple[Group, slice]]:
    """Each group with the columns that it occupies.

    >>> parts((Group("softmax", 2), Group("bernoulli", 3)))[1][1]
    slice(2, 5, None)
    """
    ends = accumulate(group.size for group in groups)
    return [(g, slice(end - g.size, end)) for g, end in zip(groups, ends, strict=True)]


def gaussian(groups: tuple[Group, ...]) -> slice:
    """The columns of the Gaussian units, which form one group at most; none without one.

    >>> gaussian((Group("softmax", 2), Group("gaussian", 3)))
    slice(2, 5, None)
    """
    return next((columns for group, columns in parts(groups) if group.kind == "gaussian"), slice(0))


def mean(groups: tuple[Group, ...], a: Array) -> Array:
    """Expected states given total inputs `a` (n, Σ sizes); written over `a`. Those of Gaussian units are the inputs.

    >>> mean((Group("softmax", 2), Group("bernoulli", 1)), np.zeros((1, 3)))
    array([[0.5, 0.5, 0.5]])
    """
    engine = ops.of(a)
    for group, columns in parts(groups):
        if group.kind == "softmax":
            a[:, columns] = engine.exp(engine.log_softmax(a[:, columns]))
        elif group.kind == "bernoulli":
            engine.sigmoid(a[:, columns])
    return a


def sample(
    groups: tuple[Group, ...],
    a: Array,
    rng: Rng,
    *,
    z: Array = NO_GAUSSIAN,
    bernoulli_means: bool = False,
    softmax_means: bool = False,
) -> Array:
    """Sampled states given total inputs `a` (n, Σ sizes); written over `a`.

    Parameters
    ----------
    z : array (Gaussian units,)
        Their log variances.
    bernoulli_means : bool
        Leave the binary units at their probabilities and sample the others alone: the
        reconstruction of Hinton, Osindero & Teh 2006 (real-valued pixels, one label on).
    softmax_means : bool
        Leave the softmax groups at their probabilities: the label units of its up-down algorithm.
    """
    engine = ops.of(a)
    for group, columns in parts(groups):
        if group.kind == "softmax":
            log_p = engine.log_softmax(a[:, columns])
            a[:, columns] = engine.exp(log_p) if softmax_means else rng.categorical(log_p)
        elif group.kind == "gaussian":
            a[:, columns] += engine.exp(z / 2) * rng.normal((len(a), group.size))
        else:
            p = engine.sigmoid(a[:, columns])
            if not bernoulli_means:
                p[...] = rng.bernoulli(p)
    return a


def base_rate_biases(groups: tuple[Group, ...], rates: Array) -> Array:
    """Biases that reproduce the mean activities `rates` (Σ sizes,) when all weights are 0.

    The means of Gaussian units; log(p / (1 − p)) for binary units and log p for softmax units, with p kept off 0 and 1
    (Hinton 2012, *A practical guide to training restricted Boltzmann machines*, section 8.1).

    >>> base_rate_biases((Group("bernoulli", 1),), np.array([0.5]))
    array([0.])
    """
    engine = ops.of(rates)
    biases: Array = engine.copy(rates)
    for group, columns in parts(groups):
        if group.kind == "gaussian":
            continue
        p = rates[columns].clip(0.01, 0.99)
        biases[columns] = engine.log(p) if group.kind == "softmax" else engine.log(p / (1 - p))
    return biases
