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
    n_labels : (float, float) or None
        Those two numbers, of the shallow and of the deep pair; None without a ratio.
    interval : (float, float) or None
        95 %, from the bootstrap's ratios, see `crossing.interval`.
    share : float or None
        Of the bootstrap samples that have a ratio; None of one seed.
    """

    learns_from: str
    shallow: Pair
    deep: Pair
    ratio: float | None
    n_labels: tuple[float, float] | None
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
    shallow_end, deep_end = _end(x, gaps.mean(axis=1)), _end(deep_x, deep_gaps.mean(axis=1))
    at = moved = None
    if shallow_end is not None and deep_end is not None:
        at, moved = (labels_at(shallow_end), labels_at(deep_end)), labels_at(deep_end - shallow_end)
    if seeds == 1:
        return Shift(learns_from, shallow, deep, moved, at, None, None)
    drawn = draws(seeds, rng)
    ends = ([_end(x, a) for a in resampled(gaps, drawn)], [_end(deep_x, b) for b in resampled(deep_gaps, drawn)])
    ratios = [b - a for a, b in zip(*ends, strict=True) if a is not None and b is not None]
    return Shift(learns_from, shallow, deep, moved, at, interval(ratios, seeds), len(ratios) / DRAWS)


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


def _end(x: Array, gap: Array) -> float | None:
    """The logarithm of the number of labels at a pair's last change, if that is to the discriminative model."""
    _, changes = signs(x, gap)
    return changes[-1].at if changes and changes[-1].after < 0 else None
