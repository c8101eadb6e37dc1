"""Generating images: Gibbs sampling in the associative memory, shown by the directed connections below it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng


def chain(dbn: DBN, n: int, steps: int, rng: Rng, *, labels: Array | None = None, every: int = 1) -> Iterator[Array]:
    """Run `n` chains side by side, and show what the net has in mind.

    They start where random binary images (each pixel on with probability 1/2) are understood: at top states
    sampled after an up-pass.

    Parameters
    ----------
    dbn : DBN
        The net.
    n, steps : int
        Chains, and full Gibbs steps of the associative memory.
    rng : Rng
        Draws everything.
    labels : int array (n,), optional
        Labels to clamp, one a chain; without them the label units, if any, run free.
    every : int
        Gibbs steps between the images that are shown.

    Yields
    ------
    array (n, pixels)
        Pixel probabilities given the sampled top states: between these and the pixels, probabilities go down.

    Raises
    ------
    DbnError
        If labels are given that the net does not have.

    References
    ----------
    Hinton, Osindero & Teh 2006, section 7, *Looking into the mind of a neural network*.

    >>> from dbn.generative.rbm import RBM, Group
    >>> net = DBN((RBM.create((Group("bernoulli", 4),), 3, Rng(0, "weights")),), (2, 2))
    >>> [frame.shape for frame in chain(net, 5, 4, Rng(0, "samples"), every=2)]
    [(5, 4), (5, 4)]
    """
    if n < 1 or steps < 1 or every < 1:
        raise DbnError("the number of chains, of steps, and of steps between images must be at least 1")
    clamped = None if labels is None else _clamp(dbn, labels, n)
    top = dbn.top
    noise = rng.bernoulli(np.full((n, dbn.sizes[0]), 0.5, top.W.dtype))
    v = dbn.up_pass(noise)
    if dbn.n_classes:
        anything = np.full((n, dbn.n_classes), 1 / dbn.n_classes, top.W.dtype)
        v = np.concatenate([anything if clamped is None else clamped, v], axis=1)
    h = top.sample_h_from_v(v, rng)
    for step in range(1, steps + 1):
        v = top.sample_v_from_h(h, rng)
        if clamped is not None:
            v[:, : dbn.n_classes] = clamped
        h = top.sample_h_from_v(v, rng)
        if step % every == 0:
            yield show(dbn, h)


def show(dbn: DBN, h: Array) -> Array:
    """Pixel probabilities that top states h (n, top units) generate: (n, pixels)."""
    return dbn.down_pass(dbn.without_labels(dbn.top.mean_v_from_h(h)))


def class_samples(dbn: DBN, per_class: int, steps: int, rng: Rng) -> Array:
    """Label-clamped samples after `steps` Gibbs steps: (n_classes, per_class, pixels).

    Every sample comes from a chain of its own, so that samples are independent.
    """
    labels = np.repeat(np.arange(dbn.n_classes), per_class)
    (frame,) = chain(dbn, len(labels), steps, rng, labels=labels, every=steps)
    return frame.reshape(dbn.n_classes, per_class, -1)


def _clamp(dbn: DBN, labels: Array, n: int) -> Array:
    if not dbn.n_classes:
        raise DbnError("this net was trained without labels, so none can be clamped; sample it freely")
    if labels.shape != (n,) or labels.min() < 0 or labels.max() >= dbn.n_classes:
        raise DbnError(f"clamp one label for each of the {n} chains, each from 0 to {dbn.n_classes - 1}")
    return ops.one_hot(labels, dbn.n_classes, dbn.top.W.dtype)
