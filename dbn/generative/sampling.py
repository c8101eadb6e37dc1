"""Generating images: Gibbs sampling in the associative memory, shown by the directed connections below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from numbers import Integral
from typing import Literal, TypeAlias, get_args

import numpy as np

from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng

Start = Literal["noise-up", "random-top"]
STARTS: tuple[Start, ...] = get_args(Start)

Labels: TypeAlias = Array | Callable[[int], Array]
"""Labels to clamp, int (n,), one a chain; or a function that gives them once so many Gibbs steps are done."""


def chain(
    dbn: DBN,
    n: int,
    steps: int,
    rng: Rng,
    *,
    labels: Labels | None = None,
    every: int = 1,
    burn_in: int | None = None,
    start: Start = "noise-up",
) -> Iterator[Array]:
    """Run `n` chains side by side, and show what the net has in mind.

    Parameters
    ----------
    dbn : DBN
        The net.
    n, steps : int
        Chains, and full Gibbs steps of the associative memory in all.
    rng : Rng
        Draws everything.
    labels : int array (n,) or function, optional
        Labels to clamp, one a chain; see `switching` for labels that change on the way. Without them the label
        units, if any, run free.
    every : int
        Gibbs steps between the images that are shown.
    burn_in : int, optional
        Gibbs steps before the first image that is shown, 0 for how the chains begin; without it, `every`.
    start : {"noise-up", "random-top"}
        Where chains begin; see `begin`.

    Yields
    ------
    array (n, pixels)
        Pixel probabilities given the sampled top states: between these and the pixels, probabilities go down.

    Raises
    ------
    DbnError
        If labels are given that the net does not have, or a number is out of range.

    References
    ----------
    Hinton, Osindero & Teh 2006, section 7, *Looking into the mind of a neural network*.

    >>> from dbn.generative.dbn import DBN
    >>> from dbn.generative.rbm import RBM, Group
    >>> from dbn.ops.numpy import Rng
    >>> net = DBN((RBM.create((Group("bernoulli", 4),), 3, Rng(0, "weights")),), (2, 2))
    >>> [frame.shape for frame in chain(net, 5, 4, Rng(0, "samples"), every=2)]
    [(5, 4), (5, 4)]
    """
    if any(not isinstance(number, Integral) or number < 1 for number in (n, steps, every)):
        raise DbnError("the numbers of chains, of steps, and of steps between images are whole, and at least 1")
    first = every if burn_in is None else burn_in
    if not 0 <= first <= steps:
        raise DbnError(f"the first image is shown after {first} of {steps} steps; choose from 0 to {steps}")
    shown = range(first, steps + 1, every)
    first_h = begin(dbn, n, rng, labels=labels, start=start)
    if 0 in shown:
        yield show(dbn, first_h)
    for step, (_, h) in enumerate(gibbs(dbn, first_h, steps, rng, labels=labels), start=1):
        if step in shown:
            yield show(dbn, h)


def begin(dbn: DBN, n: int, rng: Rng, *, labels: Labels | None = None, start: Start = "noise-up") -> Array:
    """Top states in which chains begin: (n, top units).

    - ``noise-up``: sampled after an up-pass of random binary images, each pixel on with probability 1/2, and with
      the label clamped, or without one all label units at 1 / n_classes (Hinton, Osindero & Teh 2006, figure 9);
    - ``random-top``: each top unit on with probability 1/2, whatever the label (the authors' films).
    """
    if start not in STARTS:
        raise DbnError(f"chains cannot start at {start!r}; choose among {', '.join(STARTS)}")
    top = dbn.top
    if start == "random-top":
        return rng.bernoulli(np.full((n, top.n_hidden), 0.5, top.W.dtype))
    noise = rng.bernoulli(np.full((n, dbn.sizes[0]), 0.5, top.W.dtype))
    return top.sample_h_from_v(np.concatenate([label_units(dbn, n, labels), dbn.up_pass(noise)], axis=1), rng)


def gibbs(dbn: DBN, h: Array, steps: int, rng: Rng, *, labels: Labels | None = None) -> Iterator[tuple[Array, Array]]:
    """Full Gibbs steps of the associative memory from the top states h (n, top units).

    Yields
    ------
    v, h : arrays (n, label units and units below), (n, top units)
        After each step: visible states given the last top states, with the labels clamped, and top states given
        these.
    """
    top = dbn.top
    for step in range(steps):
        v = top.sample_v_from_h(h, rng)
        if labels is not None:
            v[:, : dbn.n_classes] = label_units(dbn, len(h), labels, step)
        h = top.sample_h_from_v(v, rng)
        yield v, h


def switching(labels: Array, switches: Mapping[int, int]) -> Callable[[int], Array]:
    """Labels (n,) to clamp at first, and labels that all chains change to: {steps done before it: label}.

    >>> labels = switching(np.array([3, 5]), {100: 8})
    >>> labels(99), labels(100)
    (array([3, 5]), array([8, 8]))
    """

    def at(step: int) -> Array:
        last = max((switch for switch in switches if switch <= step), default=None)
        return labels if last is None else np.full_like(labels, switches[last])

    return at


def show(dbn: DBN, h: Array) -> Array:
    """Pixel probabilities that top states h (n, top units) generate: (n, pixels)."""
    return dbn.down_pass(dbn.without_labels(dbn.top.mean_v_from_h(h)))


def samples(dbn: DBN, n: int, steps: int, rng: Rng, *, labels: Labels | None = None) -> Array:
    """Pixel probabilities where n chains are after `steps` Gibbs steps: (n, pixels). See `chain`."""
    (frame,) = chain(dbn, n, steps, rng, labels=labels, every=steps)
    return frame


def class_samples(dbn: DBN, per_class: int, steps: int, rng: Rng) -> Array:
    """Label-clamped samples after `steps` Gibbs steps: (n_classes, per_class, pixels).

    Every sample comes from a chain of its own, so that samples are independent.

    Raises
    ------
    DbnError
        If the net was trained without labels, or there is no chain or step.
    """
    _check_labelled(dbn)
    labels = np.repeat(np.arange(dbn.n_classes), per_class)
    return samples(dbn, len(labels), steps, rng, labels=labels).reshape(dbn.n_classes, per_class, -1)


def label_units(dbn: DBN, n: int, labels: Labels | None, step: int = 0) -> Array:
    """States of the label units of n chains after so many steps: (n, n_classes).

    The label is clamped, or, where none is given, every label is on as much as any other.
    """
    if labels is None:
        return np.full((n, dbn.n_classes), 1 / max(1, dbn.n_classes), dbn.top.W.dtype)
    _check_labelled(dbn)
    now = labels(step) if callable(labels) else labels
    if now.shape != (n,) or now.min() < 0 or now.max() >= dbn.n_classes:
        raise DbnError(f"clamp one label for each of the {n} chains, each from 0 to {dbn.n_classes - 1}")
    return ops.one_hot(now, dbn.n_classes, dbn.top.W.dtype)


def _check_labelled(dbn: DBN) -> None:
    if not dbn.n_classes:
        raise DbnError("this net was trained without labels, so none can be clamped; sample it freely")
