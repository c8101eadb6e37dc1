from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from enumeration import Exact, assert_same_distribution
from toys import machine

from dbn.errors import DbnError
from dbn.generative import conditional, contrastive
from dbn.generative.cd_config import CDConfig
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Rng

GROUPS = (("softmax", 3), ("bernoulli", 2))


@pytest.fixture
def exact() -> Exact:
    return Exact(machine(*GROUPS, n_hidden=3, seed=3, scale=0.8))


def empirical(exact: Exact, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Some data, and their distribution over the states of v."""
    v = exact.v[np.random.default_rng(1).integers(0, 5, n)]
    return v, exact.counts(v) / n


def log_likelihood(rbm: RBM, p_data: np.ndarray) -> float:
    moved = Exact(rbm)
    return float(p_data @ np.log(moved.p_v))


def flat(parts: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.concatenate([part.ravel() for part in parts])


def test_with_the_model_s_own_states_it_is_the_gradient_of_the_log_likelihood(exact: Exact) -> None:
    rbm = exact.rbm
    v, p_data = empirical(exact)
    means = rbm.mean_h_from_v(exact.v)
    each = [
        flat(contrastive.gradient(v, rbm.mean_h_from_v(v), state[None], mean[None]))
        for state, mean in zip(exact.v, means, strict=True)
    ]
    found = exact.p_v @ np.array(each)
    differences = []
    for array in (rbm.W, rbm.b, rbm.c):
        for at in np.ndindex(array.shape):
            before = array[at]
            array[at] = before + 1e-5
            above = log_likelihood(rbm, p_data)
            array[at] = before - 1e-5
            differences.append((above - log_likelihood(rbm, p_data)) / 2e-5)
            array[at] = before
    np.testing.assert_allclose(found, differences, atol=1e-9)


def expected_update(exact: Exact, p_data: np.ndarray, k: int) -> np.ndarray:
    return flat(exact.gradient(p_data, p_data @ np.linalg.matrix_power(exact.sweep, k)))


@pytest.mark.parametrize("k", [1, 2, 5])
def test_chains_take_k_gibbs_steps_from_where_they_start(exact: Exact, k: int) -> None:
    n, kernel, rng = 20_000, np.linalg.matrix_power(exact.sweep, k), Rng(k, "chain")
    for start, expected in zip(exact.v, kernel, strict=True):
        v_k, _ = contrastive.chain(exact.rbm, np.tile(start, (n, 1)), k, rng, bernoulli_means=False)
        assert_same_distribution(exact.counts(v_k), expected)


def test_the_bias_of_contrastive_divergence_vanishes_as_k_grows(exact: Exact) -> None:
    v, p_data = empirical(exact)
    gradient = flat(exact.gradient(p_data, exact.p_v))
    expected = [np.linalg.norm(expected_update(exact, p_data, k) - gradient) for k in range(1, 60)]
    falling = [bias for bias in expected if bias > 1e-13]  # beyond, rounding decides
    assert (np.diff(falling) < 0).all()
    assert expected[-1] < 1e-6
    v = np.tile(v, (5000, 1))
    p = exact.rbm.mean_h_from_v(v)
    noise = np.sqrt(len(gradient) / len(v)) / 2  # no statistic of binary units deviates by more than 1/2
    assert expected[0] - expected[1] > 10 * noise
    for k in (1, 2, 3, 30):
        v_k, p_k = contrastive.chain(exact.rbm, v, k, Rng(k, "cd"), bernoulli_means=False)
        bias = np.linalg.norm(flat(contrastive.gradient(v, p, v_k, p_k)) - gradient)
        assert bias == pytest.approx(expected[k - 1], abs=1.5 * noise)


@pytest.mark.parametrize("k", [1, 3])
def test_the_mean_update_is_the_exact_one(exact: Exact, k: int) -> None:
    v, p_data = empirical(exact)
    repeats, rng = 400, Rng(k, "cd")
    p, updates = exact.rbm.mean_h_from_v(v), []
    for _ in range(repeats):
        v_k, p_k = contrastive.chain(exact.rbm, v, k, rng, bernoulli_means=False)
        np.testing.assert_array_equal(p_k, exact.rbm.mean_h_from_v(v_k))
        updates.append(flat(contrastive.gradient(v, p, v_k, p_k)))
    deviation = np.mean(updates, axis=0) - expected_update(exact, p_data, k)
    assert (np.abs(deviation) < 4 * np.std(updates, axis=0) / np.sqrt(repeats)).all()


def test_statistics_of_more_chains_than_data_are_means(exact: Exact) -> None:
    v, p = exact.v[:2], exact.rbm.mean_h_from_v(exact.v[:2])
    W, b, c = contrastive.gradient(v, p, np.repeat(exact.v[2:3], 5, 0), np.repeat(p[:1], 5, 0))
    np.testing.assert_allclose(W, v.T @ p / 2 - np.outer(exact.v[2], p[0]), atol=1e-15)
    np.testing.assert_allclose(b, v.mean(axis=0) - exact.v[2])
    np.testing.assert_allclose(c, p.mean(axis=0) - p[0])


def decided(n_hidden: int = 3) -> RBM:
    """A machine whose hidden units have no choice, on or off, so that updates can be computed by hand."""
    rbm = machine(("bernoulli", 4), n_hidden=n_hidden, seed=4, scale=0.5)
    rbm.c[:] = [60, -60, 60][:n_hidden]
    return rbm


def test_one_update_by_hand() -> None:
    rbm = decided()
    config = CDConfig(epochs=10, learning_rate="0.2>0", momentum="0.5,0.9@5", weight_decay="0.01")
    state = contrastive.init(rbm, Rng(0, "cd"), config, 2)
    W, b, c = rbm.W.copy(), rbm.b.copy(), rbm.c.copy()
    v = np.array([[1, 0, 1, 0.5], [0, 0, 1, 0]])
    h = np.array([1.0, 0, 1])
    velocity = np.zeros_like(W), np.zeros_like(b)
    for at, rate, momentum in ((0.0, 0.2, 0.5), (5.0, 0.1, 0.9)):
        v_1 = 1 / (1 + np.exp(-(W @ h + b)))
        error = float(np.mean((v - v_1) ** 2))
        d_b = v.mean(axis=0) - v_1
        velocity[0][:] = momentum * velocity[0] + rate * (np.outer(d_b, h) - 0.01 * W)
        velocity[1][:] = momentum * velocity[1] + rate * d_b
        W, b = W + velocity[0], b + velocity[1]
        info = contrastive.step(state, v, config, config.moment(at))
        assert info["reconstruction_error"] == pytest.approx(error, rel=1e-9)
        np.testing.assert_allclose(rbm.W, W, atol=1e-12)
        np.testing.assert_allclose(rbm.b, b, atol=1e-12)
        np.testing.assert_allclose(rbm.c, c, atol=1e-12)


def test_sparsity_pulls_weights_and_biases_by_hand() -> None:
    v = np.array([[1, 0, 1, 0.5], [0, 0, 1, 0]])
    changes = []
    for cost in (0.0, 2.0):
        rbm = decided()
        config = CDConfig(learning_rate="0.1", momentum="0", sparsity_target=0.2, sparsity_cost=cost)
        before = rbm.W.copy(), rbm.c.copy()
        contrastive.step(contrastive.init(rbm, Rng(0, "cd"), config, 2), v, config, config.moment(0.0))
        changes.append((rbm.W - before[0], rbm.c - before[1]))
    activity = 0.9 * 0.2 + 0.1 * np.array([1.0, 0, 1])
    pull = 0.1 * 2.0 * (0.2 - activity)
    np.testing.assert_allclose(changes[1][1] - changes[0][1], pull, atol=1e-12)
    np.testing.assert_allclose(changes[1][0] - changes[0][0], np.outer(v.mean(axis=0), pull), atol=1e-12)


def test_sparsity_brings_activity_closer_to_its_target() -> None:
    exact = Exact(machine(("bernoulli", 6), n_hidden=4, seed=1, scale=0.3))
    v = exact.v[np.random.default_rng(0).choice(len(exact.v), 100, p=exact.p_v)]
    distances = []
    for cost in (0.0, 1.0):
        rbm = machine(("bernoulli", 6), n_hidden=4, seed=8, scale=0.1)
        config = CDConfig(sparsity_target=0.1, sparsity_cost=cost)
        state = contrastive.init(rbm, Rng(0, "cd"), config, len(v))
        for _ in range(200):
            contrastive.step(state, v, config, config.moment(10.0))
        distances.append(abs(rbm.mean_h_from_v(v).mean() - 0.1))
    assert distances[0] > 0.2
    assert distances[1] < 0.25 * distances[0]


def test_k_follows_its_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    chain = contrastive.chain

    def counted(rbm: RBM, v: np.ndarray, n: int, rng: Rng, *, bernoulli_means: bool) -> tuple[np.ndarray, np.ndarray]:
        steps.append(n + 1)
        return chain(rbm, v, n, rng, bernoulli_means=bernoulli_means)

    monkeypatch.setattr(contrastive, "chain", counted)
    rbm, config = decided(), CDConfig(epochs=8, k="1>5")
    state = contrastive.init(rbm, Rng(0, "cd"), config, 2)
    for at in (0.0, 0.8, 1.4, 2.0, 4.0, 6.0, 7.4, 8.0):
        contrastive.step(state, np.ones((2, 4)), config, config.moment(at))
    assert steps == [1, 1, 2, 2, 3, 4, 5, 5]  # the schedule says 1, 1.4, 1.7, 2, 3, 4, 4.7 and 5


@pytest.mark.parametrize("k", ["1", "3"])
def test_persistent_chains_reach_the_model_distribution_when_nothing_is_learned(k: str) -> None:
    exact = Exact(machine(*GROUPS, n_hidden=3, seed=5, scale=1.5))  # visible means would lead 7 % of the chains astray
    config = CDConfig(learning_rate="0", k=k, persistent="1")  # they sample visible units without being told to
    state = contrastive.init(exact.rbm, Rng(0, "pcd"), config, 20_000)
    start = state.chains.copy()
    for _ in range(30):
        contrastive.step(state, exact.v[:1], config, config.moment(0.0))
    index = (state.chains @ [4, 2, 1]).astype(int)
    assert_same_distribution(np.bincount(index, minlength=8), exact.p_h)
    assert not np.array_equal(start, state.chains)


def test_persistent_chains_begin_where_contrastive_divergence_ended(exact: Exact) -> None:
    """The first update with them is CD's next Gibbs step from the last mini-batch, whatever the new one is."""
    config = CDConfig(epochs=2, learning_rate="0", persistent="0,1@1", sample_visible=True)
    n = 20_000
    state = contrastive.init(exact.rbm, Rng(0, "cd"), config, n)
    contrastive.step(state, np.tile(exact.v[0], (n, 1)), config, config.moment(0.0))
    after_one = exact.sweep[0] @ exact.h_given_v
    index = (state.chains @ [4, 2, 1]).astype(int)
    assert_same_distribution(np.bincount(index, minlength=8), after_one)
    contrastive.step(state, np.tile(exact.v[-1], (n, 1)), config, config.moment(1.0))
    index = (state.chains @ [4, 2, 1]).astype(int)
    assert_same_distribution(np.bincount(index, minlength=8), exact.sweep[0] @ exact.sweep @ exact.h_given_v)


@pytest.mark.parametrize("sample_visible", [False, True])
@pytest.mark.parametrize("k", ["1", "4"])
def test_the_reconstruction_error_is_that_of_one_gibbs_step_whatever_the_chains_do(
    exact: Exact, k: str, sample_visible: bool
) -> None:
    """Otherwise its curve would jump where the chains become persistent."""
    n, config = 20_000, CDConfig(epochs=2, learning_rate="0", k=k, persistent="0,1@1", sample_visible=sample_visible)
    state = contrastive.init(exact.rbm, Rng(0, "cd"), config, n)
    means = exact.v_given_h @ exact.v
    for v, p_h in list(zip(exact.v, exact.h_given_v, strict=True))[::3]:
        squares = v + means - 2 * v * means  # expected (v − v₁)² of states of 0 and 1, for each h
        if not sample_visible:
            squares[:, 3:] = (v[3:] - means[:, 3:]) ** 2  # the softmax group is sampled even so
        expected = float((p_h @ squares).mean())
        for at in (0.0, 1.0):
            info = contrastive.step(state, np.tile(v, (n, 1)), config, config.moment(at))
            assert info["reconstruction_error"] == pytest.approx(expected, abs=4 * 0.5 / np.sqrt(n))


def test_learning_raises_the_exact_log_likelihood() -> None:
    for options in (
        {"sample_visible": True},
        {"persistent": "1"},
        {"k": "3"},
        {"centering": 0.1},
        {"persistent": "1", "temperatures": 3},
    ):
        rbm = machine(*GROUPS, n_hidden=4, seed=9, scale=0.1)
        exact = Exact(rbm)
        v, p_data = empirical(exact)
        entropy = -float(p_data[p_data > 0] @ np.log(p_data[p_data > 0]))
        before = log_likelihood(rbm, p_data)
        config = CDConfig(momentum="0.5", weight_decay="0", **options)
        state = contrastive.init(rbm, Rng(0, "cd"), config, len(v))
        for _ in range(400):
            contrastive.step(state, v, config, config.moment(0.0))
        gained = (log_likelihood(rbm, p_data) - before) / (-entropy - before)
        assert 0.8 < gained <= 1


def changes(rbm: RBM, v: np.ndarray, at: float = 0.0, **options: str) -> tuple[np.ndarray, dict[str, float], str]:
    """What one update adds to W, b and c of a copy of a machine, what it tells, and where its stream is left."""
    copy = RBM(rbm.W.copy(), rbm.b.copy(), rbm.c.copy(), rbm.groups)
    config = CDConfig(epochs=4, learning_rate="0.1", momentum="0", **{"weight_decay": "0", **options})
    state = contrastive.init(copy, Rng(0, "cd"), config, len(v))
    info = contrastive.step(state, v, config, config.moment(at))
    return flat((copy.W - rbm.W, copy.b - rbm.b, copy.c - rbm.c)), info, state.rng.state


def test_discriminative_learning_follows_the_exact_gradient_and_draws_nothing(exact: Exact) -> None:
    v, _ = empirical(exact)
    loss, gradient = conditional.gradient(exact.rbm, v)
    found, info, position = changes(exact.rbm, v, generative="0", discriminative="1")
    np.testing.assert_allclose(found, 0.1 * flat(gradient), atol=1e-15)
    assert info == {"loss": loss}
    fresh = contrastive.init(exact.rbm, Rng(0, "cd"), CDConfig(), len(v))
    assert position == fresh.rng.state


def test_hybrid_learning_follows_the_weighted_sum(exact: Exact) -> None:
    v, _ = empirical(exact)
    joint, told, position = changes(exact.rbm, v)
    alone, _, _ = changes(exact.rbm, v, generative="0", discriminative="1")
    found, info, after = changes(exact.rbm, v, generative="0.25", discriminative="2")
    np.testing.assert_allclose(found, 0.25 * joint + 2 * alone, atol=1e-14)
    assert info["reconstruction_error"] == told["reconstruction_error"]
    assert info["loss"] == conditional.gradient(exact.rbm, v)[0]
    assert after == position  # the chains are those of generative learning
    assert "loss" not in told


def test_weight_decay_and_sparsity_have_no_part_in_the_weights(exact: Exact) -> None:
    v, _ = empirical(exact)
    options = {"weight_decay": "0.5", "sparsity_cost": 0.5}
    for weights in (("1", "0"), ("0", "1"), ("0.3", "2")):
        plain, decayed = (
            changes(exact.rbm, v, generative=weights[0], discriminative=weights[1], **more)[0]  # type: ignore[arg-type]
            for more in ({}, options)
        )
        pull = 0.5 * (0.1 - (0.9 * 0.1 + 0.1 * exact.rbm.mean_h_from_v(v).mean(axis=0)))
        expected = flat((np.outer(v.mean(axis=0), pull) - 0.5 * exact.rbm.W, np.zeros(5), pull))
        np.testing.assert_allclose(decayed - plain, 0.1 * expected, atol=1e-14)


def test_weights_stay_for_a_whole_epoch(exact: Exact) -> None:
    v, _ = empirical(exact)
    for at, weights in ((0.99, ("1", "0")), (2.5, ("0.5", "1")), (3.99, ("0.25", "1.5"))):
        by_schedule, _, _ = changes(exact.rbm, v, at, generative="1>0", discriminative="0>2")
        constant, _, _ = changes(exact.rbm, v, at, generative=weights[0], discriminative=weights[1])
        np.testing.assert_array_equal(by_schedule, constant)


def test_discriminative_learning_classifies_what_generative_learning_cannot() -> None:
    """One hidden unit for four pixels that agree and one that agrees with the label: it learns what it is asked to."""
    rng = np.random.default_rng(0)
    four, one = rng.integers(0, 2, (2, 400))
    v = np.concatenate([np.eye(2)[one], np.tile(four, (4, 1)).T, one[:, None]], axis=1)
    losses = []
    for generative, discriminative in (("1", "0"), ("0", "1"), ("0.1", "1")):
        rbm = machine(("softmax", 2), ("bernoulli", 5), n_hidden=1, seed=5, scale=0.1)
        config = CDConfig(learning_rate="0.2", generative=generative, discriminative=discriminative)
        state = contrastive.init(rbm, Rng(0, "cd"), config, len(v))
        for _ in range(300):
            contrastive.step(state, v, config, config.moment(10.0))
        losses.append(conditional.gradient(rbm, v)[0])
    joint, alone, hybrid = losses
    assert joint == pytest.approx(np.log(2), abs=0.01)  # chance
    assert max(alone, hybrid) < 0.03


def test_a_machine_without_label_units_cannot_learn_to_classify() -> None:
    config = CDConfig(discriminative="0,1@5")
    with pytest.raises(DbnError, match=r"without label units cannot learn to classify \(discriminative '0,1@5'\)"):
        contrastive.init(machine(("bernoulli", 3)), Rng(0, "cd"), config, 2)


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("epochs", -1, "epochs must be a whole number from 0 to 1,000,000, not -1"),
        ("epochs", 2.5, "epochs must be a whole number from 0 to 1,000,000, not 2.5"),
        ("temperatures", 2.5, "temperatures must be a whole number from 1 to 1,000, not 2.5"),
        ("generative", "0", "both 0 in epoch 1, in which nothing"),
        ("generative", "1,0@7", "both 0 in epoch 8, in which nothing"),
        ("generative", "much", "cannot read the schedule 'much'"),
        ("discriminative", "101", "discriminative weight must lie between 0 and 100"),
        ("persistent", "yes", "cannot read the schedule 'yes'"),
        ("persistent", "0.4", "is 0 .* or 1 .* in every epoch, and the schedule '0.4' is something between"),
        ("persistent", "0,0.5@3,1@6", "something between"),
        ("persistent", "0>1", "something between"),
        ("persistent", "2", "persistent must lie between 0 and 1"),
        ("momentum", "1", "momentum must lie between 0 and 0.9999, and the schedule '1' does not"),
        ("momentum", "0.5,1@5", "between 0 and 0.9999"),
        ("weight_decay", "inf", "cannot read the schedule 'inf'"),
        ("weight_decay", "1e300", "weight decay must lie between"),
        ("sparsity_target", float("nan"), "between 0 and 1"),
        ("sparsity_cost", float("nan"), "not be negative"),
        ("sparsity_cost", float("inf"), "the sparsity cost must be finite"),
        ("centering", 1.1, "a share from 0 .no centering. to 1, not 1.1"),
        ("centering", float("nan"), "not nan"),
        ("temperatures", 0, "temperatures must be a whole number from 1 to 1,000, not 0"),
        ("temperatures", 1001, "not 1001"),
        ("temperatures", 2, "swap states with persistent ones; set persistent"),
        ("fast_rate", "101", "fast rate must lie between 0 and 100"),
        ("fast_rate", "0,0.1@5", "fast weights make persistent chains move.*set persistent to 1"),
        ("learning_rate", "fast", "cannot read the schedule 'fast'"),
        ("k", "", "cannot read the schedule"),
        ("sparsity_target", 1.0, "between 0 and 1"),
        ("sparsity_cost", -0.1, "not be negative"),
    ],
)
def test_bad_options_are_refused(option: str, value: object, says: str) -> None:
    with pytest.raises(DbnError, match=says):
        replace(CDConfig(), **{option: value})


@pytest.mark.parametrize(
    ("options", "acts"),
    [
        ({"temperatures": 2, "persistent": "0,1@4"}, True),
        ({"temperatures": 2, "persistent": "0,1@5"}, False),
        ({"fast_rate": "0.1", "persistent": "0,1@4"}, True),
        ({"fast_rate": "0.1", "persistent": "0,1@5"}, False),
        ({"fast_rate": "0.1,0@4", "persistent": "0,1@4"}, False),
        ({"fast_rate": "0.1,0@4", "persistent": "0,1@3"}, True),
        ({"fast_rate": "0>0.1@4", "persistent": "0,1@4"}, True),
        ({"fast_rate": "0>0.1@4", "persistent": "1,0@4"}, False),
        ({"temperatures": 2, "persistent": "0,1@1", "epochs": 0}, True),
    ],
)
def test_what_helps_persistent_chains_must_meet_some_in_five_epochs(options: dict[str, Any], acts: bool) -> None:
    with nullcontext() if acts else pytest.raises(DbnError, match="set persistent to 1"):
        CDConfig(**{"epochs": 5, **options})
