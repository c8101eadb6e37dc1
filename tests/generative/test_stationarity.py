"""Chains that begin at exactly the distribution that they sample stay there: every sampler, on a machine in a table.

Pairs (v, h) are drawn from the table, and after some steps the pairs are counted: a sampler that moved only one side
right, or let both sides lose each other, would be found out.
"""

from collections.abc import Callable

import numpy as np
import pytest
from enumeration import Exact, assert_same_distribution
from toys import machine, updown

from dbn.generative import completion, contrastive, sampling, wake_sleep
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.likelihood.annealing import Path
from dbn.generative.rbm import RBM
from dbn.generative.tempering import Replicas
from dbn.ops.numpy import Rng

N = 20_000
Pairs = tuple[np.ndarray, np.ndarray]
Sampler = Callable[[RBM, np.ndarray, np.ndarray, Rng], Pairs]


def drawn(exact: Exact, n: int = N, seed: int = 0, given: np.ndarray | bool = True) -> Pairs:
    """Pairs (v, h) from the table, of the visible states that are `given`."""
    joint = exact.p_v[:, None] * exact.h_given_v * np.reshape(given, (-1, 1))
    flat = np.random.default_rng(seed).choice(joint.size, n, p=joint.ravel() / joint.sum())
    v, h = np.divmod(flat, joint.shape[1])
    return exact.v[v], exact.h[h]


def assert_stayed(exact: Exact, pairs: Pairs, given: np.ndarray | bool = True) -> None:
    v, h = (exact_states(states, found) for states, found in zip((exact.v, exact.h), pairs, strict=True))
    joint = exact.p_v[:, None] * exact.h_given_v * np.reshape(given, (-1, 1))
    assert_same_distribution(np.bincount(v * len(exact.h) + h, minlength=joint.size), joint.ravel() / joint.sum())


def exact_states(states: np.ndarray, found: np.ndarray) -> np.ndarray:
    """The row of `states` that each row found is."""
    powers = 2.0 ** np.arange(states.shape[1])
    numbers = states @ powers
    ascending = numbers.argsort()
    rows = ascending[np.searchsorted(numbers[ascending], found @ powers).clip(max=len(states) - 1)]
    np.testing.assert_array_equal(states[rows], found)
    return rows


def learning(rbm: RBM, h: np.ndarray, rng: Rng, **options: object) -> contrastive.CDState:
    """Three updates at a learning rate of 0, with chains that begin at h."""
    config = CDConfig(learning_rate="0", persistent="1", k="2", **options)  # type: ignore[arg-type]
    state = contrastive.init(rbm, rng, config, len(h))
    state.chains[:] = h
    if isinstance(state.replicas, Replicas):
        for i, beta in enumerate(np.linspace(0, 1, config.temperatures)[:-1]):
            there = RBM(beta * rbm.W, rbm.b, beta * rbm.c, rbm.groups)  # their base is the machine's own
            state.replicas.h[i] = drawn(Exact(there), len(h), seed=i)[1]
    for _ in range(3):
        contrastive.step(state, np.eye(rbm.n_visible, dtype=rbm.W.dtype)[:2], config, config.moment(0.0))
    return state


def cd(rbm: RBM, v: np.ndarray, _h: np.ndarray, rng: Rng) -> Pairs:
    v, p = contrastive.chain(rbm, v, 3, rng, bernoulli_means=False)
    return v, rng.bernoulli(p)


def pcd(rbm: RBM, _v: np.ndarray, h: np.ndarray, rng: Rng) -> Pairs:
    h = learning(rbm, h, rng).chains
    return rbm.sample_v_from_h(h, rng), h


def pcd_centred(rbm: RBM, _v: np.ndarray, h: np.ndarray, rng: Rng) -> Pairs:
    h = learning(rbm, h, rng, centering=0.1).chains
    return rbm.sample_v_from_h(h, rng), h


def tempered(rbm: RBM, _v: np.ndarray, h: np.ndarray, rng: Rng) -> Pairs:
    h = learning(rbm, h, rng, temperatures=3).chains
    return rbm.sample_v_from_h(h, rng), h


def associative_memory(rbm: RBM, _v: np.ndarray, h: np.ndarray, rng: Rng) -> Pairs:
    *_, pairs = sampling.gibbs(DBN((rbm,), (1, rbm.n_visible - rbm.n_labels)), h, 3, rng)
    return pairs


