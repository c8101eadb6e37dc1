from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from toys import backprop, bars, bits

from dbn.data.dataset import Split
from dbn.discriminative.activations import HIDDEN, UNITS
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.loss import draw_masks, loss_and_gradient, loss_of
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng
from dbn.training.loop import Run, train


def random_network(sizes: tuple[int, ...], output: str = "softmax", hidden: str = "sigmoid") -> Network:
    rng = np.random.default_rng(len(sizes))
    weights = tuple(rng.normal(size=pair) for pair in pairwise(sizes))
    units = (hidden,) * (len(sizes) - 2) + (output,)
    return Network(weights, tuple(rng.normal(size=n) for n in sizes[1:]), units)


def mean_loss(net: Network, x: Array, targets: Array) -> float:
    """Without any of the tricks of the code under test."""
    if net.units[-1] == "softmax":
        return float(-np.log(net.predict_proba(x)[np.arange(len(x)), targets]).mean())
    y = x
    for W, b, kind in zip(net.weights, net.biases, net.units, strict=True):
        a = y @ W + b
        y = expit(a) if kind == "sigmoid" else UNITS[kind].activity(a)
    wanted = np.eye(net.n_classes)[targets] if targets.ndim == 1 else targets
    return float(0.5 * ((y - wanted) ** 2).sum(axis=1).mean())


def assert_gradient(net: Network, x: Array, targets: Array, weight_decay: float = 0.0) -> None:
    loss, weights, biases = loss_and_gradient(net, x, targets, weight_decay)
    penalty = weight_decay / 2 * sum((W**2).sum() for W in net.weights)
    assert loss == pytest.approx(mean_loss(net, x, targets) + penalty, rel=1e-12)
    for parameter, gradient in zip((*net.weights, *net.biases), (*weights, *biases), strict=True):
        difference = np.empty_like(parameter)
        for at in np.ndindex(parameter.shape):
            before = parameter[at]
            parameter[at] = before + 1e-5
            above = loss_and_gradient(net, x, targets, weight_decay)[0]
            parameter[at] = before - 1e-5
            difference[at] = (above - loss_and_gradient(net, x, targets, weight_decay)[0]) / 2e-5
            parameter[at] = before
        np.testing.assert_allclose(gradient, difference, atol=2e-9)


@pytest.mark.parametrize("n", [1, 7])
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("hidden", [(), (4,), (4, 3), (4, 3, 5)], ids=len)
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_gradient_against_finite_differences(output: str, hidden: tuple[int, ...], weight_decay: float, n: int) -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.uniform(size=(n, 5)), rng.integers(0, 3, n)
    assert_gradient(random_network((5, *hidden, 3), output), x, labels, weight_decay)


@pytest.mark.parametrize("targets", ["labels", "numbers"])
@pytest.mark.parametrize("output", [kind for kind in UNITS if kind != "threshold"])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_gradient_through_any_units_to_any_targets(hidden: str, output: str, targets: str) -> None:
    rng = np.random.default_rng(1)
    wanted = rng.integers(0, 3, 7) if targets == "labels" else rng.normal(size=(7, 3))
    assert_gradient(random_network((5, 4, 3), output, hidden), rng.normal(size=(7, 5)), wanted)


def test_units_of_each_layer_may_differ() -> None:
    net, rng = random_network((5, 4, 3, 4, 2)), np.random.default_rng(2)
    net = Network(net.weights, net.biases, ("tanh", "softplus", "elu", "softmax"))
    assert_gradient(net, rng.normal(size=(6, 5)), rng.integers(0, 2, 6), 0.1)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("output", ["softmax", "sigmoid", "identity", "tanh"])
