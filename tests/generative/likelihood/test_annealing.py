"""Annealing on machines whose log Z is known: from both sides, with intervals that hold it, by chains that stay."""

import math

import numpy as np
import pytest
from enumeration import Exact, assert_same_distribution
from toys import Counted, machine

from dbn.errors import DbnError
from dbn.generative import contrastive, units
from dbn.generative.likelihood.annealing import LogZ, Path, ais, reverse_ais
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Rng

N = 20_000
SHAPES = [(("bernoulli", 4),), (("softmax", 3), ("bernoulli", 2))]


def path_of(rbm: RBM) -> Path:
    oracle = Exact(rbm)
    return Path(rbm, units.base_rate_biases(rbm.groups, oracle.p_v @ oracle.v))


def between(path: Path, beta: float) -> RBM:
    """The machine at β, from the definition."""
    rbm = path.rbm
    return RBM(beta * rbm.W, (1 - beta) * path.base + beta * rbm.b, beta * rbm.c, rbm.groups)


def samples(rbm: RBM, n: int, seed: int = 0) -> np.ndarray:
    """Independent samples, exactly from p(v)."""
    oracle = Exact(rbm)
    return oracle.v[np.random.default_rng(seed).choice(len(oracle.v), n, p=oracle.p_v)]


def both_ways(scale: float, steps: int, chains: int = 50) -> tuple[np.ndarray, list[LogZ], list[LogZ]]:
    """Exact log Z, AIS and reverse AIS of 100 random machines."""
    true, forth, back = [], [], []
    for seed in range(100):
        rbm = machine(("bernoulli", 6), n_hidden=5, seed=seed, scale=scale)
        # As probable a state as its opposite: several modes, far apart.
        rbm = RBM(rbm.W, -rbm.W.sum(axis=1) / 2, -rbm.W.sum(axis=0) / 2, rbm.groups)
        path, betas = path_of(rbm), np.linspace(0, 1, steps + 1)
        true.append(Exact(rbm).log_z)
        forth.append(ais(path, betas, chains, Rng(seed, "forth")))
        back.append(reverse_ais(path, betas, samples(rbm, chains, seed), Rng(seed, "back")))
    return np.array(true), forth, back


def test_over_100_machines_the_intervals_hold_the_exact_value_and_the_means_are_on_their_sides() -> None:
    true, forth, back = both_ways(1.0, 50)
    for found in (forth, back):
        # 99.7 are expected by 3σ; 99 were found of each, and of 1,000 machines 996 and 995.
        assert sum(one.low <= value <= one.high for one, value in zip(found, true, strict=True)) >= 97
        assert sum(one.low <= value <= one.nats for one, value in zip(found, true, strict=True)) <= 70  # nor one-sided
        assert max(one.high - one.low for one in found) < 0.2
    below = np.array([one.nats for one in forth]) - true
    above = np.array([one.nats for one in back]) - true
    assert below.mean() < 3 * below.std() / 10
    assert above.mean() > -3 * above.std() / 10


def test_with_few_temperatures_and_strong_weights_ais_is_too_low_and_reverse_ais_too_high() -> None:
    true, forth, back = both_ways(4.0, 2, 2)
    below = np.array([one.nats for one in forth]) - true
    above = np.array([one.nats for one in back]) - true
    assert below.mean() < -4 * below.std() / 10
    assert above.mean() > 4 * above.std() / 10


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_mean_weight_is_unbiased_however_few_the_temperatures(shape: tuple[tuple[str, int], ...]) -> None:
    rbm = machine(*shape, seed=1, scale=2)
    path, betas = path_of(rbm), np.array([0, 0.3, 1.0])
    ratio = math.exp(Exact(rbm).log_z - path.log_z_base)
    forth = np.exp(path.log_weights(betas, path.start(N, Rng(0, "start")), Rng(0, "forth")))
    back = np.exp(path.log_weights(betas[::-1], samples(rbm, N), Rng(0, "back")))
    assert forth.std() > 0.1 * ratio
    assert forth.mean() == pytest.approx(ratio, abs=4 * forth.std() / math.sqrt(N))
    assert back.mean() == pytest.approx(1 / ratio, abs=4 * back.std() / math.sqrt(N))


