import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbn.data.streamed import Blocks
from dbn.ops.numpy import Rng
from dbn.training.order import Shuffled, in_proportion


def shuffled(n: int, labels: np.ndarray | None = None, seed: int = 0) -> Shuffled:
    one = Shuffled()
    one.seed, one.name, one.n_examples, one.strata = seed, "toy", n, labels
    return one


@pytest.mark.parametrize("labels", [None, np.arange(50) % 7])
def test_every_epoch_is_another_permutation_that_the_seed_decides(labels: np.ndarray | None) -> None:
    orders = [shuffled(50, labels, seed).order(epoch).tolist() for seed in (0, 1) for epoch in (0, 1)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    assert orders[0] == shuffled(50, labels).order(0).tolist()


def test_without_strata_it_is_the_stream_s_own_permutation() -> None:
    assert shuffled(20).order(3).tolist() == Rng(0, "toy/order/3").permutation(20).tolist()


def test_equal_classes_are_dealt_out_exactly() -> None:
    """440 mini-batches of 100 images with 10 of each class, as in the paper."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(10), 4400))
    batches = labels[shuffled(44_000, labels).order(0)].reshape(440, 100)
    assert all((np.bincount(batch) == 10).all() for batch in batches)
    assert (batches[0] != batches[1]).any()


def test_unequal_classes_keep_their_proportions() -> None:
    labels = np.repeat([0, 1, 2], [600, 250, 50])
    batches = labels[shuffled(900, labels).order(0)].reshape(9, 100)
    counts = np.array([np.bincount(batch, minlength=3) for batch in batches])
    assert np.abs(counts - np.bincount(labels) / 9).max() <= 2


def test_within_a_class_all_orders_are_equally_likely() -> None:
    labels = np.array([0, 0, 0, 1])
    firsts = [next(row for row in shuffled(4, labels, seed).order(0) if row < 3) for seed in range(3000)]
    np.testing.assert_allclose(np.bincount(firsts) / 3000, 1 / 3, atol=4 * np.sqrt(2 / 9 / 3000))


EDGES = np.array([0, 3, *range(13, 104, 10), 107])
"""A part of a block, ten whole ones, and another part."""


def streamed(seed: int = 0, labels: np.ndarray | None = None, held: int = 4) -> Shuffled:
    one = shuffled(107, labels, seed)
    one.blocks = Blocks(EDGES, held)
    return one


def test_blocks_are_shuffled_and_their_examples_within_as_many_as_are_held() -> None:
    orders = [streamed(seed).order(epoch) for seed in (0, 1) for epoch in (0, 1)]
    assert all(sorted(order) == list(range(107)) for order in orders)
    assert len({order.tobytes() for order in orders}) == 4
    assert (orders[0] == streamed().order(0)).all()
    for order in orders:
        blocks = np.searchsorted(EDGES, order, side="right") - 1
        firsts = list(dict.fromkeys(blocks))  # three groups of four blocks, one group after the other
        for group in (firsts[:4], firsts[4:8], firsts[8:]):
            at = np.flatnonzero(np.isin(blocks, group))
            assert (np.diff(at) == 1).all()
            assert np.count_nonzero(np.diff(blocks[at])) > len(at) / 2
        assert sorted(firsts) == list(range(12))


def test_classes_are_dealt_out_within_the_blocks_that_are_held() -> None:
    labels = np.random.default_rng(0).permutation(np.arange(107) % 2)
    order = streamed(labels=labels).order(0)
    assert sorted(order) == list(range(107))
    ones = labels[order].cumsum()
    blocks = np.searchsorted(EDGES, order, side="right") - 1
    group = np.isin(blocks, list(dict.fromkeys(blocks))[:4])
    n, share = np.count_nonzero(group), labels[order][group].mean()
    np.testing.assert_allclose(ones[:n], share * np.arange(1, n + 1), atol=2)


@given(labels=st.lists(st.integers(0, 4), min_size=1, max_size=60), n=st.integers(0, 30))
def test_labels_in_proportion_miss_it_by_less_than_one_of_each(labels: list[int], n: int) -> None:
    chosen = np.bincount(in_proportion(np.array(labels), n), minlength=5)
    assert chosen.sum() == n
    assert (np.abs(chosen - n * np.bincount(labels, minlength=5) / len(labels)) < 1).all()


def test_labels_of_mnist_in_proportion_are_one_of_each_in_ten() -> None:
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert in_proportion(np.repeat(np.arange(10), counts), 10).tolist() == list(range(10))
