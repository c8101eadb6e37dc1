import numpy as np
import pytest
from enumeration import Exact, visible_states
from scipy.special import logsumexp
from toys import machine

from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.likelihood import proxies
from dbn.ops.numpy import Rng


@pytest.mark.parametrize("shape", [(("bernoulli", 5),), (("softmax", 3), ("bernoulli", 3))], ids=str)
@pytest.mark.parametrize("block", [3, 256])
def test_the_pseudo_likelihood_is_that_of_every_unit_given_the_rest(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[tuple[str, int], ...], block: int
) -> None:
    monkeypatch.setattr(proxies, "BLOCK", block)
    oracle = Exact(machine(*shape, seed=1, scale=1.5))
    p = {tuple(v): p for v, p in zip(oracle.v, oracle.p_v, strict=True)}
    first = shape[0][1] if len(shape) > 1 else 0
    expected = []
    for v in oracle.v:
        total = 0.0
        for i in range(first, len(v)):
            other = v.copy()
            other[i] = 1 - v[i]
            total += np.log(p[tuple(v)] / (p[tuple(v)] + p[tuple(other)]))
        expected.append(total)
    np.testing.assert_allclose(proxies.pseudo_log_likelihood(oracle.rbm, oracle.v), expected, rtol=1e-10)


def test_real_units_are_among_what_binary_ones_are_given() -> None:
    rbm = machine(("bernoulli", 2), ("gaussian", 3), seed=1)
    v = np.concatenate([[[0.0, 1.0], [1.0, 1.0]], np.random.default_rng(0).normal(size=(2, 3))], axis=1)
    expected = np.zeros(2)
    for i in range(2):
        other = v.copy()
        other[:, i] = 1 - v[:, i]
        expected -= np.log1p(np.exp(rbm.free_energy(v) - rbm.free_energy(other)))
    np.testing.assert_allclose(proxies.pseudo_log_likelihood(rbm, v), expected, rtol=1e-10)


def test_of_independent_units_the_pseudo_likelihood_is_the_likelihood() -> None:
    oracle = Exact(machine(("bernoulli", 5), seed=2))
    oracle.rbm.W[:] = 0
    np.testing.assert_allclose(proxies.pseudo_log_likelihood(oracle.rbm, oracle.v), np.log(oracle.p_v), rtol=1e-10)


def nets() -> list[DBN]:
    """Of one layer, of one with labels, and of three, the lowest of them directed."""
    alone = DBN((machine(("bernoulli", 4), seed=1),), (2, 2))
    labelled = DBN((machine(("softmax", 2), ("bernoulli", 4), seed=2),), (2, 2))
    low = Directed.untied(machine(("bernoulli", 4), n_hidden=3, seed=3))
    low.R[:] = 0  # what recognises must not matter to what is generated
    layers = low, machine(("bernoulli", 3), n_hidden=2, seed=4), machine(("softmax", 2), ("bernoulli", 2), seed=5)
    return [alone, labelled, DBN(layers, (2, 2))]


def p_x(net: DBN) -> np.ndarray:
    """p of each of the 16 images, by enumeration."""
    top = Exact(net.top)
    p = top.p_v.reshape(net.n_classes, -1).sum(axis=0) if net.n_classes else top.p_v
    for layer in reversed(net.layers[:-1]):
        h = visible_states(machine(("bernoulli", layer.n_hidden)).groups)
        v = visible_states(machine(("bernoulli", layer.n_visible)).groups)
        on = layer.mean_v_from_h(h)
        p = p @ np.prod(np.where(v[None], on[:, None], 1 - on[:, None]), axis=2)
    return p


X = visible_states(machine(("bernoulli", 4)).groups)


@pytest.mark.parametrize("number", range(3))
def test_with_many_samples_the_conservative_estimate_is_log_p(number: int) -> None:
    net = nets()[number]
    samples = proxies.top_down(net, 2000, burn_in=50, steps=20, every=2, rng=Rng(0, "samples"))
    found = proxies.conservative(X, samples)
    np.testing.assert_allclose(np.exp(found), p_x(net), rtol=0.1, atol=0.002)
    assert np.exp(logsumexp(found)) == pytest.approx(1)  # a mixture of distributions is one


def test_with_few_samples_it_is_too_low_in_the_mean() -> None:
    net = nets()[0]
    oracle, rng = Exact(net.top), np.random.default_rng(0)
    estimates = []
    for _ in range(500):
        h = oracle.h[rng.choice(len(oracle.h), 4, p=oracle.p_h)]
        estimates.append(oracle.p_v @ proxies.conservative(oracle.v, [net.top.inputs_to_v(h)]))
    true, spread = oracle.p_v @ np.log(oracle.p_v), np.std(estimates) / np.sqrt(500)
    assert np.mean(estimates) < true - 4 * spread


def test_samples_may_come_in_any_portions() -> None:
    a = np.random.default_rng(0).normal(size=(7, 4))
    whole = proxies.conservative(X, [a])
    np.testing.assert_allclose(proxies.conservative(X, [a[:2], a[2:3], a[3:]]), whole, rtol=1e-12)
    with pytest.raises(DbnError, match="needs samples of the model"):
        proxies.conservative(X, [])


def test_samples_are_taken_after_the_burn_in_and_now_and_then() -> None:
    found = list(proxies.top_down(nets()[0], 5, burn_in=3, steps=9, every=4, rng=Rng(0, "samples")))
    assert [len(a) for a in found] == [5, 5]


@pytest.mark.parametrize(("steps", "samples"), [(2, 0), (3, 1), (5, 1), (6, 2), (8, 2), (9, 3)])
def test_the_first_sample_is_taken_so_many_steps_after_the_burn_in(steps: int, samples: int) -> None:
    net = DBN((machine(("bernoulli", 4), seed=1),), (2, 2))
    found = list(proxies.top_down(net, 5, burn_in=1, steps=steps, every=3, rng=Rng(0, "s")))
    assert len(found) == samples


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool])
def test_states_may_be_of_any_type(dtype: type) -> None:
    rbm, v = machine(("bernoulli", 5), n_hidden=4), np.array([[1, 0, 1, 1, 0], [0, 0, 1, 0, 1]])
    expected = proxies.pseudo_log_likelihood(rbm, v.astype(float))
    np.testing.assert_allclose(proxies.pseudo_log_likelihood(rbm, v.astype(dtype)), expected, rtol=1e-14)