@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_chains_that_begin_at_a_temperature_stay_there(shape: tuple[tuple[str, int], ...], beta: float) -> None:
    path = path_of(machine(*shape, seed=2))
    here = between(path, beta)
    v, rng = samples(here, N), Rng(0, "moves")
    for _ in range(3):
        v = path.move(v @ path.rbm.W + path.rbm.c, beta, rng)
    assert_same_distribution(Exact(here).counts(v), Exact(here).p_v)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_chains_that_begin_at_the_model_stay_there_and_others_come_to_it(shape: tuple[tuple[str, int], ...]) -> None:
    oracle = Exact(machine(*shape, seed=2))
    stayed, _ = contrastive.chain(oracle.rbm, samples(oracle.rbm, N), 3, Rng(0, "stay"), bernoulli_means=False)
    assert_same_distribution(oracle.counts(stayed), oracle.p_v)
    one = np.repeat(oracle.v[:1], N, axis=0)
    came, _ = contrastive.chain(oracle.rbm, one, 100, Rng(0, "come"), bernoulli_means=False)
    assert_same_distribution(oracle.counts(came), oracle.p_v)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_path_leads_from_independent_units_to_the_machine(shape: tuple[tuple[str, int], ...]) -> None:
    path = path_of(machine(*shape, seed=3))
    start, v = Exact(between(path, 0)), Exact(path.rbm).v
    assert path.log_z_base == pytest.approx(start.log_z, rel=1e-12)
    assert_same_distribution(start.counts(path.start(N, Rng(0, "start"))), start.p_v)
    found = path.log_ratio(v, v @ path.rbm.W + path.rbm.c, 0.2, 0.7)
    expected = between(path, 0.2).free_energy(v) - between(path, 0.7).free_energy(v)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_the_interval_is_the_published_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rbm = machine(("bernoulli", 3), seed=4)
    path, betas = path_of(rbm), np.array([0, 1.0])
    log_w = np.array([0.3, 0.1, -0.2, 0.4, 0.0, 0.2]) + 800  # whose exponentials overflow
    monkeypatch.setattr(Path, "log_weights", lambda *_: log_w)
    w = np.exp(log_w - 800)
    mean, three = w.mean(), 3 * w.std(ddof=1) / math.sqrt(6)
    found = ais(path, betas, 6, Rng(0, "ais"))
    expected = np.log([mean, mean - three, mean + three]) + 800 + path.log_z_base
    np.testing.assert_allclose([found.nats, found.low, found.high], expected, rtol=1e-12)
    back = reverse_ais(path, betas, np.zeros((6, 3)), Rng(0, "back"))
    expected = path.log_z_base - 800 - np.log([mean, mean + three, mean - three])
    np.testing.assert_allclose([back.nats, back.low, back.high], expected, rtol=1e-12)
    assert found.effective == pytest.approx(w.sum() ** 2 / (w**2).sum())
    log_w[0] = 820
    assert ais(path, betas, 6, Rng(0, "ais")).low == -math.inf
    assert reverse_ais(path, betas, np.zeros((6, 3)), Rng(0, "back")).high == math.inf


def test_single_precision_costs_next_to_nothing() -> None:
    single = machine(("bernoulli", 50), n_hidden=10, scale=0.5, dtype=np.float32)
    double = RBM(*(array.astype(float) for array in (single.W, single.b, single.c)), single.groups)
    betas, base = np.linspace(0, 1, 501), np.zeros(50)
    one = ais(Path(single, base.astype(np.float32)), betas, 50, Rng(0, "ais"))
    two = ais(Path(double, base), betas, 50, Rng(0, "ais"))
    assert one.nats == pytest.approx(two.nats, abs=0.02)


def test_what_cannot_be_estimated_is_refused() -> None:
    path = path_of(machine(("bernoulli", 3)))
    with pytest.raises(DbnError, match="needs at least 2 chains to tell its error, not 1"):
        ais(path, np.array([0, 1.0]), 1, Rng(0, "ais"))
    with pytest.raises(DbnError, match="must rise from 0 to 1"):
        reverse_ais(path, np.array([1.0, 0]), np.zeros((5, 3)), Rng(0, "ais"))
    with pytest.raises(DbnError, match=r"3 visible units, and \(2,\) base-rate biases do not fit"):
        Path(path.rbm, np.zeros(2))


def test_every_step_is_shown_and_shifts_no_draw() -> None:
    path, betas, progress = path_of(machine(*SHAPES[0])), np.linspace(0, 1, 8), Counted()
    starts = samples(path.rbm, 5)
    assert ais(path, betas, 5, Rng(0, "a"), progress) == ais(path, betas, 5, Rng(0, "a"))
    assert reverse_ais(path, betas, starts, Rng(0, "a"), progress) == reverse_ais(path, betas, starts, Rng(0, "a"))
    assert progress.bars == [["AIS", 7, 7], ["reverse AIS", 7, 7]]
