"""The NumPy engine: the few functions that are not spelled alike in every array library."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Spelled alike everywhere, but not to be had by an operator or a method.
concatenate, matmul, vecdot = np.concatenate, np.matmul, np.vecdot
exp, expm1, log, tanh = np.exp, np.expm1, np.log, np.tanh
uint8, float32, float64 = np.uint8, np.float32, np.float64


def devices() -> tuple[str, ...]:
    """Name the devices that arrays can be on."""
    return ("cpu",)


def from_numpy(a: Array, _device: Any = "cpu") -> Array:
    """Bring a NumPy array to a device, or to where another array is: `other.device`."""
    return a


def to_numpy(a: Array) -> Array:
    """Return an array as NumPy's."""
    return a


def copy(a: Array, dtype: Any = None) -> Array:
    """Return a copy, its rows one after the other in memory, as numbers of another type if one is given.

    >>> copy(np.array([True, False]), float32)
    array([1., 0.], dtype=float32)
    """
    return np.array(a, dtype, order="C")


def full(shape: tuple[int, ...], value: float, like: Array) -> Array:
    """Return a new array that holds one value, of the type of another array and where that is.

    >>> full((2,), 0.5, np.zeros(1, np.float32))
    array([0.5, 0.5], dtype=float32)
    """
    return np.full(shape, value, like.dtype)


def number(a: Any) -> float:
    """Return the one number of an array or sum, in float64; on a GPU it stays there, so that no step waits for it.

    >>> number(np.ones(2) @ np.ones(2))
    2.0
    """
    return float(a)


def affine(x: Array, W: Array, b: Array) -> Array:
    """Total inputs x W + b: (n, units below), (units below, units), (units,) -> (n, units), a new array.

    >>> affine(np.ones((1, 2)), np.array([[1.0], [2.0]]), np.array([0.5]))
    array([[3.5]])
    """
    a: Array = x @ W
    a += b
    return a


def sigmoid(a: Array) -> Array:
    """σ(a) = 1 / (1 + e⁻ᵃ), written over `a`, floating point and of any shape, which is a fresh product here.

    >>> sigmoid(np.array([0.0, -1000.0, 1000.0]))
    array([0.5, 0. , 1. ])
    """
    np.negative(a, out=a)
    with np.errstate(over="ignore"):  # e^1000 = inf is exactly what gives σ = 0
        np.exp(a, out=a)
    a += 1
    return np.reciprocal(a, out=a)


def softplus(a: Array) -> Array:
    """log(1 + eᵃ) without overflow, any shape.

    >>> softplus(np.array([0.0, 1000.0]))
    array([6.93147181e-01, 1.00000000e+03])
    """
    tail: Array = -np.abs(a)
    np.log1p(np.exp(tail, out=tail), out=tail)  # logaddexp does the same, but takes ten times as long
    tail += np.maximum(a, 0)
    return tail


def log_sum_exp(a: Array) -> Array:
    """log Σ eᵃ over the last axis, without overflow: (..., n) -> (...).

    >>> float(log_sum_exp(np.array([1000.0, 1000.0])) - 1000).__round__(6)
    0.693147
    """
    top = a.max(axis=-1, keepdims=True)
    result: Array = np.log(np.exp(a - top).sum(axis=-1)) + top[..., 0]
    return result


def log_softmax(a: Array) -> Array:
    """Normalised log-probabilities over the last axis, same shape as `a`.

    >>> np.exp(log_softmax(np.array([[0.0, 0.0]])))
    array([[0.5, 0.5]])
    """
    result: Array = a - log_sum_exp(a)[..., None]
    return result


def one_hot(labels: Array, n_classes: int, dtype: Any = np.float32) -> Array:
    """Labels (n,) as rows (n, n_classes) in which one unit is on.

    >>> one_hot(np.array([1]), 3)
    array([[0., 1., 0.]], dtype=float32)
    """
    rows = np.zeros((len(labels), n_classes), dtype)
    rows[np.arange(len(labels)), labels] = 1
    return rows


def captured(step: Callable[..., Any], _streams: Sequence[Rng], _like: Array) -> Callable[..., Any]:
    """Return a step that a device repeats on its own, where it can do that; here the step itself.

    Parameters
    ----------
    step : callable
        Takes row numbers, and a pair: choices, alike if the step consists of the same operations, and numbers by name.
    streams : sequence of Rng
        All that it draws from.
    like : array
        Of the type that the numbers shall have on the device.
    """
    return step


