"""How far depth moves the last change to the discriminative model, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dbn.comparison.crossing import crossing
from dbn.comparison.depth import PAIRS, Shift, shift, shifts
from dbn.comparison.label_curves import Curve
from dbn.ops.numpy import Rng

RBM, DEEP = PAIRS["labelled images only"]


def models(shallow: list[list[float]], deep: list[list[float]]) -> dict[str, Curve]:
    """Generative models of 10 % everywhere; the discriminative ones are worse by this, at 10, 100, ..., by seeds."""
    found = {}
    for (first, second), gaps in ((RBM, np.array(shallow)), (DEEP, np.array(deep))):
        counts = 10 ** np.arange(1, len(gaps) + 1)
        found |= {first: Curve(counts, np.full(gaps.shape, 10.0)), second: Curve(counts, 10 + gaps)}
    return found


def compare(shallow: list[list[float]], deep: list[list[float]]) -> Shift:
    (found,) = shifts(models(shallow, deep))
    return found


def test_the_ratio_is_that_of_the_last_changes() -> None:
    found = compare([[-1], [3], [-1], [-2]], [[1], [-1], [1], [-1]])
    assert (found.learns_from, found.shallow, found.deep) == ("labelled images only", RBM, DEEP)
    assert found.ratio == pytest.approx(10 ** (3.5 - 2.75))
    assert (found.interval, found.share) == (None, None)  # one seed


@pytest.fixture
def of_few_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals of two seeds are the extremes of the bootstrap, which can be told by hand."""
    monkeypatch.setattr("dbn.comparison.crossing.FEWEST", 2)


@pytest.mark.usefixtures("of_few_seeds")
def test_the_interval_is_over_seeds() -> None:
    found = compare([[1, 1], [-1, -1]], [[1, 3], [-3, -1]])
    assert found.ratio == pytest.approx(1)
    assert found.interval == pytest.approx((10**-0.25, 10**0.25))
    assert found.n_labels == pytest.approx((10**1.5, 10**1.5))
    assert found.share == 1


@pytest.mark.usefixtures("of_few_seeds")
def test_pairs_are_drawn_by_the_same_seeds() -> None:
    """Where every seed moves both crossings alike, their ratio is certain, however uncertain they are."""
    gaps = [[1.0, 3.0, 2.0], [-3.0, -1.0, -1.0]]
    found = compare(gaps, gaps)
    (change,) = crossing(*RBM, models(gaps, gaps), Rng(0, "test")).changes
    assert change.interval is not None
    assert change.interval[1] > 2 * change.interval[0]
    assert found.interval == (1, 1)
    assert compare(gaps, [[*row, 9.0] for row in gaps]).interval == (1, 1)  # a seed that only one pair has is left out


@pytest.mark.parametrize("gaps", [[1.0, 2.0], [-1.0, -2.0], [-1.0, 1.0]])
def test_without_a_last_change_to_the_discriminative_model_there_is_no_ratio(gaps: list[float]) -> None:
    falls = [[1.0, 1.0], [-1.0, -1.0]]
    never = [[gap, gap] for gap in gaps]
    for found in (compare(never, falls), compare(falls, never)):
        assert (found.ratio, found.n_labels, found.interval, found.share) == (None, None, None, 0)


def test_what_is_told_is_of_the_seeds_that_all_models_have() -> None:
    """A third seed of the shallow pair alone, which moves its crossing, moves neither the ratio nor what it is of."""
    both = compare([[1, 1], [-1, -1]], [[1, 1], [-3, -3]])
    more = compare([[1, 1, 9], [-1, -1, -1]], [[1, 1], [-3, -3]])
    assert more == both
    assert more.n_labels is not None
    assert more.ratio == pytest.approx(more.n_labels[1] / more.n_labels[0])


@pytest.mark.usefixtures("of_few_seeds")
def test_samples_without_a_ratio_are_left_out_of_the_interval() -> None:
    """A quarter of the samples is the second seed alone, whose deep pair does not cross."""
    found = shift("few", RBM, DEEP, models([[1, 1], [-1, -1]], [[1, 1], [-3, 1]]), Rng(0, "test"))
    assert found.share == pytest.approx(0.75, abs=0.03)
    assert found.ratio == pytest.approx(10**0)
    assert found.interval == pytest.approx((10**-0.25, 1))


def test_only_complete_pairs_are_compared() -> None:
    found = models([[1], [-1]], [[1], [-1]])
    del found[DEEP[1]]
    assert shifts(found) == []
