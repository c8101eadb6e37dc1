from itertools import pairwise

import numpy as np
import pytest
from scipy.special import expit, softmax
from toys import leaves

from dbn.discriminative.activations import HIDDEN, UNITS
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.ops.numpy import Rng
from dbn.training.state import Tree


def network(*sizes: int, output: str = "softmax", hidden: str = "sigmoid") -> Network:
    rng = np.random.default_rng(0)
    weights = tuple(rng.normal(size=pair) for pair in pairwise(sizes))
    units = (hidden,) * (len(sizes) - 2) + (output,)
    return Network(weights, tuple(rng.normal(size=n) for n in sizes[1:]), units)


def test_forward_by_hand() -> None:
    net, x = network(4, 3, 2, 3), np.random.default_rng(1).uniform(size=(5, 4))
    (U, V, W), (a, b, c) = net.weights, net.biases
    low = expit(x @ U + a)
    high = expit(low @ V + b)
    p = softmax(high @ W + c, axis=1)
    activities, log_p = net.forward(x)
    assert activities[0] is x
    np.testing.assert_allclose(activities[1], low)
    np.testing.assert_allclose(activities[2], high)
    np.testing.assert_allclose(np.exp(log_p), p)
    np.testing.assert_allclose(net.predict_proba(x), p)
    np.testing.assert_array_equal(net.predict(x), p.argmax(axis=1))
    assert (net.sizes, net.n_classes) == ((4, 3, 2, 3), 3)


def test_sigmoid_outputs_by_hand() -> None:
    net, x = network(4, 3, 5, output="sigmoid"), np.random.default_rng(1).uniform(size=(6, 4))
    y = expit(expit(x @ net.weights[0] + net.biases[0]) @ net.weights[1] + net.biases[1])
    np.testing.assert_allclose(np.exp(net.forward(x)[1]), y)
    np.testing.assert_allclose(net.predict_proba(x), y / y.sum(axis=1, keepdims=True))
    np.testing.assert_array_equal(net.predict(x), y.argmax(axis=1))


@pytest.mark.parametrize("a", [-1e4, 1e4])
def test_saturated_sigmoid_outputs_are_numbers(a: float) -> None:
    net = Network((np.full((1, 2), a, np.float32),), (np.zeros(2, np.float32),), ("sigmoid",))
    np.testing.assert_allclose(net.predict_proba(np.ones((1, 1), np.float32)), [[0.5, 0.5]])


@pytest.mark.parametrize("output", [kind for kind in UNITS if kind != "sigmoid"])
def test_layers_of_any_units_by_hand(output: str) -> None:
    net, x = network(4, 3, 3, 5, output=output), np.random.default_rng(1).uniform(size=(6, 4))
    net = Network(net.weights, net.biases, ("tanh", "relu", output))
    high = np.maximum(0, np.tanh(x @ net.weights[0] + net.biases[0]) @ net.weights[1] + net.biases[1])
    y = UNITS[output].activity(high @ net.weights[2] + net.biases[2])
    np.testing.assert_allclose(net.outputs(x), y)
    np.testing.assert_array_equal(net.predict(x), y.argmax(axis=1))
    with pytest.raises(DbnError, match=f"{output} outputs are no probabilities; ask for the network's `outputs`"):
        net.predict_proba(x)


def test_probabilities_are_outputs_too() -> None:
    x = np.random.default_rng(1).uniform(size=(6, 4))
    soft, each = network(4, 3, 5), network(4, 3, 5, output="sigmoid")
    np.testing.assert_array_equal(soft.outputs(x), soft.predict_proba(x))
    np.testing.assert_allclose(
        each.outputs(x), expit(expit(x @ each.weights[0] + each.biases[0]) @ each.weights[1] + each.biases[1])
    )


def test_masks_multiply_the_activities() -> None:
    net, x = network(4, 3, 2, 5, hidden="elu"), np.random.default_rng(1).uniform(size=(6, 4))
    masks = [np.random.default_rng(2).integers(0, 3, (6, n)) for n in (3, 2)]
    (_, low, high), _ = net.forward(x, masks)
    np.testing.assert_array_equal(low, masks[0] * net.forward(x)[0][1])
    np.testing.assert_allclose(high, masks[1] * UNITS["elu"].activity(low @ net.weights[1] + net.biases[1]))


@pytest.mark.parametrize(
    ("units", "says"),
    [
        (("sigmoid", "linear"), "no output units 'linear'; known are softmax, sigmoid, tanh, relu"),
        (("softmax", "softmax"), "no hidden units 'softmax'; known are sigmoid, tanh, relu"),
        (("softmax",), r"units \('softmax',\) do not make a network; .* one kind of unit"),
    ],
)
def test_units_that_make_no_network_are_refused(units: tuple[str, ...], says: str) -> None:
    net = network(4, 3, 2)
    with pytest.raises(DbnError, match=says):
        Network(net.weights, net.biases, units)


