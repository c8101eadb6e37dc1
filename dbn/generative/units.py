"""Groups of visible units: what one side of a restricted Boltzmann machine is made of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, get_args

import numpy as np

from dbn import ops
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng

Kind = Literal["bernoulli", "softmax", "gaussian", "rectified"]
KINDS: tuple[Kind, ...] = get_args(Kind)

HiddenKind = Literal["bernoulli", "rectified"]
HIDDEN_KINDS: tuple[HiddenKind, ...] = get_args(HiddenKind)

NO_GAUSSIAN = np.empty(0, np.float32)
"""The log variances of Gaussian units where there are none."""


@dataclass(frozen=True)
class Group:
    """Units that are sampled together.

    Parameters
    ----------
    kind : {"bernoulli", "softmax", "gaussian", "rectified"}
        Independent binary units; one choice among `size` of which exactly one unit is on; independent real numbers,
        each with a variance of its own; or independent rectified linear units, see `rectified`.
    size : int
        The number of units, ≥ 1.

    >>> Group("softmax", 10)
    Group(kind='softmax', size=10)
    """

    kind: Kind
    size: int

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DbnError(f"unknown kind of unit {self.kind!r}; known are {', '.join(KINDS)}")
        if self.size < 1:
            raise DbnError(f"a group of {self.kind} units needs at least one unit, not {self.size}")


def parts(groups: tuple[Group, ...]) -> list[tuple[Group, slice]]:
    """Each group with the columns that it occupies.

    >>> parts((Group("softmax", 2), Group("bernoulli", 3)))[1][1]
    slice(2, 5, None)
    """
    ends = accumulate(group.size for group in groups)
    return [(g, slice(end - g.size, end)) for g, end in zip(groups, ends, strict=True)]


def gaussian(groups: tuple[Group, ...]) -> slice:
    """The columns of the Gaussian units, which form one group at most; none without one.

    >>> gaussian((Group("softmax", 2), Group("gaussian", 3)))
    slice(2, 5, None)
    """
    return next((columns for group, columns in parts(groups) if group.kind == "gaussian"), slice(0))


def mean(groups: tuple[Group, ...], a: Array) -> Array:
    """Expected states given total inputs `a` (n, Σ sizes); written over `a`. Those of Gaussian units are the inputs.

    >>> mean((Group("softmax", 2), Group("bernoulli", 1)), np.zeros((1, 3)))
    array([[0.5, 0.5, 0.5]])
    """
    engine = ops.of(a)
    for group, columns in parts(groups):
        if group.kind == "softmax":
            engine.exp(engine.log_softmax(a[:, columns]), out=a[:, columns])
        elif group.kind == "bernoulli":
            engine.sigmoid(a[:, columns])
        elif group.kind == "rectified":
            a[:, columns] = engine.softplus(a[:, columns])
    return a


def rectified(mean: Array, rng: Rng) -> Array:
    """States of rectified linear units with the expected states m = log(1 + eᵃ), any shape: max(0, m + N(0, σ(a))).

    Such a unit stands for endlessly many binary ones with the total inputs a − 1/2, a − 3/2, …, of which nearly
    log(1 + eᵃ) are on in the mean, with a variance of nearly σ(a) = 1 − e⁻ᵐ (Nair & Hinton 2010, *Rectified linear
    units improve restricted Boltzmann machines*). They take max(0, a + N(0, σ(a))), which at a = 0 is 0.28 in the mean
    instead of 0.69; with the noise about the expected state it is 0.75.

    >>> rectified(np.array([0.0, 100.0]), Rng(0, "states")).round(1)
    array([ 0. , 97.8])
    """
    noise = (-ops.of(mean).expm1(-mean)) ** 0.5 * rng.normal(tuple(mean.shape))
    result: Array = ops.of(mean).copy(mean + noise, mean.dtype).clip(min=0)
    return result


def sample(
    groups: tuple[Group, ...],
    a: Array,
    rng: Rng,
    *,
    z: Array = NO_GAUSSIAN,
    bernoulli_means: bool = False,
    softmax_means: bool = False,
) -> Array:
    """Sampled states given total inputs `a` (n, Σ sizes); written over `a`.

    Parameters
    ----------
    z : array (Gaussian units,)
        Their log variances.
    bernoulli_means : bool
        Leave the binary units at their probabilities and sample the others alone: the
        reconstruction of Hinton, Osindero & Teh 2006 (real-valued pixels, one label on).
    softmax_means : bool
        Leave the softmax groups at their probabilities: the label units of its up-down algorithm.
    """
    engine = ops.of(a)
    for group, columns in parts(groups):
        if group.kind == "softmax":
            if softmax_means:
                engine.exp(engine.log_softmax(a[:, columns]), out=a[:, columns])
            else:
                rng.categorical(a[:, columns])
        elif group.kind == "gaussian":
            a[:, columns] += engine.exp(z / 2) * rng.normal((len(a), group.size))
        elif group.kind == "rectified":
            a[:, columns] = rectified(engine.softplus(a[:, columns]), rng)
        else:
            p = engine.sigmoid(a[:, columns])
            if not bernoulli_means:
                rng.bernoulli(p, out=p)
    return a


def base_rate_biases(groups: tuple[Group, ...], rates: Array) -> Array:
    """Biases that reproduce the mean activities `rates` (Σ sizes,) when all weights are 0.

    The means of Gaussian units; log(p / (1 − p)) for binary units and log p for softmax units, with p kept off 0 and 1
    (Hinton 2012, *A practical guide to training restricted Boltzmann machines*, section 8.1); log(eᵖ − 1), with p kept
    off 0, for rectified linear units.

    >>> base_rate_biases((Group("bernoulli", 1),), np.array([0.5]))
    array([0.])
    """
    engine = ops.of(rates)
    biases: Array = engine.copy(rates)
    for group, columns in parts(groups):
        if group.kind == "gaussian":
            continue
        if group.kind == "rectified":
            p = rates[columns].clip(min=0.01)
            biases[columns] = p + engine.log(-engine.expm1(-p))
            continue
        p = rates[columns].clip(0.01, 0.99)
        biases[columns] = engine.log(p) if group.kind == "softmax" else engine.log(p / (1 - p))
    return biases
