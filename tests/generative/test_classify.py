import numpy as np
import pytest
from enumeration import Exact, binary_states
from toys import machine

from dbn.errors import DbnError
from dbn.generative import classify
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.ops.numpy import Rng, log_softmax

N = 4000


def net(scale: float = 1.0) -> DBN:
    """4 pixels – 2 and 3 label units – 3."""
    rng = np.random.default_rng(3)
    low = Directed(rng.normal(size=(4, 2)), rng.normal(size=2), rng.normal(size=(2, 4)), rng.normal(size=4))
    return DBN((low, machine(("softmax", 3), ("bernoulli", 2), n_hidden=3, seed=168, scale=scale)), (2, 2))


def label_given_states(dbn: DBN) -> np.ndarray:
    """p(label given the two units under the memory), by enumeration: (4 states, 3)."""
    joint = Exact(dbn.top).p_v.reshape(3, 4).T
    return joint / joint.sum(axis=1, keepdims=True)


def up(dbn: DBN, v: np.ndarray) -> np.ndarray:
    """q(each of the 4 states under the memory given v)."""
    q = dbn.up_pass(v[None])[0]
    return np.array([np.prod(np.where(state == 1, q, 1 - q)) for state in binary_states(2)])


def test_the_best_label_depends_on_the_state() -> None:
    for scale in (1.0, 2.0):
        assert len(set(label_given_states(net(scale)).argmax(axis=1))) == 2


@pytest.mark.parametrize("image", range(4))
def test_one_pass_guesses_by_the_states_that_it_sampled(image: int) -> None:
    dbn, v = net(), np.random.default_rng(image).uniform(size=4)
    best = label_given_states(dbn).argmax(axis=1)
    expected = np.bincount(best, weights=up(dbn, v), minlength=3)
    guesses = classify.by_one_pass(dbn, np.tile(v, (N, 1)), Rng(0, "pass"))
    np.testing.assert_allclose(np.bincount(guesses, minlength=3) / N, expected, atol=4 * 0.5 / np.sqrt(N))


@pytest.mark.parametrize("image", range(4))
def test_the_mean_of_many_passes_is_the_exact_mean(image: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify, "PASSES", 2000)
    dbn, v = net(scale=2.0), np.random.default_rng(image).uniform(size=4)
    exact = up(dbn, v) @ label_given_states(dbn)
    assert np.diff(np.sort(exact))[-1] > 4 * 0.5 / np.sqrt(2000)  # chance cannot decide
    assert (classify.by_mean_of_passes(dbn, np.tile(v, (5, 1)), Rng(0, "passes")) == exact.argmax()).all()


def test_gibbs_sampling_of_labels_reaches_their_exact_conditional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify, "STEPS", 3000)
    dbn = net(scale=2.0)
    bare = DBN((dbn.top,), (1, 2))  # no up-pass: its images are the states themselves
    exact = label_given_states(dbn)
    assert (np.diff(np.sort(exact, axis=1))[:, -1] > 0.1).all()
    guesses = classify.by_gibbs_sampling(bare, np.tile(binary_states(2), (20, 1)), Rng(0, "gibbs"))
    np.testing.assert_array_equal(guesses, np.tile(exact.argmax(axis=1), 20))


def test_where_nothing_is_left_to_chance_passes_agree_with_the_deterministic_one() -> None:
    dbn = net()
    low = dbn.layers[0]
    assert isinstance(low, Directed)
    low.R[:] *= 200
    low.c[:] *= 200
    v = np.random.default_rng(0).uniform(size=(50, 4))
    for method in (classify.by_one_pass, classify.by_mean_of_passes):
        assert (method(dbn, v, Rng(0, "pass")) == dbn.predict(v)).mean() > 0.9


def test_without_labels_there_is_nothing_to_ask() -> None:
    low, top = machine(("bernoulli", 4), n_hidden=3), machine(("bernoulli", 3), n_hidden=2)
    for method in classify.METHODS.values():
        with pytest.raises(DbnError, match="without labels"):
            method(DBN((low, top), (2, 2)), np.zeros((1, 4)), Rng(0, "none"))


def test_twenty_passes_are_averaged() -> None:
    dbn, v = net(), np.tile(np.random.default_rng(0).uniform(size=4), (50, 1))
    rng, total = Rng(0, "passes"), np.zeros((50, 3))
    for _ in range(20):
        total += np.exp(log_softmax(-dbn.label_free_energies(dbn.sample_up(v, rng))))
    np.testing.assert_array_equal(classify.by_mean_of_passes(dbn, v, Rng(0, "passes")), total.argmax(axis=1))


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_labels_begin_at_a_tenth_each_and_the_later_half_counts(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify, "STEPS", steps)
    net = DBN((machine(("softmax", 3), ("bernoulli", 4), seed=2, scale=2.0),), (2, 2))
    x = np.random.default_rng(0).integers(0, 2, (400, 4)).astype(float)
    rng, y, total = Rng(0, "g"), np.full((400, 3), 0.1), np.zeros((400, 3))
    for step in range(steps):
        h = net.top.sample_h_from_v(np.concatenate([y, x], axis=1), rng)
        y = np.exp(log_softmax(h @ net.top.W[:3].T + net.top.b[:3]))
        total += y if step >= steps // 2 else 0
    np.testing.assert_array_equal(classify.by_gibbs_sampling(net, x, Rng(0, "g")), total.argmax(axis=1))
