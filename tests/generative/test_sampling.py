import numpy as np
import pytest
from enumeration import Exact, assert_same_distribution
from toys import machine

from dbn.errors import DbnError
from dbn.generative import sampling
from dbn.generative.dbn import DBN
from dbn.ops.numpy import Rng

N = 20_000


@pytest.fixture
def net() -> DBN:
    return DBN((machine(("softmax", 2), ("bernoulli", 3), seed=2, scale=0.9),), (1, 3))


def pixel_counts(frame: np.ndarray) -> np.ndarray:
    """Draw binary pixels from their probabilities and count the 8 images."""
    pixels = np.random.default_rng(0).uniform(size=frame.shape) < frame
    return np.bincount(pixels @ [4, 2, 1], minlength=8)


@pytest.mark.parametrize("label", [0, 1])
def test_clamped_chains_sample_images_given_the_label(net: DBN, label: int) -> None:
    (frame,) = sampling.chain(net, N, 25, Rng(label, "samples"), labels=np.full(N, label), every=25)
    joint = Exact(net.top).p_v.reshape(2, 8)[label]
    assert_same_distribution(pixel_counts(frame), joint / joint.sum())


def test_free_chains_sample_images_from_the_model(net: DBN) -> None:
    (frame,) = sampling.chain(net, N, 25, Rng(0, "samples"), every=25)
    assert_same_distribution(pixel_counts(frame), Exact(net.top).p_v.reshape(2, 8).sum(axis=0))


def test_one_step_from_random_images_is_exact(net: DBN) -> None:
    exact = Exact(net.top)
    labels = exact.v[:, :2].argmax(axis=1)
    for label in (0, 1):
        (frame,) = sampling.chain(net, N, 1, Rng(0, "samples"), labels=np.full(N, label))
        pixels = exact.v_given_h[:, labels == 0] + exact.v_given_h[:, labels == 1]  # the label is clamped, not sampled
        hidden = exact.h_given_v[labels == label]
        once = np.full(8, 1 / 8) @ hidden @ pixels @ hidden @ pixels
        assert_same_distribution(pixel_counts(frame), once)


