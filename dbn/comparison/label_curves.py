"""Error against the number of labels: means over seeds with confidence bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dbn.comparison.cells import Cell, Outcome
from dbn.ops.numpy import Array


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
    """Gather the cells of each model: all its label counts, and the seeds that every one of them has.

    >>> curves({Cell("nb", 10, 0): Outcome(5, 100, 0.1), Cell("nb", 10, 1): Outcome(7, 100, 0.1)})["nb"].errors
    array([[5., 7.]])
    """
    result = {}
    for model in sorted({cell.model for cell in found}):
        mine = {cell: outcome.error_percent for cell, outcome in found.items() if cell.model == model}
        counts = sorted({cell.n_labels for cell in mine})
        seeds = sorted(set.intersection(*({cell.seed for cell in mine if cell.n_labels == n} for n in counts)))
        if seeds:
            errors = [[mine[Cell(model, n, seed)] for seed in seeds] for n in counts]
            result[model] = Curve(np.array(counts), np.array(errors))
    return result
