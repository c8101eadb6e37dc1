"""Gaussian visible units against integrals on a grid: densities, free energies, log Z, gradients, samples, learning."""

import math
from itertools import pairwise

import numpy as np
import pytest
from enumeration import binary_states
from scipy import stats
from scipy.special import logsumexp
from toys import bars, greedy, machine

from dbn.data.dataset import Split
from dbn.errors import DbnError
from dbn.generative import completion, conditional, contrastive, exact, units, variances
from dbn.generative.cd_config import CDConfig
from dbn.generative.centering import centred
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.likelihood import partition
from dbn.generative.likelihood.annealing import Path
from dbn.generative.likelihood.measure import measure
from dbn.generative.likelihood.report import LikelihoodConfig
from dbn.generative.rbm import RBM
from dbn.generative.units import Group
from dbn.ops.numpy import Rng
from dbn.training.loop import Run, train

GRID = np.linspace(-30, 30, 6001)  # of one real unit; the trapezoid rule on a Gaussian is exact to rounding


def real_machine(n: int = 1, labels: int = 0, n_hidden: int = 3, seed: int = 0, scale: float = 0.8) -> RBM:
    groups = (("softmax", labels),) if labels else ()
    return machine(*groups, ("gaussian", n), n_hidden=n_hidden, seed=seed, scale=scale)


def with_labels(rbm: RBM, x: np.ndarray) -> np.ndarray:
    """Every label beside every x: (labels · n, n_visible)."""
    y = np.repeat(np.eye(rbm.n_labels), len(x), axis=0)
    return np.concatenate([y, np.tile(x, (rbm.n_labels, 1))], axis=1)


def integral(log_f: np.ndarray) -> float:
    """log ∫ f over the grid, of one label after the other where there are some."""
    return float(logsumexp(log_f.reshape(-1, len(GRID)) + math.log(GRID[1] - GRID[0])))


def test_the_energy_is_that_of_the_definition() -> None:
    rbm = machine(("softmax", 2), ("gaussian", 2), ("bernoulli", 1), n_hidden=2)
    v, h = np.array([[0.0, 1, 0.3, -1.7, 1]]), np.array([[1.0, 0]])
    variance = np.exp(rbm.z)
    real = ((v[0, 2:4] - rbm.b[2:4]) ** 2 / (2 * variance)).sum() - v[0, 2:4] / variance @ rbm.W[2:4, 0]
    rest = -rbm.b[1] - rbm.b[4] - rbm.W[1, 0] - rbm.W[4, 0] - rbm.c[0]
    assert rbm.energy(v, h)[0] == pytest.approx(real + rest, rel=1e-12)


@pytest.mark.parametrize("labels", [0, 2])
def test_free_energies_are_sums_and_integrals_of_the_energy(labels: int) -> None:
    rbm = real_machine(labels=labels)
    h, x = binary_states(3), GRID[:, None]
    v = with_labels(rbm, x) if labels else x
    energies = np.array([rbm.energy(v, np.tile(state, (len(v), 1))) for state in h])
    np.testing.assert_allclose(rbm.free_energy(v), -logsumexp(-energies, axis=0), rtol=1e-10)
    expected = [-integral(-row) for row in energies]
    np.testing.assert_allclose(rbm.free_energy_of_h(h), expected, rtol=1e-10)
    assert partition.log_z(rbm) == pytest.approx(integral(-rbm.free_energy(v)), rel=1e-12)
    if labels:
        np.testing.assert_allclose(
            partition.log_weight(rbm, x[::100]), logsumexp(-rbm.free_energy(v).reshape(2, -1)[:, ::100], axis=0)
        )


def test_a_machine_without_weights_is_a_gaussian() -> None:
    rbm = real_machine(n=3)
    rbm.W[:] = 0
    v = np.random.default_rng(0).normal(size=(5, 3))
    expected = stats.norm.logpdf(v, rbm.b, np.exp(rbm.z / 2)).sum(axis=1)
    np.testing.assert_allclose(partition.log_p(rbm, v, partition.log_z(rbm)), expected, rtol=1e-10)


