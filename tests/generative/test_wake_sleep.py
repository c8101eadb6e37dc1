"""The expected updates of up-down, by listing every state that a tiny net can be in."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from enumeration import Array, Exact, assert_same_distribution, binary_states
from toys import machine

from dbn.generative import wake_sleep
from dbn.generative.directed import Directed
from dbn.generative.rbm import RBM
from dbn.generative.wake_sleep import Phases, UpDownState
from dbn.ops.numpy import Rng

V, Y = np.array([1.0, 0.0, 0.7]), np.array([0.0, 1.0])
N = 200_000


def layer(n_visible: int, n_hidden: int, seed: int) -> Directed:
    rng = np.random.default_rng(seed)
    shapes = {"R": (n_visible, n_hidden), "c": (n_hidden,), "G": (n_hidden, n_visible), "b": (n_visible,)}
    return Directed(**{name: rng.normal(size=shape) for name, shape in shapes.items()})


def state(n_chains: int = N, scale: float = 1.0) -> UpDownState:
    """3 pixels – 2 – 2, and 2 label units on an associative memory of 3 hidden units."""
    top = machine(("softmax", 2), ("bernoulli", 2), n_hidden=3, seed=7, scale=scale)
    return UpDownState(
        directed=(layer(3, 2, 5), layer(2, 2, 6)),
        top=top,
        averaged=(),
        chains=np.zeros((n_chains, 3)),
        rng=Rng(0, "states"),
        pixels=Rng(0, "pixels"),
    )


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def bernoulli(p: Array) -> Iterator[tuple[Array, float]]:
    """Every state of independent binary units, with its probability."""
    for s in binary_states(len(p)):
        yield s, float(np.prod(np.where(s == 1, p, 1 - p)))


def softmax(a: Array) -> Array:
    return np.exp(a) / np.exp(a).sum()


def expected(start: UpDownState, k: int) -> dict[str, Array]:
    """The mean of every update, with a rate of 1, of the image V with the label Y."""
    (low, high), top = start.directed, start.top
    W, U, c = top.W[2:], top.W[:2], top.c
    updates = {name: np.zeros_like(array) for name, array in named(start).items()}

    def add(name: str, inputs: Array, errors: Array, weight: float) -> None:
        updates[name] += weight * np.outer(inputs, errors)

    tops: dict[tuple[float, ...], float] = {}
    for h1, p1 in bernoulli(sigmoid(V @ low.R + low.c)):
        add("G1", h1, V - sigmoid(h1 @ low.G + low.b), p1)
        updates["b1"] += p1 * (V - sigmoid(h1 @ low.G + low.b))
        for h2, p2 in bernoulli(sigmoid(h1 @ high.R + high.c)):
            p = p1 * p2
            add("G2", h2, h1 - sigmoid(h2 @ high.G + high.b), p)
            updates["b2"] += p * (h1 - sigmoid(h2 @ high.G + high.b))
            x = np.concatenate([Y, h2])
            for t, p3 in bernoulli(sigmoid(x @ top.W + c)):
                add("W", x, t, p * p3)
                updates["b"] += p * p3 * x
                updates["c"] += p * p3 * t
                tops[tuple(t)] = tops.get(tuple(t), 0.0) + p * p3
    for step in range(k):
        after: dict[tuple[float, ...], float] = {}
        for t, p in tops.items():
            y = softmax(U @ np.array(t) + top.b[:2])  # label units stay probabilities
            for h2, p2 in bernoulli(sigmoid(W @ np.array(t) + top.b[2:])):
                for new, p3 in bernoulli(sigmoid(h2 @ W + y @ U + c)):
                    weight = p * p2 * p3
                    after[tuple(new)] = after.get(tuple(new), 0.0) + weight
                    if step == k - 1:
                        x = np.concatenate([y, h2])
                        add("W", x, new, -weight)
                        updates["b"] -= weight * x
                        updates["c"] -= weight * new
                if step < k - 1:
                    continue
                for s1, p4 in bernoulli(sigmoid(h2 @ high.G + high.b)):
                    v = sigmoid(s1 @ low.G + low.b)  # pixels stay probabilities
                    add("R2", s1, h2 - sigmoid(s1 @ high.R + high.c), p * p2 * p4)
                    updates["c2"] += p * p2 * p4 * (h2 - sigmoid(s1 @ high.R + high.c))
                    add("R1", v, s1 - sigmoid(v @ low.R + low.c), p * p2 * p4)
                    updates["c1"] += p * p2 * p4 * (s1 - sigmoid(v @ low.R + low.c))
        tops = after
    return updates


def named(start: UpDownState) -> dict[str, Array]:
    low, high = start.directed
    return {
        **{f"{name}1": getattr(low, name) for name in "RcGb"},
        **{f"{name}2": getattr(high, name) for name in "RcGb"},
        **{name: getattr(start.top, name) for name in "Wbc"},
    }


@pytest.mark.parametrize("k", [1, 2, 4])
def test_the_mean_updates_are_the_wake_sleep_and_contrastive_gradients(k: int) -> None:
    one = state()
    wanted, before = expected(one, k), {name: array.copy() for name, array in named(one).items()}
    phase = wake_sleep.phases(one, np.tile(V, (N, 1)), np.tile(Y, (N, 1)), k, persistent=False)
    wake_sleep.learn(one, phase, 1.0)
    for name, after in named(one).items():
        # no product of activities and errors deviates by more than 1 from its mean
        np.testing.assert_allclose(after - before[name], wanted[name], atol=4 / np.sqrt(N), err_msg=name)
    assert max(np.abs(update).max() for update in wanted.values()) > 40 / np.sqrt(N)


def test_the_rate_scales_every_update() -> None:
    changes = []
    for rate in (1.0, 0.25):
        one = state()
        before = {name: array.copy() for name, array in named(one).items()}
        phase = wake_sleep.phases(one, np.tile(V, (9, 1)), np.tile(Y, (9, 1)), 2, persistent=False)
        wake_sleep.learn(one, phase, rate)
        changes.append({name: after - before[name] for name, after in named(one).items()})
    for name, change in changes[0].items():
        np.testing.assert_allclose(changes[1][name], 0.25 * change, atol=1e-12)


def test_one_update_by_hand() -> None:
    """Nothing is drawn here: the states are given, in batches of different sizes awake and asleep."""
    one = state()
    low = one.directed[0]
    single = replace(one, directed=(low,))
    wake, sleep = [np.array([[1.0, 0, 0.5]]), np.array([[1.0, 0]])], [np.eye(3)[:2], np.array([[0.0, 1], [1, 1]])]
    data, dream = np.array([[0.0, 1, 1, 0]]), np.array([[0.2, 0.8, 0, 1], [0.6, 0.4, 1, 1]])
    data_h, dream_h = np.array([[0.1, 0.5, 0.9]]), np.array([[0.3, 0.2, 0.1], [0.7, 0.8, 0.9]])
    generated = wake[0] - sigmoid(wake[1] @ low.G + low.b)
    recognised = sleep[1] - sigmoid(sleep[0] @ low.R + low.c)
    G, R = low.G + 0.5 * wake[1].T @ generated, low.R + 0.5 * sleep[0].T @ recognised / 2
    W = one.top.W + 0.5 * (data.T @ data_h - dream.T @ dream_h / 2)
    errors = wake_sleep.learn(single, Phases(wake, sleep, data, dream, data_h, dream_h), 0.5)
    np.testing.assert_allclose(low.G, G, atol=1e-12)
    np.testing.assert_allclose(low.R, R, atol=1e-12)
    np.testing.assert_allclose(one.top.W, W, atol=1e-12)
    assert errors == pytest.approx((np.mean(generated**2), np.mean(recognised**2)))


@pytest.mark.parametrize("k", [1, 3])
def test_persistent_chains_stay_in_the_model_distribution(k: int) -> None:
    one = state(scale=1.5)
    exact = Exact(one.top)
    rows = np.random.default_rng(0).choice(len(exact.h), N, p=exact.p_h)
    one.chains[:] = exact.h[rows]
    phase = wake_sleep.phases(one, np.tile(V, (N, 1)), np.tile(Y, (N, 1)), k, persistent=True)
    index = (one.chains @ [4, 2, 1]).astype(int)
    assert_same_distribution(np.bincount(index, minlength=8), exact.p_h)
    assert_same_distribution(exact.counts(phase.dream), exact.p_v)
    assert (one.chains != exact.h[rows]).any()


def test_chains_with_clamped_labels_stay_in_the_distribution_given_the_label() -> None:
    """Of 200,000 chains half are clamped: half of these to either label, however rare it is in the model."""
    one = state(scale=1.5)
    exact, half = Exact(one.top), N // 2
    given = [np.where(exact.v[:, label] == 1, exact.p_v, 0) for label in (0, 1)]
    given = [p / p.sum() for p in given]
    rng = np.random.default_rng(0)
    v = np.empty((N, 4))
    for label in (0, 1):
        v[label:half:2] = exact.v[rng.choice(len(exact.v), half // 2, p=given[label])]
    v[half:] = exact.v[rng.choice(len(exact.v), half, p=exact.p_v)]
    one.chains[:] = one.top.sample_h_from_v(v, Rng(1, "start"))
    dream = wake_sleep.phases(
        one, np.tile(V, (N, 1)), np.tile(Y, (N, 1)), 3, persistent=True, clamped=np.arange(half) % 2
    ).dream
    for label in (0, 1):
        assert_same_distribution(exact.counts(dream[label:half:2]), given[label])
    assert_same_distribution(exact.counts(dream[half:]), exact.p_v)


def test_chains_from_the_data_leave_where_they_end() -> None:
    one = state(n_chains=5)
    phase = wake_sleep.phases(one, np.tile(V, (3, 1)), np.tile(Y, (3, 1)), 2, persistent=False)
    assert set(np.unique(one.chains[:3])) <= {0, 1}
    assert not one.chains[3:].any()
    np.testing.assert_allclose(phase.dream[:, :2].sum(axis=1), 1)  # probabilities of the labels


def test_without_label_units() -> None:
    top = machine(("bernoulli", 2), n_hidden=3, seed=1)
    one = replace(state(n_chains=4), top=top)
    phase = wake_sleep.phases(one, np.tile(V, (4, 1)), np.empty((4, 0)), 1, persistent=False)
    np.testing.assert_array_equal(phase.data, phase.wake[-1])
    np.testing.assert_array_equal(phase.dream, phase.sleep[-1])
    before = top.W.copy()
    wake_sleep.learn(one, phase, 0.1)
    assert isinstance(top, RBM)
    assert (before != top.W).any()


def test_a_restarted_chain_is_what_random_pixels_are_recognised_as() -> None:
    """Of 200,000 chains, a share begins anew; these have the distribution of listing all 8 images."""
    start = state()
    start.chains[:] = 2  # no state of a unit: those that begin anew are known by it
    wake_sleep.restart(start, 0.4, n_classes=2)
    anew = start.chains[start.chains[:, 0] < 2]
    assert len(anew) / N == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / N))
    low, high = start.directed
    p: dict[tuple[float, ...], float] = {}
    for x in binary_states(3):
        up = sigmoid(sigmoid(x @ low.R + low.c) @ high.R + high.c)
        for t, p_t in bernoulli(sigmoid(np.concatenate([[0.5, 0.5], up]) @ start.top.W + start.top.c)):
            p[tuple(t)] = p.get(tuple(t), 0.0) + p_t / 8
    states = [tuple(t) for t in binary_states(3)]
    counts = np.array([(anew == t).all(axis=1).sum() for t in states])
    expected_counts = len(anew) * np.array([p[t] for t in states])
    assert np.abs(counts - expected_counts).max() < 4 * np.sqrt(expected_counts.max())


def test_no_chain_begins_anew_by_chance_zero() -> None:
    start = state(100)
    wake_sleep.restart(start, 0.0, n_classes=2)
    assert not start.chains.any()
