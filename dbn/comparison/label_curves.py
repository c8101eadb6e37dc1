"""Error against the number of labels: means over seeds with confidence bands, and where two curves cross."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dbn.comparison.cells import Cell, Outcome
from dbn.ops.numpy import Array, Rng

DRAWS = 2000
"""Bootstrap samples of the seeds."""


@dataclass(frozen=True)
class Curve:
    """The errors of one model.

    Attributes
    ----------
    n_labels : int array (counts,)
        Labelled images, rising.
    errors : array (counts, seeds)
        In percent.
    """

    n_labels: Array
    errors: Array

    def mean(self) -> Array:
        """Mean error over seeds: (counts,)."""
        result: Array = self.errors.mean(axis=1)
        return result

    def band(self) -> Array:
        """95 % intervals of the mean over seeds, by Student's t: (counts, 2); NaN where there is only one seed.

        >>> Curve(np.array([10]), np.array([[1.0, 2.0, 3.0]])).band().round(2)
        array([[-0.48,  4.48]])
        """
        from scipy.stats import t

        n = self.errors.shape[1]
        if n < 2:
            return np.full((len(self.n_labels), 2), np.nan)
        half = t.ppf(0.975, n - 1) * self.errors.std(axis=1, ddof=1) / np.sqrt(n)
        return np.stack([self.mean() - half, self.mean() + half], axis=1)


def curves(found: Mapping[Cell, Outcome]) -> dict[str, Curve]:
    """Gather the cells of each model: the label counts for which every seed of that model is there.

    >>> curves({Cell("nb", 10, 0): Outcome(5, 100, 0.1), Cell("nb", 10, 1): Outcome(7, 100, 0.1)})["nb"].errors
    array([[5., 7.]])
    """
    result = {}
    for model in sorted({cell.model for cell in found}):
        mine = {cell: outcome.error_percent for cell, outcome in found.items() if cell.model == model}
        seeds = sorted({cell.seed for cell in mine})
        counts = sorted({cell.n_labels for cell in mine})
        whole = [n for n in counts if all(Cell(model, n, seed) in mine for seed in seeds)]
        errors = [[mine[Cell(model, n, seed)] for seed in seeds] for n in whole]
        if whole:
            result[model] = Curve(np.array(whole), np.array(errors))
    return result


@dataclass(frozen=True)
class Crossing:
    """Where the curves of a pair cross, from the first being better to the second.

    Attributes
    ----------
    first, second : str
        The models; with few labels the first is the better one.
    n_labels : float or None
        Where the mean curves cross for the last time; None if they do not.
    interval : (float, float) or None
        95 % of the bootstrap's crossings lie between these; None if the mean curves do not cross, or of one seed.
    share : float
        Of the bootstrap samples in which the curves cross.
    """

    first: str
    second: str
    n_labels: float | None
    interval: tuple[float, float] | None
    share: float


def crossing(first: str, second: str, found: Mapping[str, Curve], rng: Rng) -> Crossing:
    """Find where the second model becomes better than the first, and stays so.

    Between the label counts that were measured, errors are taken to be linear in the logarithm of the count. Seeds,
    which fix the labelled images of both models, are drawn with replacement for the bootstrap.

    Parameters
    ----------
    first, second : str
        Names in `found`.
    found : mapping of str to Curve
        As of `curves`; label counts that only one model has are left out, and so are seeds.
    rng : Rng
        Draws the bootstrap samples.

    >>> line = lambda errors: Curve(np.array([10, 1000]), np.array([[e, e] for e in errors]))
    >>> crossing("a", "b", {"a": line([10.0, 9.0]), "b": line([12.0, 7.0])}, Rng(0, "doctest")).n_labels.__round__()
    100
    """
    counts = np.intersect1d(found[first].n_labels, found[second].n_labels)
    seeds = min(found[first].errors.shape[1], found[second].errors.shape[1])
    a, b = (found[name].errors[np.isin(found[name].n_labels, counts), :seeds] for name in (first, second))
    gaps, logs = b - a, np.log(counts)  # positive: the first is better
    drawn = (rng.uniform((DRAWS, seeds)) * seeds).astype(int)
    crossings = [_last_crossing(logs, gaps[:, rows].mean(axis=1)) for rows in drawn]
    there = np.array([at for at in crossings if at is not None])
    middle = _last_crossing(logs, gaps.mean(axis=1))
    share = len(there) / DRAWS
    if middle is None:
        return Crossing(first, second, None, None, share)
    if seeds == 1 or not share:
        return Crossing(first, second, float(np.exp(middle)), None, share)
    low, high = np.exp(np.quantile(there, (0.025, 0.975)))
    return Crossing(first, second, float(np.exp(middle)), (float(low), float(high)), share)


def _last_crossing(x: Array, gap: Array) -> float | None:
    falls = np.flatnonzero((gap[:-1] > 0) & (gap[1:] <= 0))
    if not len(falls) or gap[-1] > 0:
        return None
    i = int(falls[-1])
    return float(x[i] + (x[i + 1] - x[i]) * gap[i] / (gap[i] - gap[i + 1]))
