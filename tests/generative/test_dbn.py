import numpy as np
import pytest
from enumeration import Exact
from toys import leaves, machine

from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.ops.numpy import Rng
from dbn.training.state import Tree


def labelled(dtype: type = float) -> DBN:
    low = machine(("bernoulli", 4), n_hidden=3, seed=1, dtype=dtype)
    middle = machine(("bernoulli", 3), n_hidden=2, seed=2, dtype=dtype)
    return DBN((low, middle, machine(("softmax", 3), ("bernoulli", 2), n_hidden=5, seed=3, dtype=dtype)), (2, 2))


def untied(dtype: type = float) -> DBN:
    rng = np.random.default_rng(4)
    shapes = {"R": (4, 3), "c": (3,), "G": (3, 4), "b": (4,)}
    low = Directed(**{name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()})
    return DBN((low, machine(("softmax", 3), ("bernoulli", 3), n_hidden=5, seed=3, dtype=dtype)), (2, 2))


def unlabelled() -> DBN:
    low, top = machine(("bernoulli", 4), n_hidden=3, seed=1), machine(("bernoulli", 3), n_hidden=2, seed=2)
    return DBN((low, top), (2, 2))


@pytest.fixture
def v() -> np.ndarray:
    return np.random.default_rng(0).uniform(size=(6, 4))


def test_label_free_energies_are_those_of_the_associative_memory(v: np.ndarray) -> None:
    net = labelled()
    states, n = net.up_pass(v), len(v)
    brute = [net.top.free_energy(np.concatenate([np.tile(np.eye(3)[k], (n, 1)), states], axis=1)) for k in range(3)]
    found = net.label_free_energies(states) - np.transpose(brute)
    np.testing.assert_allclose(found, np.tile(found[:, :1], 3), atol=1e-12)
    np.testing.assert_array_equal(net.predict(v), np.argmin(brute, axis=0))


def test_label_probabilities_of_one_machine_are_exact() -> None:
    rbm = machine(("softmax", 3), ("bernoulli", 4), n_hidden=3, seed=6)
    exact, net = Exact(rbm), DBN((rbm,), (2, 2))
    joint = exact.p_v.reshape(3, 16)
    np.testing.assert_allclose(net.predict_proba(exact.v[:16, 3:]), (joint / joint.sum(axis=0)).T, rtol=1e-10)


def test_up_and_down_passes_are_the_machines_conditionals(v: np.ndarray) -> None:
    net = labelled()
    low, middle, _ = net.layers
    up = middle.mean_h_from_v(low.mean_h_from_v(v))
    np.testing.assert_array_equal(net.up_pass(v), up)
    np.testing.assert_array_equal(net.down_pass(up), low.mean_v_from_h(middle.mean_v_from_h(up)))


def test_reconstruction_leaves_labels_out(v: np.ndarray) -> None:
    net = labelled()
    states = net.up_pass(v)
    hidden = 1 / (1 + np.exp(-(states @ net.top.W[3:] + net.top.c)))
    below = 1 / (1 + np.exp(-(hidden @ net.top.W[3:].T + net.top.b[3:])))
    np.testing.assert_allclose(net.reconstruct(v), net.down_pass(below), rtol=1e-12)
    plain = unlabelled()
    hidden = plain.top.mean_h_from_v(plain.up_pass(v))
    np.testing.assert_allclose(plain.reconstruct(v), plain.down_pass(plain.top.mean_v_from_h(hidden)))


def test_recognition_layers_make_a_network_that_repeats_the_up_pass(v: np.ndarray) -> None:
    for net in (labelled(np.float32), untied(np.float32), unlabelled()):
        layers = net.recognition_layers()
        network = Network.from_layers(layers, net.sizes[-1], 3)
        activities, log_p = network.forward(v.astype(np.float32))
        np.testing.assert_allclose(activities[-2], net.up_pass(v), rtol=2e-5)
        top = np.concatenate([np.zeros((len(v), net.n_classes)), net.up_pass(v)], axis=1)
        np.testing.assert_allclose(activities[-1], net.top.mean_h_from_v(top), rtol=2e-5)
        np.testing.assert_allclose(log_p, np.full((len(v), 3), -np.log(3)), rtol=1e-6)
        layers[0][0][:] = 0  # copies: the net keeps its own
        assert net.recognition_layers()[0][0].all()


