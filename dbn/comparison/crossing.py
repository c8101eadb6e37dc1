"""Where two label curves cross: every change of the lead, each with its interval over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dbn.comparison.label_curves import Curve
from dbn.ops.numpy import Array, Rng

DRAWS = 10_000
"""Bootstrap samples of the seeds."""

FEWEST = 6
"""Seeds that an interval takes: of fewer, bootstrap samples are too much alike for any."""


class Sign(NamedTuple):
    """A change of sign: where, in the logarithm of the number of labels, and the sign of the gap after it."""

    at: float
    after: int


@dataclass(frozen=True)
class Change:
    """Where one model of a pair takes the lead from the other.

    Attributes
    ----------
    n_labels : float
        Where the mean curves cross.
    better : str
        The model with the smaller mean error from there to the next change.
    interval : (float, float) or None
        95 %, over seeds and not over test images: from the bootstrap's changes to this model, each of them counted for
        the nearest of the mean curves' own, see `interval`; None of fewer than `FEWEST` seeds, or if there are none.
    share : float or None
        Of the bootstrap samples that have such a change; None of one seed.
    """

    n_labels: float
    better: str
    interval: tuple[float, float] | None
    share: float | None


@dataclass(frozen=True)
class Crossing:
    """How the lead of a pair changes as labels are added.

    Attributes
    ----------
    first, second : str
        The models.
    between : (int, int)
        The fewest and the most labels at which they are compared.
    better : str or None
        The model with the smaller mean error at the fewest labels at which they differ; None if they never do.
    changes : tuple of Change
        All of them, by rising numbers of labels; empty if the mean curves do not cross.
    share : float or None
        Of the bootstrap samples that begin with the same model in the lead and have as many changes; None of one seed.
    """

    first: str
    second: str
    between: tuple[int, int]
    better: str | None
    changes: tuple[Change, ...]
    share: float | None


def crossing(first: str, second: str, found: Mapping[str, Curve], rng: Rng) -> Crossing:
    """Find every number of labels at which the lead of a pair changes.

    Between the label counts that were measured, errors are taken to be linear in the logarithm of the count. Seeds,
    which fix the labelled images of both models, are drawn with replacement for the bootstrap.

    Parameters
    ----------
    first, second : str
        Names in `found`.
    found : mapping of str to Curve
        As of `curves`, of the seeds 0, 1, …; label counts that only one model has are left out, and so are seeds.
    rng : Rng
        Draws the bootstrap samples.

    >>> line = lambda errors: Curve(np.array([10, 1000]), np.array([[e, e] for e in errors]))
    >>> crossing("a", "b", {"a": line([10.0, 9.0]), "b": line([12.0, 7.0])}, Rng(0, "doctest")).changes
    (Change(n_labels=100.0, better='b', interval=None, share=1.0),)
    """
    counts, gaps = differences(first, second, found)
    logs, seeds = np.log(counts), gaps.shape[1]
    lead, own = signs(logs, gaps.mean(axis=1))
    samples = [signs(logs, gap) for gap in resampled(gaps, draws(seeds, rng))] if seeds > 1 else []
    changes = []
    for sign in own:
        there = [at for _, sample in samples if (at := _counted_for(sign, own, sample)) is not None]
        better, share = first if sign.after > 0 else second, len(there) / DRAWS if samples else None
        changes.append(Change(labels_at(sign.at), better, interval(there, seeds), share))
    alike = sum((leading, len(sample)) == (lead, len(own)) for leading, sample in samples)
    return Crossing(
        first,
        second,
        (int(counts[0]), int(counts[-1])),
        {1: first, -1: second}.get(lead),
        tuple(changes),
        alike / DRAWS if samples else None,
    )


def comparable(first: str, second: str, found: Mapping[str, Curve]) -> bool:
    """Tell whether two models were both trained, and from the same number of labels at least once.

    >>> comparable("a", "b", {"a": Curve(np.array([10]), np.array([[1.0]]))})
    False
    """
    return first in found and second in found and bool(np.isin(found[first].n_labels, found[second].n_labels).any())


def differences(first: str, second: str, found: Mapping[str, Curve]) -> tuple[Array, Array]:
    """Return the label counts that two models share, and how much less the error of the first is, by count and seed.

    Returns
    -------
    int array (counts,), array (counts, seeds)
        Differences are in percent; they are positive where the first is better.
    """
    counts = np.intersect1d(found[first].n_labels, found[second].n_labels)
    seeds = min(found[first].errors.shape[1], found[second].errors.shape[1])
    a, b = (found[name].errors[np.isin(found[name].n_labels, counts), :seeds] for name in (first, second))
    return counts, b - a


def draws(seeds: int, rng: Rng) -> Array:
    """Draw seeds with replacement, `DRAWS` times: int (DRAWS, seeds)."""
    result: Array = (rng.uniform((DRAWS, seeds)) * seeds).astype(int)
    return result


def resampled(gaps: Array, drawn: Array) -> Array:
    """Return the mean differences of bootstrap samples: (counts, seeds), (DRAWS, seeds) -> (DRAWS, counts)."""
    result: Array = gaps[:, drawn].mean(axis=2).T
    return result


def signs(x: Array, gap: Array) -> tuple[int, tuple[Sign, ...]]:
    """Return the first sign of a gap that is linear between the points x, and each change of sign after it.

    A change is where the gap is zero, and in the middle of several such points.

    >>> signs(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, -1.0, 0.0, 2.0]))
    (1, (Sign(at=0.5, after=-1), Sign(at=2.0, after=1)))
    """
    gap = gap.round(9)  # what is left of equal errors after a mean over seeds
    there = np.flatnonzero(gap)
    found = []
    for i, j in pairwise(there):
        if gap[i] * gap[j] < 0:
            zero = (x[i + 1] + x[j - 1]) / 2 if j > i + 1 else x[i] + (x[j] - x[i]) * gap[i] / (gap[i] - gap[j])
            found.append(Sign(float(zero), int(np.sign(gap[j]))))
    return int(np.sign(gap[there[0]])) if len(there) else 0, tuple(found)


def labels_at(at: float) -> float:
    """Return the number of labels of which `at` is the logarithm, without the noise of the last digits."""
    return round(float(np.exp(at)), 6)


def interval(logs: list[float], seeds: int) -> tuple[float, float] | None:
    """Return a 95 % interval for a number, from the bootstrap's logarithms of it; None of too few seeds, or of none.

    Percentiles further out than 2.5 and 97.5, as many as make up for a bootstrap of few seeds, whose samples vary too
    little: Φ(−√(n / (n − 1)) t), with Student's t of n − 1 degrees of freedom (Hesterberg 2015, *What teachers should
    know about the bootstrap*, the expanded percentile interval).

    Parameters
    ----------
    logs : list of float
        Natural logarithms.
    seeds : int
        n, from which the bootstrap drew.

    >>> low, high = interval([float(np.log(n)) for n in range(1, 1002)], seeds=10)
    >>> round(low, 1), round(high, 1)
    (9.5, 992.4)
    >>> interval([0.0], seeds=4) is None
    True
    """
    from scipy.stats import norm, t

    if not logs or seeds < FEWEST:
        return None
    tail = norm.cdf(-np.sqrt(seeds / (seeds - 1)) * t.ppf(0.975, seeds - 1))
    low, high = np.quantile(logs, (tail, 1 - tail))
    return labels_at(low), labels_at(high)


def _counted_for(sign: Sign, own: tuple[Sign, ...], sample: tuple[Sign, ...]) -> float | None:
    """Where a sample has the change of the mean curves that is nearest to a change of its own; see `Change`."""
    own_alike = [one.at for one in own if one.after == sign.after]
    alike = [one.at for one in sample if one.after == sign.after]
    mine = [at for at in alike if _nearest(own_alike, at) == sign.at]
    return _nearest(mine, sign.at) if mine else None


def _nearest(among: list[float], at: float) -> float:
    return min(among, key=lambda other: abs(other - at))
