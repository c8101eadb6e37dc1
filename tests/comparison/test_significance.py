from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbn.comparison.significance import McNemar, every_pair, mcnemar

LABELS = np.zeros(20, int)


def guesses(*wrong: int) -> np.ndarray:
    made = LABELS.copy()
    made[list(wrong)] = 1
    return made


def test_only_the_images_on_which_one_errs_count() -> None:
    found = mcnemar("a", guesses(0, 1, 2, 3, 4, 5, 6), "b", guesses(0, 1, 7), LABELS)
    # 5 against 1 of 6: twice the probability of at most 1 head in 6 tosses
    assert found == McNemar("a", "b", 5, 1, pytest.approx(2 * (1 + 6) / 64))


@given(st.integers(0, 10), st.integers(0, 10))
def test_the_p_value_is_the_two_sided_binomial_one(b: int, c: int) -> None:
    found = mcnemar("a", guesses(*range(b)), "b", guesses(*range(10, 10 + c)), LABELS)
    n = b + c
    tail = sum(comb(n, i) for i in range(min(b, c) + 1)) / 2**n
    assert found.p_value == pytest.approx(min(1, 2 * tail))
    assert (found.only_first_wrong, found.only_second_wrong) == (b, c)


def test_classifiers_that_agree_do_not_differ() -> None:
    assert mcnemar("a", guesses(1, 2), "b", guesses(1, 2), LABELS).p_value == 1
    assert mcnemar("a", LABELS, "b", LABELS, LABELS).p_value == 1


def test_each_pair_is_tested_once_in_order() -> None:
    pairs = every_pair({"a": guesses(0), "b": guesses(1, 2), "c": guesses()}, LABELS)
    assert [(p.first, p.second, p.only_first_wrong, p.only_second_wrong) for p in pairs] == [
        ("a", "b", 1, 2),
        ("a", "c", 1, 0),
        ("b", "c", 2, 0),
    ]