def test_sampled_up_passes_are_on_with_the_recognised_probabilities() -> None:
    net, n = untied(), 40_000
    v = np.array([1.0, 0, 0.3, 1])
    assert isinstance(net.layers[0], Directed)
    expected = 1 / (1 + np.exp(-(v @ net.layers[0].R + net.layers[0].c)))
    states = net.sample_up(np.tile(v, (n, 1)), Rng(0, "up"))
    assert set(np.unique(states)) == {0, 1}
    np.testing.assert_allclose(states.mean(axis=0), expected, atol=4 * 0.5 / np.sqrt(n))


def test_labels_are_dropped(v: np.ndarray) -> None:
    states = np.random.default_rng(1).uniform(size=(2, 2))
    whole = np.concatenate([np.eye(3)[:2], states], axis=1)
    np.testing.assert_array_equal(labelled().without_labels(whole), states)


def test_sizes() -> None:
    assert labelled().sizes == (4, 3, 2, 5)
    assert (labelled().n_classes, unlabelled().n_classes) == (3, 0)


@pytest.mark.parametrize(
    "net", [labelled(np.float32), untied(np.float32), unlabelled()], ids=["labelled", "untied", "unlabelled"]
)
def test_tree_round_trip(net: DBN) -> None:
    again = DBN.from_tree(net.tree())
    assert leaves(again.tree()) == leaves(net.tree())
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in net.layers]
    assert again.top.groups == net.top.groups
    assert again.image_shape == net.image_shape


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.pop("layers"),
        lambda tree: tree["layers"].clear(),
        lambda tree: tree.update(layers=np.zeros(3)),
        lambda tree: tree.update(rows=3),
        lambda tree: tree.pop("columns"),
        lambda tree: tree["layers"].pop("1"),
        lambda tree: tree["layers"]["0"].pop("units"),
        lambda tree: tree["layers"]["0"].update(units="gaussian:4"),
        lambda tree: tree["layers"]["0"].update(units="bernoulli"),
        lambda tree: tree["layers"]["0"].update(units="bernoulli:5"),
        lambda tree: tree["layers"]["0"].update(units=3),
        lambda tree: tree["layers"]["0"].update(R=np.zeros((4, 3))),
        lambda tree: tree["layers"].update({"2": untied().tree()["layers"]["0"]}),
        lambda tree: tree["layers"]["0"].update(W=np.zeros(3)),
        lambda tree: tree["layers"]["0"].update(W=1.0),
        lambda tree: tree["layers"]["0"].update(c=np.zeros((3, 1))),
        lambda tree: tree["layers"]["2"].update(W=np.zeros((5, 4))),
    ],
)
def test_trees_that_are_no_net_are_refused(change: object) -> None:
    tree: Tree = labelled().tree()
    change(tree)  # type: ignore[operator]
    with pytest.raises(DbnError):
        DBN.from_tree(tree)


def test_stacks_that_do_not_fit_are_refused() -> None:
    low, top = unlabelled().layers
    for layers, shape, says in (
        ((top, low), (2, 2), "layer 1"),
        ((low, low), (2, 2), "layer 2"),
        ((low,), (2, 3), "6 units"),
    ):
        with pytest.raises(DbnError, match=says):
            DBN(layers, shape)
    with pytest.raises(DbnError, match="machine on top"):
        DBN((), (2, 2))


def test_without_labels_it_does_not_classify(v: np.ndarray) -> None:
    net = unlabelled()
    for function in (net.predict, net.predict_proba, net.label_free_energies):
        with pytest.raises(DbnError, match="without labels"):
            function(v)


@pytest.mark.parametrize("ask", ["predict", "predict_proba", "up_pass", "reconstruct"])
def test_bytes_are_no_activities(ask: str) -> None:
    net, images = DBN((machine(("softmax", 2), ("bernoulli", 4)),), (2, 2)), np.eye(4, dtype=np.uint8)
    np.testing.assert_array_equal(getattr(net, ask)(images), getattr(net, ask)(images.astype(float)))
    with pytest.raises(DbnError, match="these are bytes, and a model takes activities from 0 to 1"):
        getattr(net, ask)(2 * images)
    with pytest.raises(DbnError, match="these are bytes"):
        net.sample_up(2 * images, Rng(0, "up"))


def test_models_are_told_apart_by_what_they_are() -> None:
    rbm = machine(("bernoulli", 4))
    assert len({rbm, rbm.copy(), DBN((rbm,), (2, 2)), DBN((rbm,), (2, 2))}) == 4
