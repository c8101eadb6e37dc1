"""Inverse temperatures β from 0 to 1, along which a simple distribution is annealed into a model's."""

from __future__ import annotations

import numpy as np

from dbn.errors import DbnError
from dbn.ops.numpy import Array

MOST = 1_000_000
"""More steps from one β to the next are a slip of the pen."""


def salakhutdinov() -> Array:
    """0 to 0.5 in steps of 10⁻³, to 0.9 in steps of 10⁻⁴, and to 1 in steps of 10⁻⁵: 14,501 values.

    Of the code published with Salakhutdinov & Murray 2008, *On the quantitative analysis of deep belief networks*,
    section 5, which passes 0.5 and 0.9 twice.

    >>> salakhutdinov()[[0, 500, 4500, 14500]]
    array([0. , 0.5, 0.9, 1. ])
    """
    return np.concatenate([np.arange(500) / 1e3, np.arange(5_000, 9_000) / 1e4, np.arange(90_000, 100_001) / 1e5])


NAMED = {"salakhutdinov": salakhutdinov}


def read(text: str) -> Array:
    """Read the name of a schedule, the number of even steps from 0 to 1, or every β between commas.

    Raises
    ------
    DbnError
        If the text is none of these, or the β do not rise from 0 to 1.

    >>> read("4")
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    >>> read("0,0.9,1")
    array([0. , 0.9, 1. ])
    """
    if text in NAMED:
        return NAMED[text]()
    if text.isdecimal() and 1 <= float(text) <= MOST:
        return np.linspace(0, 1, int(text) + 1)
    try:
        betas = np.array([float(part) for part in text.split(",")])
    except ValueError:
        betas = np.empty(0)
    if len(betas) < 2:
        raise DbnError(
            f"no temperatures {text!r:.40}; give {', '.join(NAMED)}, a number of even steps from 1 to {MOST}, "
            "or a list that rises from 0 to 1, such as 0,0.5,1"
        )
    check(betas)
    return betas


def check(betas: Array) -> None:
    """Refuse anything but numbers that rise from 0 to 1; DbnError.

    >>> check(np.array([0.0, 0.5, 1.0]))
    """
    if betas.ndim != 1 or len(betas) < 2 or betas[0] != 0 or betas[-1] != 1 or not (np.diff(betas) > 0).all():
        raise DbnError("inverse temperatures must rise from 0 to 1 without a repetition; give for example 0,0.5,1")
