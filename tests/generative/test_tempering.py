"""Parallel tempering on machines that can be listed: every temperature keeps its distribution, and modes are left."""

import numpy as np
import pytest
from enumeration import Exact, assert_same_distribution
from toys import machine

from dbn.generative import contrastive, tempering, units
from dbn.generative.cd_config import CDConfig
from dbn.generative.rbm import RBM
from dbn.generative.tempering import Replicas
from dbn.ops.numpy import Rng

N = 20_000
SHAPES = [(("bernoulli", 4),), (("softmax", 3), ("bernoulli", 2))]
BITS = np.array([4, 2, 1])


def at(rbm: RBM, base: np.ndarray, beta: float) -> RBM:
    """The machine at β, from the definition."""
    return RBM(beta * rbm.W, (1 - beta) * base + beta * rbm.b, beta * rbm.c, rbm.groups)


def exactly_there(rbm: RBM, base: np.ndarray, temperatures: int, n: int = N) -> tuple[np.ndarray, Replicas]:
    """Hidden states of chains drawn from the very distributions of their temperatures."""
    rng, h = np.random.default_rng(1), []
    for beta in np.linspace(0, 1, temperatures):
        exact = Exact(at(rbm, base, float(beta)))
        h.append(exact.h[rng.choice(8, n, p=exact.p_h)])
    return h[-1], Replicas(np.array(h[:-1]), base)


def h_counts(h: np.ndarray) -> np.ndarray:
    return np.bincount((h @ BITS).astype(int), minlength=8)


@pytest.mark.parametrize("temperatures", [2, 3, 4])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_chains_that_begin_at_their_distributions_stay_there(
    shape: tuple[tuple[str, int], ...], temperatures: int
) -> None:
    rbm = machine(*shape, seed=5, scale=1.5)
    base = np.random.default_rng(2).normal(size=rbm.n_visible)
    h, replicas = exactly_there(rbm, base, temperatures)
    for steps in (1, 3):
        before = h.copy()
        v, p, h = tempering.advance(rbm, h, replicas, steps, Rng(steps, "tempering"))
        assert not np.array_equal(h, before)
    exact = Exact(rbm)
    assert_same_distribution(exact.counts(v), exact.p_v)
    np.testing.assert_allclose(p, rbm.mean_h_from_v(v), rtol=1e-12)
    chains = [*replicas.h, h]
    marginals = [Exact(at(rbm, base, float(beta))).p_h for beta in np.linspace(0, 1, temperatures)]
    for low, high, p_low, p_high in zip(chains, chains[1:], marginals, marginals[1:], strict=False):
        # Neighbours, which have swapped states, are independent of each other even so.
        pairs = np.bincount((low @ (8 * BITS) + high @ BITS).astype(int), minlength=64)
        assert_same_distribution(pairs, np.outer(p_low, p_high).ravel())
    # The hidden states go with the visible ones.
    joint = np.zeros((len(exact.v), 8))
    for i, row in enumerate(exact.v):
        joint[i] = h_counts(h[(v == row).all(axis=1)])
    assert_same_distribution(joint.ravel(), (exact.p_v[:, None] * exact.h_given_v).ravel())


def test_the_slope_is_the_derivative_of_the_log_probability() -> None:
    rbm = machine(*SHAPES[1], seed=3)
    base = np.random.default_rng(2).normal(size=5)
    exact = Exact(rbm)
    v, h = np.repeat(exact.v, 8, axis=0), np.tile(exact.h, (len(exact.v), 1))
    rises = [(at(rbm, base, 0.2).energy(v, h) - at(rbm, base, beta).energy(v, h)) / (beta - 0.2) for beta in (0.7, 1.0)]
    found = tempering.Path(rbm, base).slope(v, v @ rbm.W + rbm.c, h)
    for rise in rises:
        np.testing.assert_allclose(found, rise, atol=1e-12)