def test_the_clamped_label_never_changes(net: DBN, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, labels = [], np.array([0, 1, 1, 0])
    sample_h = type(net.top).sample_h_from_v

    def watched(self: object, v: np.ndarray, rng: Rng) -> np.ndarray:
        seen.append(v[:, :2].argmax(axis=1).tolist() if (v[:, :2].sum(axis=1) == 1).all() else None)
        return sample_h(self, v, rng)  # type: ignore[arg-type]

    monkeypatch.setattr(type(net.top), "sample_h_from_v", watched)
    list(sampling.chain(net, 4, 20, Rng(0, "samples"), labels=labels))
    assert seen == [labels.tolist()] * 21  # the up-pass of noise, and 20 steps


def test_the_same_stream_gives_the_same_frames(net: DBN) -> None:
    first, again, other = (list(sampling.chain(net, 5, 6, Rng(seed, "s"), every=2)) for seed in (0, 0, 1))
    assert len(first) == 3
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    every = list(sampling.chain(net, 5, 6, Rng(0, "s")))
    np.testing.assert_array_equal(every[1::2], first)


def test_after_a_switch_chains_sample_images_given_the_other_label(net: DBN) -> None:
    labels = sampling.switching(np.zeros(N, int), {25: 1})
    before, after = sampling.chain(net, N, 50, Rng(0, "samples"), labels=labels, every=25)
    for label, frame in enumerate((before, after)):
        joint = Exact(net.top).p_v.reshape(2, 8)[label]
        assert_same_distribution(pixel_counts(frame), joint / joint.sum())


def test_labels_switch_once_so_many_steps_are_done(net: DBN) -> None:
    labels = sampling.switching(np.array([0, 1, 0]), {3: 1, 2: 0})
    rng = Rng(0, "samples")
    h = sampling.begin(net, 3, rng, labels=labels)
    seen = [v[:, :2].argmax(axis=1).tolist() for v, _ in sampling.gibbs(net, h, 5, rng, labels=labels)]
    assert seen == [[0, 1, 0], [0, 1, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]]
    every = sampling.chain(net, 3, 5, Rng(0, "samples"), labels=labels)
    np.testing.assert_array_equal(list(every)[-1], _last(net, labels))


def _last(net: DBN, labels: sampling.Labels) -> np.ndarray:
    rng = Rng(0, "samples")
    *_, (_, h) = sampling.gibbs(net, sampling.begin(net, 3, rng, labels=labels), 5, rng, labels=labels)
    return sampling.show(net, h)


def test_random_top_states_are_all_equally_likely(net: DBN) -> None:
    h = sampling.begin(net, N, Rng(0, "samples"), labels=np.zeros(N, int), start="random-top")
    assert_same_distribution(np.bincount(h.astype(int) @ [4, 2, 1], minlength=8), np.full(8, 1 / 8))


def test_one_step_from_random_top_states_is_exact(net: DBN) -> None:
    exact = Exact(net.top)
    labels = exact.v[:, :2].argmax(axis=1)
    (frame,) = sampling.chain(net, N, 1, Rng(0, "samples"), labels=np.ones(N, int), start="random-top")
    pixels = exact.v_given_h[:, labels == 0] + exact.v_given_h[:, labels == 1]
    once = np.full(8, 1 / 8) @ pixels @ exact.h_given_v[labels == 1] @ pixels
    assert_same_distribution(pixel_counts(frame), once)


def test_images_are_shown_after_the_burn_in_and_then_every_so_often(net: DBN) -> None:
    def run(**options: int) -> list[np.ndarray]:
        return list(sampling.chain(net, 5, 12, Rng(0, "s"), **options))

    begun = sampling.begin(net, 5, Rng(0, "s"))
    all_of_them = run(burn_in=0)
    assert len(all_of_them) == 13
    np.testing.assert_array_equal(all_of_them[0], sampling.show(net, begun))
    np.testing.assert_array_equal(run(), all_of_them[1:])
    np.testing.assert_array_equal(run(every=5), all_of_them[5::5])
    np.testing.assert_array_equal(run(every=4, burn_in=4), run(every=4))
    np.testing.assert_array_equal(run(every=5, burn_in=2), all_of_them[2::5])
    np.testing.assert_array_equal(run(every=5, burn_in=12), all_of_them[12:])


def test_frames_of_a_deep_net_go_down_as_probabilities() -> None:
    low = machine(("bernoulli", 4), n_hidden=3, seed=1)
    net = DBN((low, machine(("softmax", 2), ("bernoulli", 3), n_hidden=5, seed=2)), (2, 2))
    h = np.array([[1.0, 0, 0, 1, 1]])
    below = 1 / (1 + np.exp(-(net.top.W[2:] @ h[0] + net.top.b[2:])))
    np.testing.assert_allclose(sampling.show(net, h)[0], 1 / (1 + np.exp(-(low.W @ below + low.b))))


def test_class_samples_are_clamped_chains_side_by_side(net: DBN) -> None:
    samples = sampling.class_samples(net, 3, 4, Rng(0, "s"))
    (frame,) = sampling.chain(net, 6, 4, Rng(0, "s"), labels=np.array([0, 0, 0, 1, 1, 1]), every=4)
    np.testing.assert_array_equal(samples, frame.reshape(2, 3, 3))


def test_what_cannot_be_sampled_is_refused(net: DBN) -> None:
    rng, plain = Rng(0, "s"), DBN((machine(("bernoulli", 3)),), (1, 3))
    for options, says in (
        ({"n": 0, "steps": 1}, "at least 1"),
        ({"n": 1, "steps": 1, "every": 0}, "at least 1"),
        ({"n": 1, "steps": 1.5}, "are whole"),
        ({"n": 1.5, "steps": 1}, "are whole"),
        ({"n": 1, "steps": 3, "burn_in": 4}, "choose from 0 to 3"),
        ({"n": 1, "steps": 3, "burn_in": -1}, "choose from 0 to 3"),
        ({"n": 1, "steps": 3, "start": "data"}, "choose among noise-up, random-top"),
    ):
        with pytest.raises(DbnError, match=says):
            next(sampling.chain(net, rng=rng, **options))
    with pytest.raises(DbnError, match="trained without labels, so none can be clamped"):
        sampling.class_samples(plain, 3, 4, rng)
    for labels in (np.array([0]), np.array([0, 2]), np.array([-1, 0])):
        with pytest.raises(DbnError, match="from 0 to 1"):
            next(sampling.chain(net, 2, 1, rng, labels=labels))
    with pytest.raises(DbnError, match="without labels"):
        next(sampling.chain(plain, 1, 1, rng, labels=np.array([0])))


def test_where_no_label_is_clamped_all_are_on_alike_and_a_switch_acts_when_its_steps_are_done() -> None:
    net = DBN((machine(("softmax", 4), ("bernoulli", 3)),), (1, 3))
    np.testing.assert_array_equal(sampling.label_units(net, 2, None), np.full((2, 4), 0.25))
    labels = sampling.switching(np.array([0]), {1: 1})
    np.testing.assert_array_equal(sampling.label_units(net, 1, labels), [[1, 0, 0, 0]])
    np.testing.assert_array_equal(sampling.label_units(net, 1, labels, 1), [[0, 1, 0, 0]])