def test_gradient_equals_autograd(output: str, hidden: str) -> None:
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    theirs = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky-relu": functional.leaky_relu,
        "softplus": functional.softplus,
        "elu": functional.elu,
        "identity": lambda a: a,
    }
    net, rng = random_network((5, 6, 4, 3), output, hidden), np.random.default_rng(3)
    x, labels, numbers = rng.normal(size=(8, 5)), rng.integers(0, 3, 8), rng.uniform(size=(8, 3))
    weights, biases = ([torch.tensor(p, requires_grad=True) for p in part] for part in (net.weights, net.biases))
    h = torch.tensor(x)
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        h = theirs[hidden](h @ W + b)
    a = h @ weights[-1] + biases[-1]
    if output == "softmax":
        targets, loss = labels, functional.cross_entropy(a, torch.tensor(labels))
    else:
        targets, loss = numbers, 0.5 * ((theirs[output](a) - torch.tensor(numbers)) ** 2).sum(dim=1).mean()
    loss.backward()
    ours, *gradients = loss_and_gradient(net, x, targets)
    assert ours == pytest.approx(loss.item(), rel=1e-12)
    for found, part in zip(gradients, (weights, biases), strict=True):
        for gradient, parameter in zip(found, part, strict=True):
            np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("depth", [1, 2])
def test_the_delta_rules_of_the_lecture(depth: int) -> None:
    """δ_t = −y_t (1 − y_t)(y*_t − y_t), δ_j = y_j (1 − y_j) Σ_k w_jk δ_k, w_ij ← w_ij − η δ_j y_i, unit by unit."""
    start = random_network((9, *(4, 3)[:depth], 2), "sigmoid")
    config = BackpropConfig(epochs=1, batch_size=1, learning_rate="0.7", momentum="0", loss="squared-error")
    learner, eta = Backprop(config, start, bars(), 0), 0.7
    state = learner.init()
    for row in range(3):
        w, b = [W.copy() for W in state.weights], [c.copy() for c in state.biases]
        y = [learner.data.images[row] / np.float32(255)]
        for W, c in zip(w, b, strict=True):
            y.append(np.array([expit(y[-1] @ W[:, j] + c[j]) for j in range(W.shape[1])]))
        wanted = np.eye(2)[learner.data.labels[row]]
        delta = [-y[-1][t] * (1 - y[-1][t]) * (wanted[t] - y[-1][t]) for t in range(2)]
        expected = []
        for layer in reversed(range(len(w))):
            below = y[layer]
            expected.append(
                [[w[layer][i, j] - eta * delta[j] * below[i] for j in range(len(delta))] for i in range(len(below))]
            )
            b[layer] = b[layer] - eta * np.array(delta)
            delta = [
                below[j] * (1 - below[j]) * sum(w[layer][j, k] * delta[k] for k in range(len(delta)))
                for j in range(len(below))
            ]
        learner.step(state, np.array([row]), learner.moment(row / 30))
        for found, rule in zip(state.weights, reversed(expected), strict=True):
            np.testing.assert_allclose(found, rule, rtol=1e-6, atol=1e-7)
        for found, rule in zip(state.biases, b, strict=True):
            np.testing.assert_allclose(found, rule, rtol=1e-6, atol=1e-7)


def test_the_inputs_are_left_alone() -> None:
    x = np.random.default_rng(0).uniform(size=(7, 5))
    before = x.copy()
    loss_and_gradient(random_network((5, 4, 3)), x, np.zeros(7, int))
    np.testing.assert_array_equal(x, before)


def test_two_updates_of_gradient_descent_by_hand() -> None:
    learner = backprop(learning_rate="0.4>0", momentum="0.5,0.9@1", weight_decay=0.1, epochs=2)
    state, rows = learner.init(), np.arange(6)
    x = (learner.data.images[rows] / 255.0).astype(np.float32)
    expected = [array.copy() for array in learner.parameters(state)]
    velocities = [np.zeros_like(array) for array in expected]
    for at, rate, momentum in ((0.0, 0.4, 0.5), (1.0, 0.2, 0.9)):
        net = Network(tuple(expected[:2]), tuple(expected[2:]))
        loss, weights, biases = loss_and_gradient(net, x, learner.data.labels[rows], 0.1)
        for parameter, velocity, gradient in zip(expected, velocities, [*weights, *biases], strict=True):
            velocity[...] = momentum * velocity - rate * gradient
            parameter += velocity
        assert learner.step(state, rows, learner.moment(at))["loss"] == pytest.approx(loss, rel=1e-5)
        for found, parameter in zip(learner.parameters(state), expected, strict=True):
            np.testing.assert_allclose(found, parameter, rtol=1e-5, atol=1e-6)


def fitted(learner: Backprop) -> tuple[Run, Network]:
    run = train(learner, Run(learner.init()))
    return run, learner.model(run.state)


