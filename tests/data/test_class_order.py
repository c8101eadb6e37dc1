import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dbn.data.class_order import last_sixth, split_by_class


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_each_row_goes_to_one_side_and_the_last_of_each_class_are_tested(chosen: list[int]) -> None:
    labels = np.array(chosen)
    n_test = last_sixth(labels, 4)
    train, test = split_by_class(labels, n_test)
    assert sorted([*train.tolist(), *test.tolist()]) == list(range(len(labels)))
    for k in range(4):
        of_class = np.flatnonzero(labels == k)
        cut = len(of_class) - n_test[k]
        assert train[labels[train] == k].tolist() == of_class[:cut].tolist()
        assert test[labels[test] == k].tolist() == of_class[cut:].tolist()


def test_every_stretch_of_a_balanced_set_is_balanced() -> None:
    train, test = split_by_class(np.repeat(np.arange(10), 12), np.full(10, 2))
    assert (train // 12).tolist() == list(range(10)) * 10
    assert (test // 12).tolist() == list(range(10)) * 2


def test_every_stretch_of_an_uneven_set_has_each_class_in_its_share() -> None:
    labels = np.repeat([0, 1, 2], [120, 60, 12])
    train, _ = split_by_class(labels, np.zeros(3, np.int64))
    for at in range(0, 192, 16):
        assert np.bincount(labels[train[at : at + 16]], minlength=3).tolist() == [10, 5, 1]
