import numpy as np
import pytest
from enumeration import Exact, visible_states
from scipy.special import logsumexp
from toys import machine

from dbn.generative import bound as table
from dbn.generative import exact
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.likelihood import partition, variational
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Rng

N = 4000


def assert_mean(net: DBN, expected: np.ndarray, x: np.ndarray) -> None:
    """The bound of each image, in the mean over N samples of q, is as expected (images,) within 4 σ."""
    draws = variational.bound(net, np.repeat(x, N, axis=0), 1, Rng(0, "q")).reshape(len(x), N)
    draws -= partition.log_z(net.top)
    error = draws.std(axis=1) / np.sqrt(N)
    assert error.max() < 0.1
    assert (np.abs(draws.mean(axis=1) - expected) < 4 * error + 1e-9).all()


def by_enumeration(layers: tuple[RBM | Directed, ...], x: np.ndarray, above: np.ndarray) -> np.ndarray:
    """The bound of each of x, all states of a layer, given that of all states of the layer above."""
    layer = layers[0]
    h = visible_states(exact.binary(layer.n_hidden))
    p, on = layer.mean_h_from_v(x)[:, None], layer.mean_v_from_h(h)[None]
    q = np.prod(np.where(h[None], p, 1 - p), axis=2)
    log_p = np.log(np.where(x[:, None], on, 1 - on)).sum(axis=2)
    return (q * (log_p + above - np.log(q))).sum(axis=1)


@pytest.mark.parametrize("untied", [False, True])
def test_of_two_layers_it_is_the_bound_of_the_tables(untied: bool) -> None:
    low, top = machine(("bernoulli", 4), n_hidden=3, seed=1), machine(("bernoulli", 3), n_hidden=4, seed=2)
    prior, x = exact.log_p_v(top), visible_states(low.groups)
    expected = table.lower_bound(low, prior)
    assert (table.log_likelihood(low, prior) - expected).max() > 0.05
    assert_mean(DBN((Directed.untied(low) if untied else low, top), (2, 2)), expected, x)


def test_of_three_layers_with_labels_and_recognition_weights_of_their_own() -> None:
    low = Directed.untied(machine(("bernoulli", 4), n_hidden=3, seed=3))
    low.R[:] = machine(("bernoulli", 4), n_hidden=3, seed=8).W
    middle, top = machine(("bernoulli", 3), n_hidden=2, seed=4), machine(("softmax", 2), ("bernoulli", 2), seed=5)
    prior = logsumexp(np.log(Exact(top).p_v).reshape(2, 4), axis=0)
    x = visible_states(exact.binary(4))
    above = by_enumeration((middle,), visible_states(exact.binary(3)), prior)
    assert_mean(DBN((low, middle, top), (2, 2)), by_enumeration((low,), x, above), x)


@pytest.mark.parametrize("labels", [0, 3])
def test_of_one_layer_it_is_the_likelihood(labels: int) -> None:
    shape = (("softmax", labels), ("bernoulli", 4)) if labels else (("bernoulli", 4),)
    oracle = Exact(machine(*shape, seed=6))
    found = variational.bound(DBN((oracle.rbm,), (2, 2)), visible_states(exact.binary(4)), 1, Rng(0, "q"))
    expected = oracle.p_v.reshape(labels, 16).sum(axis=0) if labels else oracle.p_v
    np.testing.assert_allclose(np.exp(found - oracle.log_z), expected, rtol=1e-10)


def test_more_samples_and_smaller_blocks_change_the_noise_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    low, top = machine(("bernoulli", 4), n_hidden=3, seed=1), machine(("bernoulli", 3), n_hidden=4, seed=2)
    net, x = DBN((low, top), (2, 2)), np.tile([[1.0, 0, 1, 1]], (1000, 1))
    one, many = (variational.bound(net, x, samples, Rng(0, "q")) for samples in (1, 16))
    assert many.std() == pytest.approx(one.std() / 4, rel=0.15)
    assert many.mean() == pytest.approx(one.mean(), abs=4 * one.std() / np.sqrt(1000))
    monkeypatch.setattr(variational, "BLOCK", 7)
    np.testing.assert_allclose(variational.bound(net, x, 1, Rng(0, "q")).mean(), one.mean(), atol=0.2 * one.std())


def test_units_that_are_certain_have_no_entropy() -> None:
    found = variational.entropy(np.array([[0.0, 1.0], [0.25, 0.25]], np.float32))
    np.testing.assert_allclose(found, [0, 2 * (0.25 * np.log(4) + 0.75 * np.log(4 / 3))], rtol=1e-6)