@pytest.mark.parametrize("optimiser", ["lbfgs", "cg"])
def test_large_batch_optimisers_find_the_optimum_of_a_convex_loss(optimiser: str) -> None:
    data = bars(40)
    start = Network((np.zeros((9, 2)),), (np.zeros(2),))
    config = BackpropConfig(epochs=1, batch_size=0, optimiser=optimiser, iterations=500, weight_decay=0.01)
    run, net = fitted(Backprop(config, start, data, 0))
    x = (data.images / np.float32(255)).astype(np.float32)
    loss, weights, biases = loss_and_gradient(net, x, data.labels, 0.01)
    assert max(np.abs(gradient).max() for gradient in (*weights, *biases)) < 2e-5
    assert run.history[0]["loss"] == pytest.approx(loss, rel=1e-12)
    assert not start.weights[0].any()  # where it starts from is copied


@pytest.mark.parametrize("options", [{"learning_rate": "0.5"}, {"optimiser": "lbfgs"}, {"optimiser": "cg"}], ids=str)
def test_every_optimiser_learns_to_tell_bars_apart(options: dict[str, Any]) -> None:
    history = fitted(backprop(bars(60), epochs=40, **options))[0].history
    assert history[-1]["loss"] < 0.3 * history[0]["loss"]
    assert history[-1]["validation_error_percent"] <= 5


@pytest.mark.parametrize("intensity", ["real", "sampled", "threshold"])
def test_validation_metrics_by_hand(intensity: str) -> None:
    learner = backprop(intensity=intensity)
    run, net = fitted(learner)
    assert learner.validation is not None
    x, labels = learner.validation.images / 255.0, learner.validation.labels
    p = net.predict_proba((x > 0.5).astype(float) if intensity == "threshold" else x)
    assert run.history[-1]["validation_loss"] == pytest.approx(-np.log(p[np.arange(20), labels]).mean(), rel=1e-5)
    assert run.history[-1]["validation_error_percent"] == 100 * (p.argmax(axis=1) != labels).mean()


@pytest.mark.parametrize(
    "options", [{"learning_rate": "0.3", "batch_size": 1}, {"optimiser": "cg", "batch_size": 0}], ids=str
)
def test_squared_error_learns_to_tell_bars_apart(options: dict[str, Any]) -> None:
    learner = backprop(bars(60), epochs=40, loss="squared-error", **options)
    run, net = fitted(learner)
    assert run.history[-1]["loss"] < 0.1 * run.history[0]["loss"]
    assert learner.validation is not None
    x, labels = learner.validation.images / 255.0, learner.validation.labels
    assert run.history[-1]["validation_loss"] == pytest.approx(mean_loss(net, x, labels), rel=1e-5)
    assert run.history[-1]["validation_error_percent"] == 100 * (net.predict(x) != labels).mean() <= 5


def test_the_output_units_must_be_those_of_the_loss() -> None:
    start = Network.random((9, 4, 2), Rng(0, "start"), "sigmoid")
    with pytest.raises(DbnError, match="the loss cross-entropy needs softmax outputs, and the network's are sigmoid"):
        Backprop(BackpropConfig(), start, bars(), 0)
    start = Network.random((9, 4, 2), Rng(0, "start"))
    with pytest.raises(DbnError, match="the loss squared-error needs sigmoid outputs, and the network's are softmax"):
        Backprop(BackpropConfig(loss="squared-error"), start, bars(), 0)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("output", ["softmax", "identity"])
def test_hidden_units_of_every_kind_learn_to_tell_bars_apart(hidden: str, output: str) -> None:
    start = Network.random((9, 12, 2), Rng(0, "start"), output, hidden)
    config = BackpropConfig(epochs=40, batch_size=4, learning_rate="0.1", momentum="0.5", loss=loss_of(output))
    run, net = fitted(Backprop(config, start, bars(60), 0, bars(20, seed=9)))
    assert net.units == (hidden, output)
    assert run.history[-1]["loss"] < 0.3 * run.history[0]["loss"]
    assert run.history[-1]["validation_error_percent"] <= 5


def test_only_momentum_keeps_velocities() -> None:
    assert len(backprop().init().velocity) == len(backprop(momentum="0,0.9@1").init().velocity) == 4
    assert backprop(momentum="0").init().velocity == backprop(optimiser="cg").init().velocity == ()


