"""Kinds of unit: how activities follow from total inputs, and their slopes, which backprop needs.

A unit adds up a = Σ_i x_i w_i + b and answers h = f(a). Every slope f′(a) here follows from h alone, so that nothing
but activities is kept for the way back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dbn import ops
from dbn.errors import DbnError
from dbn.ops.numpy import Array

LEAK = 0.01
"""Slope of a leaky rectified linear unit below 0."""


@dataclass(frozen=True)
class Units:
    """One kind of unit.

    Parameters
    ----------
    activity : callable
        a -> h = f(a), of any shape and floating point; it may be written over `a`.
    slope : callable
        h -> f′(a), a new array. Where f has a kink, at 0, it is the slope of the left side.
    bound : callable
        (units below, units) -> β of the uniform distribution on ±β that such a layer's weights start from.
    """

    activity: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    bound: Callable[[int, int], float]


def glorot(below: int, units: int) -> float:
    """β = √(6 / (units below + units)), for units with slope 1 at 0.

    Glorot & Bengio 2010, *Understanding the difficulty of training deep feedforward neural networks*, equation 16.

    >>> glorot(2, 4)
    1.0
    """
    return float(np.sqrt(6 / (below + units)))


def he(below: int, _units: int) -> float:
    """β = √(6 / units below): weights of variance 2 / (units below), for units that are silent half of the time.

    He, Zhang, Ren & Sun 2015, *Delving deep into rectifiers*, equation 10.

    >>> he(6, 100)
    1.0
    """
    return float(np.sqrt(6 / below))


def _leaky(a: Array) -> Array:
    low = LEAK * a.clip(max=0)
    low += a.clip(min=0)
    return low


def _elu(a: Array) -> Array:
    result: Array = ops.of(a).expm1(a.clip(max=0))  # of what is below 0 only, so that nothing overflows
    result += a.clip(min=0)
    return result


def _is_on(a: Array) -> Array:
    result: Array = ops.of(a).copy(a > 0, a.dtype)
    return result


def _no_slope(_h: Array) -> Array:
    raise DbnError("threshold units have no slope for backprop to follow; learn with sigmoid units instead")


UNITS: dict[str, Units] = {
    "sigmoid": Units(
        lambda a: ops.of(a).sigmoid(a), lambda h: h * (1 - h), lambda below, units: 4 * glorot(below, units)
    ),
    "tanh": Units(lambda a: ops.of(a).tanh(a, out=a), lambda h: 1 - h * h, glorot),
    "relu": Units(lambda a: a.clip(min=0), _is_on, he),
    "leaky-relu": Units(_leaky, lambda h: _is_on(h).clip(min=LEAK), he),
    "softplus": Units(lambda a: ops.of(a).softplus(a), lambda h: -ops.of(h).expm1(-h), he),
    "elu": Units(_elu, lambda h: h.clip(max=0) + 1, he),
    "identity": Units(lambda a: a, lambda h: ops.of(h).full(h.shape, 1, h), glorot),
    "threshold": Units(_is_on, _no_slope, glorot),
}
"""By name:

- `sigmoid` σ(a) = 1 / (1 + e⁻ᵃ), which starts from 4 times `glorot` (Bengio 2012, *Practical recommendations for
  gradient-based training of deep architectures*);
- `tanh` (eᵃ − e⁻ᵃ) / (eᵃ + e⁻ᵃ);
- `relu` max(0, a); `leaky-relu`, a or below 0 `LEAK` a; `softplus` log(1 + eᵃ);
- `elu`, a or below 0 eᵃ − 1, the form whose α is 1;
- `identity` a, of the output of a regression;
- `threshold`, 1 where a > 0 and otherwise 0, of nets whose weights are set by hand.

>>> [round(float(units.activity(np.array([-1.0]))[0]), 3) for units in UNITS.values()]
[0.269, -0.762, 0.0, -0.01, 0.313, -0.632, -1.0, 0.0]
"""


def units_of(kind: str) -> Units:
    """Look up a kind of unit by its name; DbnError if there is none."""
    if kind not in UNITS:
        raise DbnError(f"no hidden units {kind!r}; known are {', '.join(UNITS)}")
    return UNITS[kind]


HIDDEN = ("sigmoid", "tanh", "relu", "leaky-relu", "softplus", "elu")
"""What hidden layers can learn with; with `identity`, two layers would be no more than one."""


def times_slope(units: str, delta: Array, h: Array, mask: Array | None = None, kept: float = 1.0) -> None:
    """Go back through a hidden layer: ∂E/∂a = f′(a) ∂E/∂h, written over `delta`.

    Parameters
    ----------
    units : str
        Their kind.
    delta : array (n, units)
        ∂E/∂h; it becomes ∂E/∂a.
    h : array (n, units)
        Activities, already multiplied by `mask` if there is one.
    mask : array (n, units), optional
        What dropout multiplied the activities by: 1 / `kept`, or 0 for a unit that was dropped.
    kept : float
        Probability with which dropout keeps a unit.

    >>> delta = np.array([[1.0, 1.0]])
    >>> times_slope("relu", delta, np.array([[2.0, 0.0]]))
    >>> delta
    array([[1., 0.]])
    """
    if units == "sigmoid":  # needs no mask: a unit that was kept has h = σ / kept, one that was dropped 0
        delta *= h
        delta *= 1 - kept * h
        return
    if mask is not None:
        delta *= mask
        h = kept * h
    delta *= UNITS[units].slope(h)