def test_the_machine_is_a_mixture_of_gaussians() -> None:
    rbm = real_machine(n=2, seed=1)
    h, v = binary_states(3), np.random.default_rng(0).normal(size=(7, 2))
    log_p_h = -rbm.free_energy_of_h(h) - partition.log_z(rbm)
    means = rbm.mean_v_from_h(h)
    np.testing.assert_allclose(means, rbm.b + h @ rbm.W.T, rtol=1e-12)
    each = stats.norm.logpdf(v[:, None], means, np.exp(rbm.z / 2)).sum(axis=2)
    np.testing.assert_allclose(partition.log_p(rbm, v, partition.log_z(rbm)), logsumexp(each + log_p_h, axis=1))


@pytest.mark.parametrize("bernoulli_means", [False, True])
def test_samples_have_their_means_and_variances(bernoulli_means: bool) -> None:
    rbm, n = machine(("gaussian", 2), ("bernoulli", 1), n_hidden=2, seed=3), 20_000
    h = np.tile([[1.0, 0]], (n, 1))
    v = rbm.sample_v_from_h(h, Rng(0, "v"), bernoulli_means=bernoulli_means)[:, :2]
    variance = np.exp(rbm.z)
    np.testing.assert_array_less(np.abs(v.mean(axis=0) - rbm.b[:2] - rbm.W[:2, 0]), 4 * np.sqrt(variance / n))
    np.testing.assert_array_less(np.abs(v.var(axis=0) / variance - 1), 4 * np.sqrt(2 / n))
    assert abs(np.corrcoef(v.T)[0, 1]) < 4 / np.sqrt(n)


def test_chains_that_begin_at_the_density_stay_there() -> None:
    rbm, n = real_machine(seed=4), 20_000
    density = np.exp(-rbm.free_energy(GRID[:, None]) - partition.log_z(rbm)) * (GRID[1] - GRID[0])
    v = np.random.default_rng(0).choice(GRID, n, p=density / density.sum())[:, None]
    v, p = contrastive.chain(rbm, v, 4, Rng(0, "stay"), bernoulli_means=True)
    assert stats.kstest(v[:, 0], lambda x: np.interp(x, GRID, density.cumsum())).pvalue > 1e-3
    np.testing.assert_allclose(p, 1 / (1 + np.exp(-(v / np.exp(rbm.z) @ rbm.W + rbm.c))))


def moved(rbm: RBM, name: str, index: tuple[int, ...], by: float) -> RBM:
    parts = {part: getattr(rbm, part).copy() for part in ("W", "b", "c", "z")}
    parts[name][index] += by
    return RBM(parts["W"], parts["b"], parts["c"], rbm.groups, parts["z"])


def by_differences(rbm: RBM, objective: object) -> list[np.ndarray]:
    """The gradient in W, b, c and z, the rows of W and b of Gaussian units times σ²: what learning goes by."""
    found = []
    for name in ("W", "b", "c", "z"):
        array = np.zeros_like(getattr(rbm, name))
        for index in np.ndindex(array.shape):
            up, down = (objective(moved(rbm, name, index, step)) for step in (1e-5, -1e-5))  # type: ignore[operator]
            array[index] = (up - down) / 2e-5
        found.append(array)
    found[0] /= rbm.precision[:, None]
    found[1] /= rbm.precision
    return found