@pytest.mark.parametrize(("sizes", "hidden"), [((4,), "sigmoid"), ((4, 3, 2), ["relu", "relu"]), ((4, 2), ["relu"])])
def test_sizes_that_make_no_network_are_refused(sizes: tuple[int, ...], hidden: str | list[str]) -> None:
    with pytest.raises(DbnError, match="make no network; give the pixels, hidden units and outputs"):
        Network.random(sizes, Rng(0, "weights"), hidden=hidden)


@pytest.mark.parametrize("kind", HIDDEN)
def test_random_weights_fill_the_range_of_their_units(kind: str) -> None:
    net = Network.random((60, 40, 30, 10), Rng(0, "weights"), "identity", kind)
    assert net.units == (kind, kind, "identity")
    for W, (below, units) in zip(net.weights[:-1], ((60, 40), (40, 30)), strict=True):
        glorot = np.sqrt(6 / (below + units))
        bound = {"sigmoid": 4 * glorot, "tanh": glorot}.get(kind, np.sqrt(2 / below) * np.sqrt(3))
        assert 0.99 * bound < np.abs(W).max() <= bound
    mixed = Network.random((60, 40, 30, 10), Rng(0, "weights"), "identity", ["sigmoid", kind])
    assert mixed.units == ("sigmoid", kind, "identity")
    assert 0.99 * bound < np.abs(mixed.weights[1]).max() <= bound
    with pytest.raises(DbnError, match="no hidden units 'gelu'"):
        Network.random((3, 2, 1), Rng(0, "weights"), hidden="gelu")


def test_random_weights_fill_the_recommended_range_and_the_output_starts_at_0() -> None:
    net = Network.random((60, 40, 30, 10), Rng(0, "weights"))
    for W, units in zip(net.weights[:-1], (100, 70), strict=True):
        bound = 4 * np.sqrt(6 / units)
        assert 0.99 * bound < np.abs(W).max() <= bound
        assert abs(W.std() / (bound / np.sqrt(3)) - 1) < 0.05
        assert abs(W.mean()) < 4 * W.std() / np.sqrt(W.size)
    assert not net.weights[-1].any()
    assert not any(b.any() for b in net.biases)
    assert {array.dtype for array in (*net.weights, *net.biases)} == {np.dtype(np.float32)}


def test_without_hidden_layers_it_is_a_softmax_of_the_pixels() -> None:
    net = Network.from_layers([], 4, 3)
    assert net.sizes == (4, 3)
    np.testing.assert_allclose(net.predict_proba(np.ones((1, 4), np.float32)), np.full((1, 3), 1 / 3), rtol=1e-6)


@pytest.mark.parametrize("units", [("sigmoid", "softmax"), ("relu", "identity"), ("threshold", "threshold")])
def test_tree_round_trip(units: tuple[str, ...]) -> None:
    net = network(4, 3, 2)
    net = Network(net.weights, net.biases, units)
    assert leaves(Network.from_tree(net.tree()).tree()) == leaves(net.tree())
    assert Network.from_tree(net.tree()).units == units
    assert [layer["units"] for layer in net.tree()["layers"].values()] == list(units)


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.pop("layers"),
        lambda tree: tree["layers"].clear(),
        lambda tree: tree.update(layers=3),
        lambda tree: tree.update(layers="0"),
        lambda tree: tree["layers"].update({"0": np.zeros(3)}),
        lambda tree: tree["layers"].pop("0"),
        lambda tree: tree["layers"]["0"].pop("W"),
        lambda tree: tree["layers"]["0"].update(b=1.0),
        lambda tree: tree["layers"]["0"].update(b=np.zeros((3, 1))),
        lambda tree: tree["layers"]["0"].update(W=np.zeros((4, 4))),
        lambda tree: tree["layers"]["1"].update(W=np.zeros(2)),
        lambda tree: tree["layers"]["1"].pop("units"),
        lambda tree: tree["layers"]["1"].update(units=np.zeros(2)),
        lambda tree: tree["layers"]["1"].update(units="linear"),
        lambda tree: tree["layers"]["0"].update(units="softmax"),
    ],
)
def test_trees_that_are_no_network_are_refused(change: object) -> None:
    tree: Tree = network(4, 3, 2).tree()
    change(tree)  # type: ignore[operator]
    with pytest.raises(DbnError):
        Network.from_tree(tree)


def test_bytes_are_no_inputs() -> None:
    net = Network((np.eye(2),), (np.zeros(2),))
    assert net.predict(np.array([[0, 1]], np.uint8)) == [1]
    assert net.predict([[0.0, 1.0]]) == [1]  # type: ignore[arg-type]
    with pytest.raises(DbnError, match="these are bytes, and a model takes activities from 0 to 1"):
        net.predict(np.array([[0, 255]], np.uint8))