def up_down(rbm: RBM, _v: np.ndarray, h: np.ndarray, rng: Rng) -> Pairs:
    start = updown(labels=False).init()
    state = wake_sleep.UpDownState((), rbm, (), h.copy(), rng, start.pixels)
    data = np.zeros((1, rbm.n_visible), rbm.W.dtype)
    for _ in range(2):
        phase = wake_sleep.phases(state, data[:, rbm.n_labels :], data[:, : rbm.n_labels], 2, persistent=True)
    return phase.dream, state.chains


def reverse_annealing(rbm: RBM, v: np.ndarray, _h: np.ndarray, rng: Rng) -> Pairs:
    v, _ = contrastive.chain(rbm, v, 3, rng, bernoulli_means=False)
    return v, rbm.sample_h_from_v(v, rng)


def annealing_at_1(rbm: RBM, v: np.ndarray, _h: np.ndarray, rng: Rng) -> Pairs:
    path = Path(rbm, np.zeros_like(rbm.b))
    for _ in range(3):
        v = path.move(v @ rbm.W + rbm.c, 1.0, rng)
    return v, path.up(v @ rbm.W + rbm.c, 1.0, rng)


SAMPLERS = [cd, pcd, pcd_centred, tempered, associative_memory, up_down, reverse_annealing, annealing_at_1]
SHAPES = [(("softmax", 3), ("bernoulli", 2)), (("bernoulli", 4),)]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("shape", SHAPES, ids=["with labels", "without"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chains_stay_at_the_distribution_of_the_machine(
    sampler: Sampler, shape: tuple[tuple[str, int], ...], dtype: type
) -> None:
    rbm = machine(*shape, seed=5, scale=1.2, dtype=dtype)
    exact = Exact(rbm)
    v, h = drawn(exact)
    found = sampler(rbm, v.astype(dtype), h.astype(dtype), Rng(0, "stay"))
    assert found[0].dtype == found[1].dtype == dtype
    assert (found[1] != h).any(axis=1).mean() > 0.2  # they did move
    assert_stayed(exact, found)


@pytest.mark.parametrize("label", [0, 2])
def test_clamped_chains_stay_at_the_distribution_given_the_label(label: int) -> None:
    rbm = machine(*SHAPES[0], seed=5, scale=1.2)
    exact, net = Exact(rbm), DBN((rbm,), (1, 2))
    given = exact.v[:, label] == 1
    _, h = drawn(exact, given=given)
    *_, pairs = sampling.gibbs(net, h, 3, Rng(0, "stay"), labels=np.full(N, label))
    assert_stayed(exact, pairs, given)


def test_completion_stays_at_the_distribution_given_the_known_pixels() -> None:
    """Begun at the exact conditional instead of noise, with one step a round and no directed layers."""
    rbm = machine(("bernoulli", 4), seed=5, scale=1.2)
    exact, net, known = Exact(rbm), DBN((rbm,), (2, 2)), np.array([True, False, True, False])
    given = (exact.v[:, known] == [1, 0]).all(axis=1)
    v, _ = drawn(exact, given=given)

    class Beginning(Rng):
        """A stream whose first binary draw is the unknown pixels of these images."""

        first: np.ndarray | None = v

        def bernoulli(self, p: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
            begun, self.first = self.first, None
            return super().bernoulli(p, out) if begun is None else begun

    *_, last = completion.complete(net, v, known, 3, Beginning(0, "stay"), steps=1)
    v = np.where(known, v, Rng(0, "pixels").bernoulli(last))
    p = np.where(given, exact.p_v, 0)
    assert_same_distribution(exact.counts(v), p / p.sum())


@pytest.mark.parametrize("temperature", [0.9, 1.1])
def test_a_sampler_at_a_slightly_wrong_temperature_would_be_found_out(temperature: float) -> None:
    exact = Exact(machine(*SHAPES[0], seed=5, scale=1.2))
    path = Path(exact.rbm, np.zeros(5))
    v, _ = drawn(exact)
    rng = Rng(0, "astray")
    for _ in range(3):
        v = path.move(v @ exact.rbm.W + exact.rbm.c, temperature, rng)
    with pytest.raises(AssertionError):
        assert_stayed(exact, (v, path.up(v @ exact.rbm.W + exact.rbm.c, temperature, rng)))