def test_no_momentum_is_a_momentum_of_0_to_the_last_bit() -> None:
    without, with_velocities = fitted(backprop(momentum="0"))[0], fitted(backprop(momentum="0,0.5@9"))[0]
    assert without.state.velocity == ()
    for name in ("weights", "biases"):
        assert bits(getattr(without.state, name)) == bits(getattr(with_velocities.state, name))


def test_data_that_do_not_fit_the_network_are_refused() -> None:
    start = Network.random((9, 4, 2), Rng(0, "start"))
    with pytest.raises(DbnError, match="the model takes 9 pixels, these images have 4"):
        Backprop(BackpropConfig(), start, Split(np.zeros((2, 4), np.uint8), np.array([0, 1])), 0)
    with pytest.raises(DbnError, match="the model knows labels up to 1, not 2"):
        Backprop(BackpropConfig(), start, Split(np.zeros((2, 9), np.uint8), np.array([0, 2])), 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"optimiser": "adam"}, "known are sgd, lbfgs, cg"),
        ({"loss": "hinge"}, "unknown loss 'hinge'; known are cross-entropy, squared-error"),
        ({"intensity": "loud"}, "no intensity 'loud'"),
        ({"epochs": 0}, "at least 1"),
        ({"batch_size": -1}, "at least 0"),
        ({"iterations": 0}, "at least 1"),
        ({"weight_decay": -0.1}, "must not be negative"),
        ({"weight_decay": float("nan")}, "must not be negative"),
        ({"weight_decay": float("inf")}, "weight decay must be finite, and inf is not"),
        ({"momentum": "1"}, "momentum must lie between 0 and 0.9999"),
        ({"momentum": "0.9>1"}, "momentum must lie between 0 and 0.9999"),
        ({"learning_rate": "-1"}, "cannot read the schedule"),
        ({"momentum": "0.9@2"}, "cannot read the schedule"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        BackpropConfig(**options)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_dropout_keeps_the_mean_and_has_the_right_gradient(hidden: str) -> None:
    net = Network.random((4, 5, 6, 3), Rng(0, "net"), hidden=hidden)
    net = Network(tuple(W.astype(float) for W in net.weights), tuple(b.astype(float) for b in net.biases), net.units)
    for array in (net.weights[-1], *net.biases[1:]):
        array[...] = np.random.default_rng(3).normal(size=array.shape)
    x, labels = np.random.default_rng(0).uniform(size=(7, 4)), np.array([0, 1, 2, 0, 1, 2, 0])
    if hidden == "tanh":
        x[0] = 0  # the units then answer exactly 0, as if they were dropped
    whole = net.forward(x)[0][1]
    rng, n = Rng(1, "dropout"), 4000
    drawn = np.array([draw_masks(net, x, 0.3, rng)[0] for _ in range(n)])
    assert set(np.unique(drawn)) == {0, 1 / 0.7}
    assert (abs(drawn.mean(axis=0) - 1) < 4.5 * np.sqrt(0.3 / 0.7 / n)).all()
    np.testing.assert_array_equal(net.forward(x, draw_masks(net, x, 0.0, rng))[0][1], whole)

    def loss() -> float:
        return loss_and_gradient(net, x, labels, 0.01, 0.3, Rng(2, "the same units each time"))[0]

    _, weights, biases = loss_and_gradient(net, x, labels, 0.01, 0.3, Rng(2, "the same units each time"))
    for array, gradient in zip((*net.weights, *net.biases), (*weights, *biases), strict=True):
        for at in np.ndindex(array.shape):
            before = array[at]
            array[at] = before + 1e-6
            above = loss()
            array[at] = before - 1e-6
            assert gradient[at] == pytest.approx((above - loss()) / 2e-6, abs=1e-8)
            array[at] = before


@pytest.mark.parametrize("options", [{"dropout": 1.0}, {"dropout": -0.1}, {"dropout": 0.5, "optimiser": "cg"}])
def test_dropout_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(DbnError, match="dropout"):
        BackpropConfig(**options)


def uphill(net: Network, x: Array, targets: Array) -> Array:
    """Directions of length 1 in which the loss of each example grows fastest, by finite differences."""
    slopes = np.empty_like(x)
    for at in np.ndindex(x.shape):
        row, step = slice(at[0], at[0] + 1), np.zeros((1, x.shape[1]))
        step[0, at[1]] = 1e-5
        above, below = (mean_loss(net, x[row] + sign * step, targets[row]) for sign in (1, -1))
        slopes[at] = (above - below) / 2e-5
    return slopes / np.linalg.norm(slopes, axis=1, keepdims=True)


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_half_of_the_loss_is_of_adversarial_examples(output: str) -> None:
    net, rng = random_network((5, 4, 3), output), np.random.default_rng(4)
    x, labels = rng.uniform(size=(6, 5)), rng.integers(0, 3, 6)
    worse = x + 0.7 * uphill(net, x, labels)
    loss, weights, biases = loss_and_gradient(net, x, labels, 0.1, adversarial=0.7)
    clean, other = loss_and_gradient(net, x, labels, 0.1), loss_and_gradient(net, worse, labels, 0.1)
    assert clean[0] < loss < other[0]
    assert loss == pytest.approx((clean[0] + other[0]) / 2, rel=1e-7)
    for found, a, b in zip((*weights, *biases), (*clean[1], *clean[2]), (*other[1], *other[2]), strict=True):
        np.testing.assert_allclose(found, (a + b) / 2, atol=1e-7)


def test_adversarial_examples_weigh_as_much_as_those_that_they_are_of() -> None:
    net, rng = random_network((5, 4, 3)), np.random.default_rng(6)
    x, labels, weight = rng.uniform(size=(3, 5)), np.array([0, 1, 2]), np.array([1.0, 3.0, 2.0])
    found = loss_and_gradient(net, x, labels, sample_weight=weight, adversarial=0.7)
    repeated = loss_and_gradient(net, x.repeat([1, 3, 2], axis=0), labels.repeat([1, 3, 2]), adversarial=0.7)
    assert found[0] == pytest.approx(repeated[0])
    for a, b in zip((*found[1], *found[2]), (*repeated[1], *repeated[2]), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_adversarial_examples_meet_the_same_dropped_units() -> None:
    net = random_network((5, 40, 3))
    x, labels = np.random.default_rng(5).uniform(size=(4, 5)), np.array([0, 1, 2, 0])
    near = loss_and_gradient(net, x, labels, dropout=0.5, rng=Rng(0, "dropout"), adversarial=1e-9)
    here = loss_and_gradient(net, x, labels, dropout=0.5, rng=Rng(0, "dropout"))
    assert near[0] == pytest.approx(here[0], rel=1e-7)
    for a, b in zip((*near[1], *near[2]), (*here[1], *here[2]), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-7)


def test_an_example_without_a_slope_is_its_own_adversary() -> None:
    net = Network((np.zeros((5, 3)),), (np.zeros(3),))
    loss, (weights,), _ = loss_and_gradient(net, np.ones((2, 5)), np.array([0, 1]), adversarial=1.0)
    assert loss == pytest.approx(np.log(3))
    assert np.isfinite(weights).all()


def test_examples_that_a_net_is_sure_of_are_moved_as_far() -> None:
    net = Network((np.array([[15, -15]], np.float32),), (np.zeros(2, np.float32),))
    sure = np.ones((100, 1), np.float32)  # p(wrong) is e^-30; after a step of length 1, one half
    loss, *_ = loss_and_gradient(net, sure, np.zeros(100, int), adversarial=1.0)
    assert loss == pytest.approx(np.log(2) / 2, rel=0.01)


def test_what_learned_from_adversarial_examples_withstands_them() -> None:
    def harmed(adversarial: float) -> float:
        learner = backprop(epochs=60, adversarial=adversarial)
        net = learner.model(train(learner, Run(learner.init())).state)
        data = bars(200, seed=3)
        return loss_and_gradient(net, data.images / 255, data.labels, adversarial=0.5)[0]

    assert harmed(0.5) < 0.8 * harmed(0.0)


@pytest.mark.parametrize("options", [{"adversarial": -1}, {"adversarial": np.nan}, {"adversarial": np.inf}])
def test_lengths_that_are_none_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(DbnError, match="adversarial examples lie some way off"):
        BackpropConfig(**options)
    with pytest.raises(DbnError, match="lbfgs needs the gradient of one loss"):
        BackpropConfig(adversarial=0.5, optimiser="lbfgs")