class Processes:
    """The processes that learn together: here, this one alone.

    Attributes
    ----------
    rank, count : int
        Which one this is, from 0, and how many there are.
    """

    rank, count = 0, 1

    def add(self, *arrays: Array) -> None:
        """Add up arrays, each over all of them, in place."""

    def gather(self, thing: Any) -> list[Any]:
        """Return what each of them has given."""
        return [thing]


class Rng:
    """One named stream of random numbers, whose position can be saved and restored.

    Streams with different names or seeds are independent: a stage that is added shifts no other stage's draws.

    Parameters
    ----------
    seed : int
        The experiment's seed, ≥ 0.
    name : str
        The stream, for example ``"layer-2/cd"``.
    device : str
        Where the numbers are drawn.

    >>> a, b = Rng(0, "layer-1/cd"), Rng(0, "layer-2/cd")
    >>> bool(a.uniform((3,)).sum() == b.uniform((3,)).sum())
    False
    >>> b.state = a.state
    >>> bool((a.uniform((3,)) == b.uniform((3,))).all())
    True
    """

    def __init__(self, seed: int, name: str, device: str = "cpu") -> None:
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
        self._generator = np.random.Generator(np.random.SFC64([seed, key]))
        self._whole = True  # no half of a 64-bit number is left over

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """Draw float32 numbers in [0, 1): the upper 24 of 32 bits, over 2²⁴.

        The numbers of `Generator.random`, but many at a time: a 64-bit number gives two, its lower half the first.
        """
        n = math.prod(shape)
        if n % 2 or not self._whole:
            self._whole = self._whole != bool(n % 2)
            return self._generator.random(shape, np.float32)
        bits = self._generator.bit_generator.random_raw(n // 2).astype("<u8", copy=False).view("<u4")
        bits >>= 8
        u = bits.view("<i4").astype(np.float32)  # twice as fast from int32 as from uint32
        u *= np.float32(2**-24)
        return u.reshape(shape)

    def normal(self, shape: tuple[int, ...]) -> Array:
        """Draw standard normal numbers, float64."""
        return self._generator.standard_normal(shape)

    def permutation(self, n: int) -> Array:
        """Draw a random order of 0 … n − 1."""
        order = self._generator.permutation(n)
        self._whole = not self._generator.bit_generator.state["has_uint32"]
        return order

    def bernoulli(self, p: Array, out: Array | None = None) -> Array:
        """Draw binary states that are 1 with probability `p`; same shape and dtype as `p`. `out` may be `p` itself."""
        u = self.uniform(p.shape)
        if out is None:
            out = u if u.dtype == p.dtype else np.empty_like(p)
        return np.less(u, p, out=out)

    def some(self, n: int, share: float) -> tuple[Array | slice, Array]:
        """Choose each of n rows with probability `share`: m candidates, and which of them are chosen (m, 1).

        Here the candidates are the chosen rows. On a GPU they are all rows, so that no step waits to hear how many.
        """
        rows = np.flatnonzero(self.uniform((n,)) < share)
        return rows, np.ones((len(rows), 1), bool)

    def categorical(self, a: Array) -> Array:
        """Draw one-hot rows given log-probabilities, up to a constant each: (n, k), written over `a`."""
        cumulative = np.exp(log_softmax(a)).cumsum(axis=1)
        thresholds = self.uniform((len(a), 1)) * cumulative[:, -1:]
        chosen = (cumulative <= thresholds).sum(axis=1).clip(max=a.shape[1] - 1)
        a[...] = one_hot(chosen, a.shape[1], a.dtype)
        return a

    @property
    def state(self) -> str:
        """The position in the stream, as JSON. After that of another engine's stream follows a stream of its own."""
        return json.dumps(self._generator.bit_generator.state, default=lambda value: value.tolist())

    @state.setter
    def state(self, text: str) -> None:
        state = json.loads(text)
        if state["bit_generator"].startswith("torch"):
            state = Rng(0, text)._generator.bit_generator.state  # noqa: SLF001
        state["state"]["state"] = np.array(state["state"]["state"], np.uint64)
        self._generator.bit_generator.state = state
        self._whole = not state["has_uint32"]
