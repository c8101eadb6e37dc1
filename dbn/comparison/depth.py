"""Whether depth moves the crossing: where a deep pair changes places for good, over where a shallow pair does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dbn.comparison.crossing import DRAWS, comparable, differences, draws, interval, labels_at, resampled, signs
from dbn.comparison.label_curves import Curve
from dbn.ops.numpy import Rng

if TYPE_CHECKING:
    from dbn.ops.numpy import Array

Pair = tuple[str, str]
"""A generative model and a discriminative one."""

PAIRS: dict[str, tuple[Pair, Pair]] = {
    "labelled images only": (("joint-rbm", "discriminative-rbm"), ("dbn-up-down", "dbn-backprop")),
    "pre-trained on all images": (
        ("joint-rbm-pretrained", "discriminative-rbm-pretrained"),
        ("dbn-up-down-pretrained", "dbn-backprop-pretrained"),
    ),
}
"""The shallow pair and the deep one."""


@dataclass(frozen=True)
class Shift:
    """How far depth moves the number of labels from which on the discriminative model of a pair is the better one.

    Attributes
    ----------
    learns_from : str
        A key of `PAIRS`.
    shallow, deep : (str, str)
        The pairs.
    ratio : float or None
        Of the deep pair's number of labels to the shallow pair's; below 1, depth lets the discriminative model win
        with fewer labels. None if the mean curves of a pair do not cross, or last to the generative model.
    interval : (float, float) or None
        95 % of the bootstrap's ratios lie between these; None of one seed, or if there is none.
    share : float or None
        Of the bootstrap samples that have a ratio; None of one seed.
    """

    learns_from: str
    shallow: Pair
    deep: Pair
    ratio: float | None
    interval: tuple[float, float] | None
    share: float | None


def shift(learns_from: str, shallow: Pair, deep: Pair, found: Mapping[str, Curve], rng: Rng) -> Shift:
    """Compare where two pairs cross, with a bootstrap over the seeds that all four models share.

    >>> line = lambda *errors: Curve(np.array([10, 1000]), np.array([[e] for e in errors]))
    >>> found = {"a": line(9.0, 8.0), "b": line(10.0, 7.0), "c": line(9.0, 8.0), "d": line(12.0, 7.0)}
    >>> shift("few", ("a", "b"), ("c", "d"), found, Rng(0, "doctest")).ratio.__round__(2)
    3.16
    """
    (counts, gaps), (deep_counts, deep_gaps) = (differences(*pair, found) for pair in (shallow, deep))
    x, deep_x = np.log(counts), np.log(deep_counts)
    seeds = min(gaps.shape[1], deep_gaps.shape[1])
    gaps, deep_gaps = gaps[:, :seeds], deep_gaps[:, :seeds]
    ratio = _log_ratio(x, gaps.mean(axis=1), deep_x, deep_gaps.mean(axis=1))
    moved = None if ratio is None else labels_at(ratio)
    if seeds == 1:
        return Shift(learns_from, shallow, deep, moved, None, None)
    drawn = draws(seeds, rng)
    samples = zip(resampled(gaps, drawn), resampled(deep_gaps, drawn), strict=True)
    ratios = [one for a, b in samples if (one := _log_ratio(x, a, deep_x, b)) is not None]
    return Shift(learns_from, shallow, deep, moved, interval(ratios), len(ratios) / DRAWS)


def shifts(found: Mapping[str, Curve]) -> list[Shift]:
    """Compare the `PAIRS` of which all models were trained.

    >>> shifts({})
    []
    """
    return [
        shift(learns_from, shallow, deep, found, Rng(0, f"study/depth/{learns_from}"))
        for learns_from, (shallow, deep) in PAIRS.items()
        if comparable(*shallow, found) and comparable(*deep, found)
    ]


def _log_ratio(x: Array, gap: Array, deep_x: Array, deep_gap: Array) -> float | None:
    """The deep pair's last change less the shallow pair's, if both are to the discriminative model."""
    (_, shallow), (_, deep) = signs(x, gap), signs(deep_x, deep_gap)
    if shallow and deep and shallow[-1].after < 0 and deep[-1].after < 0:
        return deep[-1].at - shallow[-1].at
    return None