@pytest.mark.parametrize("labels", [0, 2])
def test_with_the_model_s_own_states_it_is_the_gradient_of_the_log_likelihood(labels: int) -> None:
    rbm, rng = real_machine(labels=labels, seed=2), np.random.default_rng(0)
    v = rng.normal(size=(6, rbm.n_visible))
    if labels:
        v[:, :labels] = np.eye(labels)[rng.integers(0, labels, 6)]
    grid = with_labels(rbm, GRID[:, None]) if labels else GRID[:, None]
    weights = np.exp(-rbm.free_energy(grid) - partition.log_z(rbm)) * (GRID[1] - GRID[0])
    p, p_grid = rbm.mean_h_from_v(v), rbm.mean_h_from_v(grid)
    # Statistics are means over chains; weighted ones need as many copies of them as there are chains.
    W = v.T @ p / 6 - (grid * weights[:, None]).T @ p_grid
    ascent = [W, v.mean(axis=0) - weights @ grid, p.mean(axis=0) - weights @ p_grid]
    each = [variances.gradient(rbm, v, p, grid[i : i + 1], p_grid[i : i + 1]) for i in range(0, len(grid), 20)]
    thinned = weights[::20] / weights[::20].sum()
    ascent.append(thinned @ np.array(each))

    def log_likelihood(rbm: RBM) -> float:
        return float(partition.log_p(rbm, v, partition.log_z(rbm)).mean())

    for found, expected in zip(ascent, by_differences(rbm, log_likelihood), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_gradient_of_the_label_s_probability() -> None:
    rbm, rng = real_machine(n=2, labels=3, seed=2), np.random.default_rng(0)
    v = np.concatenate([np.eye(3)[[0, 2, 2, 1]], rng.normal(size=(4, 2))], axis=1)

    def log_probability(rbm: RBM) -> float:
        return -conditional.gradient(rbm, v)[0]

    whole = with_labels(rbm, v[:, 3:])
    joint = -rbm.free_energy(whole).reshape(3, 4)
    expected = float((joint - logsumexp(joint, axis=0))[[0, 2, 2, 1], range(4)].mean())
    assert log_probability(rbm) == pytest.approx(expected, rel=1e-12)
    for found, difference in zip(conditional.gradient(rbm, v)[1], by_differences(rbm, log_probability), strict=True):
        np.testing.assert_allclose(found, difference, atol=1e-9)


def test_learning_means_the_same_in_any_unit_of_measurement() -> None:
    """Data in millimetres and in centimetres give the same machine, centred or not."""
    v = np.random.default_rng(0).normal([1, -0.5], [0.5, 2], size=(40, 2))
    for options in ({}, {"centering": 0.1}, {"persistent": "1", "fast_rate": "0.1"}):
        learned = []
        for unit in (1.0, 10.0):
            rbm = RBM.create((Group("gaussian", 2),), 3, Rng(0, "weights"))
            rbm = partition.double(rbm)
            config = CDConfig(learning_rate="0.05", momentum="0.5", weight_decay="0.01", **options)
            state = contrastive.init(rbm, Rng(0, "cd"), config, 40)
            contrastive.set_base_rates(state, unit * v.mean(axis=0), unit**2 * (v**2).mean(axis=0), slice(None))
            for _ in range(50):
                contrastive.step(state, unit * v, config, config.moment(0.0))
            learned.append((rbm.W / unit, rbm.b / unit, rbm.c, rbm.z - 2 * np.log(unit)))
        for one, other in zip(*learned, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)


def test_a_centred_step_keeps_what_the_centred_parameters_say() -> None:
    """A step in W alone, in centred parameters, leaves the hidden inputs where v = μ and the means where h = λ."""
    rbm, rng = real_machine(n=3), np.random.default_rng(0)
    mu, la = rng.normal(size=3), rng.uniform(size=3)
    W, b, c = centred((rng.normal(size=(3, 3)), np.zeros(3), np.zeros(3)), (mu, la), rbm.precision)
    after = RBM(rbm.W + W, rbm.b + b, rbm.c + c, rbm.groups, rbm.z)
    np.testing.assert_allclose(after.mean_h_from_v(mu[None]), rbm.mean_h_from_v(mu[None]), rtol=1e-12)
    np.testing.assert_allclose(after.mean_v_from_h(la[None]), rbm.mean_v_from_h(la[None]), rtol=1e-12)


CLUSTERS = ((0.4, (1.0, 0.4)), (0.6, (0.0, 0.0)))
SPREAD = np.array([0.4, 0.2])


@pytest.mark.parametrize("options", [{}, {"persistent": "1"}, {"centering": 0.05}])
def test_learning_finds_two_clusters_and_their_variances(options: dict[str, str]) -> None:
    rng = np.random.default_rng(0)
    v = np.where(rng.random((400, 1)) < 0.4, [1.0, 0.4], [0.0, 0.0]) + rng.normal(size=(400, 2)) * SPREAD
    rbm = partition.double(RBM.create((Group("gaussian", 2),), 2, Rng(0, "weights")))
    config = CDConfig(learning_rate="0.1", momentum="0.5", weight_decay="0", k="3", **options)
    state = contrastive.init(rbm, Rng(0, "cd"), config, len(v))
    contrastive.set_base_rates(state, v.mean(axis=0), (v**2).mean(axis=0), slice(None))
    np.testing.assert_allclose(np.exp(rbm.z), v.var(axis=0), rtol=1e-12)
    independent = stats.norm.logpdf(v, v.mean(axis=0), v.std(axis=0)).sum(axis=1).mean()
    for _ in range(1000):
        contrastive.step(state, v, config, config.moment(0.0))
    each = [np.log(share) + stats.norm.logpdf(v, mean, SPREAD).sum(axis=1) for share, mean in CLUSTERS]
    true = logsumexp(each, axis=0).mean()
    assert true > independent + 0.2
    assert partition.log_p(rbm, v, partition.log_z(rbm)).mean() == pytest.approx(true, abs=0.02)
    np.testing.assert_allclose(np.exp(rbm.z / 2), SPREAD, rtol=0.1)


def test_of_a_pixel_that_never_changes_the_variance_stays_above_0() -> None:
    rbm = RBM.create((Group("gaussian", 2),), 3, Rng(0, "weights"))
    config = CDConfig(learning_rate="1", momentum="0")
    state = contrastive.init(rbm, Rng(0, "cd"), config, 5)
    contrastive.set_base_rates(state, np.array([0.0, 0.5]), np.array([0.0, 1.25]), slice(None))
    np.testing.assert_allclose(rbm.z, [2 * np.log(0.01), 0], atol=1e-6)
    for _ in range(20):
        contrastive.step(state, np.array([[0, 1.5], [0, -0.5]], np.float32), config, config.moment(0.0))
    assert rbm.z.min() >= np.float32(2 * np.log(0.01))
    assert np.isfinite(rbm.W).all()


def test_weights_of_real_pixels_begin_in_proportion_to_their_spread_and_those_of_labels_do_not() -> None:
    drawn = RBM.create((Group("softmax", 2), Group("gaussian", 2)), 3, Rng(0, "weights"))
    rbm = RBM(drawn.W.copy(), drawn.b, drawn.c, drawn.groups, drawn.z)
    state = contrastive.init(rbm, Rng(0, "cd"), CDConfig(), 5)
    rates = np.array([0.25, 0.75, 0.5, 0.1])
    contrastive.set_base_rates(state, rates, rates**2 + [0, 0, 0.04, 0.25], slice(None))
    np.testing.assert_allclose(rbm.W, drawn.W * np.array([[1], [1], [0.2], [0.5]]), rtol=1e-5)
    np.testing.assert_allclose(rbm.b, [*np.log(rates[:2]), 0.5, 0.1], rtol=1e-6)


def test_a_net_of_real_pixels_learns_is_stored_and_becomes_a_network() -> None:
    layers = CDConfig(epochs=20, learning_rate="0.02"), CDConfig(epochs=20, learning_rate="0.2")
    learner = greedy(bars(80), layers=layers, hidden=(12, 10), visible="gaussian")
    run = train(learner, Run(learner.init()))
    errors = [row["reconstruction_error"] for row in run.history[:20]]
    assert errors[-1] < 0.8 * errors[0]
    net = learner.model(run.state)
    assert net.gaussian
    again = DBN.from_tree(net.tree())
    assert again.layers[0].groups == (Group("gaussian", 9),)  # type: ignore[union-attr]
    x = np.random.default_rng(0).random((5, 9)).astype(np.float32)
    np.testing.assert_array_equal(again.predict_proba(x), net.predict_proba(x))
    a = x
    for W, c in net.recognition_layers():
        a = 1 / (1 + np.exp(-(a @ W + c)))
    top = net.top
    np.testing.assert_allclose(a, 1 / (1 + np.exp(-(net.up_pass(x) @ top.W[2:] + top.c))), rtol=1e-4)
    seen = net.reconstruct(10 * x)
    assert seen.min() >= 0
    assert seen.max() <= 1
    on = learner.validation
    assert on is not None
    started = greedy(start=net, hidden=(12, 10), visible="gaussian").init().layers[0].rbm
    for one, other in pairwise((started.parameters, net.layers[0].parameters)):  # type: ignore[union-attr]
        for part, same in zip(one, other, strict=True):
            np.testing.assert_array_equal(part, same)


def test_one_machine_of_real_pixels_and_labels_learns_to_classify() -> None:
    layer = CDConfig(epochs=40, learning_rate="0.05", generative="0.1", discriminative="1")
    learner = greedy(bars(80), layers=(layer,), hidden=(20,), visible="gaussian")
    assert train(learner, Run(learner.init())).history[-1]["validation_error_percent"] <= 10


def test_what_real_pixels_cannot_do_is_refused() -> None:
    rbm = real_machine(n=4)
    net, data = DBN((rbm,), (2, 2)), Split(np.zeros((2, 4), np.uint8), np.zeros(2, int))
    for refused, says in (
        (lambda: RBM(rbm.W, rbm.b, rbm.c, rbm.groups), r"\(0,\) do not fit groups of \[4\] Gaussian units"),
        (lambda: machine(("gaussian", 1), ("gaussian", 2)), "make one group of these at most"),
        (lambda: exact.states(rbm.groups), "states of Gaussian units and of rectified ones cannot"),
        (lambda: Path(rbm, rbm.b), "need binary pixels"),
        (lambda: contrastive.init(rbm, Rng(0, "pt"), CDConfig(persistent="1", temperatures=2), 2), "need binary"),
        (lambda: measure(net, data, data, LikelihoodConfig(), 0), "have a density"),
        (lambda: next(completion.complete(net, np.zeros((1, 4)), np.ones(4, bool), 1, Rng(0, "c"))), "are Gaussian"),
        (lambda: Directed.untied(rbm), "binary units only"),
        (lambda: greedy(visible="softmax"), "bernoulli or gaussian units, not softmax"),
        (lambda: greedy(start=DBN((real_machine(n=9, n_hidden=6),), (3, 3))), "are gaussian units, not bernoulli"),
        (lambda: partition.log_z(real_machine(n_hidden=26)), "take 25 hidden units at most"),
    ):
        with pytest.raises(DbnError, match=says):
            refused()


def test_columns_of_the_gaussian_units() -> None:
    assert units.gaussian((Group("bernoulli", 3),)) == slice(0)
    assert units.gaussian((Group("gaussian", 3), Group("bernoulli", 1))) == slice(0, 3)


def test_labels_may_be_left_out_before_gaussian_units_in_the_middle() -> None:
    rbm = machine(("softmax", 2), ("gaussian", 2), ("bernoulli", 3), seed=1)
    v = np.random.default_rng(0).normal(size=(4, 7))
    v[:, :2] = 0
    np.testing.assert_allclose(rbm.visible_term(v[:, 2:]), rbm.visible_term(v), rtol=1e-12)