def test_swaps_are_as_frequent_as_detailed_balance_demands() -> None:
    betas, slopes = np.array([0.0, 0.25, 1.0]), np.array([0.5, 1.5, 0.2])
    order = tempering.swapped(np.tile(slopes[:, None], (1, N)), betas, Rng(0, "swaps"))
    # First 0 and 1, with β less by 0.25 and a slope less by 1; then 1, whichever state it has by now, and 2.
    first = np.exp(-0.25)
    after = {0: np.exp(min(0, 0.75 * (0.5 - 0.2))), 1: np.exp(min(0, 0.75 * (1.5 - 0.2)))}
    expected = {
        (0, 1, 2): (1 - first) * (1 - after[1]),
        (0, 2, 1): (1 - first) * after[1],
        (1, 0, 2): first * (1 - after[0]),
        (1, 2, 0): first * after[0],
    }
    counts = [(outcome == order.T).all(axis=1).sum() for outcome in expected]
    assert sum(counts) == N
    assert_same_distribution(np.array(counts), np.array(list(expected.values())))
    falling = tempering.swapped(np.tile(-slopes[:, None], (1, N)), betas, Rng(0, "swaps"))
    assert (falling[0] == 1).all()  # the hotter chain had the steeper slope


def divided() -> RBM:
    """Four units that are all on or all off, either as probable as the other, and next to nothing between."""
    rbm = machine(("bernoulli", 4), n_hidden=3, seed=0)
    rbm.W[:] = 5.0
    return RBM(rbm.W, -rbm.W.sum(axis=1) / 2, -rbm.W.sum(axis=0) / 2, rbm.groups)


def test_chains_that_all_begin_in_one_mode_find_the_other() -> None:
    rbm = divided()
    exact = Exact(rbm)
    stuck = np.linalg.matrix_power(exact.sweep, 100)[0]
    assert stuck[0] > 0.9  # by Gibbs sampling alone
    replicas = tempering.create(rbm, 10, 2000, Rng(0, "chains"))
    replicas.base[:] = 0
    v, _, _ = tempering.advance(rbm, np.zeros((2000, 3)), replicas, 100, Rng(0, "tempering"))
    assert_same_distribution(exact.counts(v), exact.p_v)


@pytest.mark.parametrize("k", ["1", "3"])
def test_chains_reach_the_model_distribution_when_nothing_is_learned(k: str) -> None:
    exact = Exact(machine(*SHAPES[1], n_hidden=3, seed=5, scale=1.5))
    config = CDConfig(learning_rate="0", k=k, persistent="1", temperatures=3)
    state = contrastive.init(exact.rbm, Rng(0, "pcd"), config, 5000)
    rates = np.array([0.2, 0.3, 0.5, 0.9, 0.4])
    contrastive.set_base_rates(state, rates, rates, slice(0))
    assert isinstance(state.replicas, Replicas)
    for _ in range(15):
        contrastive.step(state, exact.v[:1], config, config.moment(0.0))
    assert_same_distribution(h_counts(state.chains), exact.p_h)
    for h, beta in zip(state.replicas.h, (0, 0.5), strict=True):
        assert_same_distribution(h_counts(h), Exact(at(exact.rbm, state.replicas.base, beta)).p_h)


def test_chains_at_the_highest_temperature_are_at_the_base_rates_of_the_data() -> None:
    rates = np.array([0.2, 0.3, 0.5, 0.9, 0.05])
    config = CDConfig(learning_rate="0.5", persistent="1", temperatures=2)
    state = contrastive.init(machine(*SHAPES[1], scale=0.1), Rng(0, "pcd"), config, 4)
    contrastive.set_base_rates(state, rates, rates, slice(None))
    contrastive.step(state, Exact(state.rbm).v[:4], config, config.moment(0.0))  # the machine's biases move on
    assert isinstance(state.replicas, Replicas)
    np.testing.assert_allclose(units.mean(state.rbm.groups, state.replicas.base[None].copy())[0], rates)
    assert not np.allclose(state.rbm.b, state.replicas.base)
