"""Whether two classifiers differ by more than chance on the same test images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from dbn.ops.numpy import Array


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test of a pair of classifiers.

    `only_first_wrong` and `only_second_wrong` count the images on which just one of them errs; `p_value` is
    two-sided: the probability of counts at least as unequal if both erred equally often.
    """

    first: str
    second: str
    only_first_wrong: int
    only_second_wrong: int
    p_value: float


def mcnemar(first: str, guesses: Array, second: str, others: Array, labels: Array) -> McNemar:
    """Test two sets of guesses (n,) at the same labels (n,).

    References
    ----------
    McNemar 1947, *Note on the sampling error of the difference between correlated proportions*; the exact
    binomial form.

    >>> import numpy as np
    >>> mcnemar("a", np.array([1, 1, 1]), "b", np.array([1, 0, 0]), np.array([1, 1, 1])).p_value
    0.5
    """
    from scipy.stats import binomtest

    wrong, also = guesses != labels, others != labels
    b, c = int((wrong & ~also).sum()), int((also & ~wrong).sum())
    p_value = float(binomtest(b, b + c).pvalue) if b + c else 1.0
    return McNemar(first, second, b, c, p_value)


def every_pair(guesses: Mapping[str, Array], labels: Array) -> list[McNemar]:
    """McNemar's test of each pair of models, given their guesses by name."""
    return [mcnemar(a, guesses[a], b, guesses[b], labels) for a, b in combinations(guesses, 2)]
