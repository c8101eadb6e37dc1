import numpy as np
import pytest
from enumeration import Exact, assert_same_distribution
from toys import machine

from dbn.errors import DbnError
from dbn.generative.completion import PARTS, complete, known_pixels
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Rng

N = 20_000


def memory(seed: int = 2) -> RBM:
    return machine(("softmax", 2), ("bernoulli", 3), seed=seed, scale=0.9)


def deep() -> DBN:
    rng = np.random.default_rng(5)
    low = Directed(rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(3, 4)), rng.normal(size=4))
    return DBN((low, memory()), (2, 2))


@pytest.mark.parametrize("label", [None, 0, 1])
def test_without_directed_layers_it_is_gibbs_sampling_of_the_unknown_pixels(label: int | None) -> None:
    net = DBN((memory(),), (1, 3))
    known = np.array([False, True, False])
    clamped = None if label is None else np.full(N, label)
    images = np.tile([0.7, 1.0, 0.2], (N, 1))
    *_, last = complete(net, images, known, 25, Rng(1, "completion"), steps=1, labels=clamped)
    drawn = (np.random.default_rng(0).uniform(size=(N, 3)) < last) @ [2, 0, 1]
    joint = Exact(net.top).p_v.reshape(2, 2, 2, 2)[:, :, 1]  # label, first and last pixel, the middle one on
    p = (joint.sum(axis=0) if label is None else joint[label]).ravel()
    assert_same_distribution(np.bincount(drawn, minlength=4), p / p.sum())


@pytest.mark.parametrize("labels", [None, np.arange(6) % 2])
def test_known_pixels_stay_and_the_others_are_probabilities(labels: np.ndarray | None) -> None:
    images = np.random.default_rng(0).uniform(size=(6, 4))
    known = np.random.default_rng(1).uniform(size=(6, 4)) < 0.5  # a mask of its own for each image
    rounds = list(complete(deep(), images, known, 4, Rng(0, "completion"), labels=labels))
    assert len(rounds) == 4
    for found in rounds:
        np.testing.assert_array_equal(found[known], images[known])
        assert ((found[~known] > 0) & (found[~known] < 1)).all()
    assert not np.array_equal(rounds[0], rounds[1])


def test_an_image_that_is_known_comes_back() -> None:
    images = np.random.default_rng(0).uniform(size=(3, 4))
    for found in complete(deep(), images, np.ones(4, bool), 3, Rng(0, "completion")):
        np.testing.assert_array_equal(found, images)


def test_what_unknown_pixels_hold_does_not_matter() -> None:
    images, known = np.random.default_rng(0).uniform(size=(3, 4)), known_pixels("top", (2, 2))
    blank = np.where(known, images, 0)
    found, again = (list(complete(deep(), v, known, 3, Rng(0, "completion"))) for v in (images, blank))
    np.testing.assert_array_equal(found, again)


def test_a_net_without_labels_completes_too() -> None:
    net = DBN((machine(("bernoulli", 4)),), (2, 2))
    known = known_pixels("right", (2, 2))
    *_, last = complete(net, np.ones((2, 4)), known, 2, Rng(0, "completion"))
    assert (last[:, known] == 1).all()
    assert (last[:, ~known] < 1).all()


def test_hidden_parts_of_an_odd_image() -> None:
    hidden = {part: (~known_pixels(part, (5, 5))).reshape(5, 5) for part in PARTS}
    np.testing.assert_array_equal(np.flatnonzero(hidden["left"].all(axis=0)), [0, 1])
    np.testing.assert_array_equal(np.flatnonzero(hidden["right"].all(axis=0)), [3, 4])
    np.testing.assert_array_equal(hidden["top"], hidden["left"].T)
    np.testing.assert_array_equal(hidden["bottom"], hidden["right"].T)
    assert hidden["centre"][1:4, 1:4].all()
    assert [int(part.sum()) for part in hidden.values()] == [10, 10, 10, 10, 9]


def test_what_cannot_be_completed_is_refused() -> None:
    net, known, images, rng = deep(), np.ones(4, bool), np.ones((2, 4)), Rng(0, "completion")
    for arguments, says in (
        ((images[:, :3], known[:3], 1), "do not fit a net of 4 pixels"),
        ((images, known[:3], 1), "do not fit a net of 4 pixels"),
        ((images, known, 0), "at least 1"),
    ):
        with pytest.raises(DbnError, match=says):
            next(complete(net, *arguments, rng))
    with pytest.raises(DbnError, match="from 0 to 1"):
        next(complete(net, images, known, 1, rng, labels=np.array([0, 2])))
    with pytest.raises(DbnError, match="choose among left"):
        known_pixels("middle", (2, 2))  # type: ignore[arg-type]


def test_images_too_small_to_have_a_part_are_refused() -> None:
    for part, shape in (("top", (1, 9)), ("bottom", (1, 9)), ("centre", (2, 2))):
        with pytest.raises(DbnError, match=f"{shape[0]} x {shape[1]} pixels have no part '{part}' to hide"):
            known_pixels(part, shape)


def test_bytes_are_no_known_pixels() -> None:
    net = DBN((machine(("bernoulli", 4)),), (2, 2))
    with pytest.raises(DbnError, match="these are bytes"):
        next(complete(net, np.full((1, 4), 9, np.uint8), known_pixels("top", (2, 2)), 1, Rng(0, "completion")))
