"""Averaged weights: what learning has been about lately, without the noise of the last updates."""

from __future__ import annotations

from collections.abc import Iterable

from dbn.errors import DbnError
from dbn.ops.numpy import Array


def check_share(share: float) -> None:
    """Refuse a share of the averages, for `average`, that is not in [0, 1); DbnError.

    >>> check_share(0.999)
    """
    if not 0 <= share < 1:
        raise DbnError(f"averaging is a share from 0 and below 1, and {share} is not")


def average(averages: Iterable[Array], parameters: Iterable[Array], share: float) -> None:
    """Let average ← share · average + (1 − share) · parameter, in place.

    Parameters
    ----------
    averages, parameters : iterables of arrays
        Alike in number and shapes.
    share : float
        In [0, 1): 0.999 remembers about 1000 updates. See `early_share`.

    References
    ----------
    Polyak & Juditsky 1992, *Acceleration of stochastic approximation by averaging*.

    >>> import numpy as np
    >>> mean = np.zeros(1)
    >>> average([mean], [np.ones(1)], 0.75)
    >>> mean
    array([0.25])
    """
    for mean, parameter in zip(averages, parameters, strict=True):
        mean *= share
        mean += (1 - share) * parameter


def early_share(share: float, updates: float) -> float:
    """What to use for `share` after so many updates: averages are plain means until they remember enough.

    >>> early_share(0.9, 0), early_share(0.9, 1), early_share(0.9, 99)
    (0.0, 0.5, 0.9)
    """
    return min(share, updates / (updates + 1))
