from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from toys import backprop, bars, bits

from dbn.data.dataset import Split
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.loss import loss_and_gradient
from dbn.discriminative.network import Network, Output
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng
from dbn.training.loop import Run, train


def random_network(sizes: tuple[int, ...], output: Output = "softmax") -> Network:
    rng = np.random.default_rng(len(sizes))
    weights = tuple(rng.normal(size=pair) for pair in pairwise(sizes))
    return Network(weights, tuple(rng.normal(size=n) for n in sizes[1:]), output)


def mean_loss(net: Network, x: Array, labels: Array) -> float:
    """Without any of the tricks of the code under test."""
    if net.output == "softmax":
        return float(-np.log(net.predict_proba(x)[np.arange(len(x)), labels]).mean())
    y = x
    for W, b in zip(net.weights, net.biases, strict=True):
        y = expit(y @ W + b)
    return float(0.5 * ((y - np.eye(net.n_classes)[labels]) ** 2).sum(axis=1).mean())


@pytest.mark.parametrize("n", [1, 7])
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("hidden", [(), (4,), (4, 3), (4, 3, 5)], ids=len)
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_gradient_against_finite_differences(
    output: Output, hidden: tuple[int, ...], weight_decay: float, n: int
) -> None:
    net = random_network((5, *hidden, 3), output)
    rng = np.random.default_rng(0)
    x, labels = rng.uniform(size=(n, 5)), rng.integers(0, 3, n)
    loss, weights, biases = loss_and_gradient(net, x, labels, weight_decay)
    penalty = weight_decay / 2 * sum((W**2).sum() for W in net.weights)
    assert loss == pytest.approx(mean_loss(net, x, labels) + penalty, rel=1e-12)
    for parameter, gradient in zip((*net.weights, *net.biases), (*weights, *biases), strict=True):
        difference = np.empty_like(parameter)
        for at in np.ndindex(parameter.shape):
            before = parameter[at]
            parameter[at] = before + 1e-5
            above = loss_and_gradient(net, x, labels, weight_decay)[0]
            parameter[at] = before - 1e-5
            difference[at] = (above - loss_and_gradient(net, x, labels, weight_decay)[0]) / 2e-5
            parameter[at] = before
        np.testing.assert_allclose(gradient, difference, atol=1e-9)


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
        assert learner.step(state, rows, at)["loss"] == pytest.approx(loss, rel=1e-5)
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
    with pytest.raises(DbnError, match="9 inputs, but an image has 4 pixels"):
        Backprop(BackpropConfig(), start, Split(np.zeros((2, 4), np.uint8), np.array([0, 1])), 0)
    with pytest.raises(DbnError, match="label 2 does not fit the network's 2 classes"):
        Backprop(BackpropConfig(), start, Split(np.zeros((2, 9), np.uint8), np.array([0, 2])), 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"optimiser": "adam"}, "known are sgd, lbfgs, cg"),
        ({"loss": "hinge"}, "unknown loss 'hinge'; known are cross-entropy, squared-error"),
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


def test_dropout_keeps_the_mean_and_has_the_right_gradient() -> None:
    net = Network.random((4, 5, 6, 3), Rng(0, "net"))
    net = Network(tuple(W.astype(float) for W in net.weights), tuple(b.astype(float) for b in net.biases))
    x, labels = np.random.default_rng(0).uniform(size=(7, 4)), np.array([0, 1, 2, 0, 1, 2, 0])
    whole = net.forward(x)[0][1]
    rng, n = Rng(1, "dropout"), 4000
    dropped = np.array([net.forward(x, 0.3, rng)[0][1] for _ in range(n)])
    assert set(np.round(np.unique(dropped / whole), 9)) == {0, round(1 / 0.7, 9)}
    spread = whole * np.sqrt(0.3 / 0.7 / n)
    assert (abs(dropped.mean(axis=0) - whole) < 4.5 * spread).all()

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
