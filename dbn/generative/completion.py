"""Completing images of which only some pixels are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np

from dbn.data.intensity import refuse_bytes
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.sampling import gibbs, label_units, show
from dbn.ops.numpy import Array, Rng

Part = Literal["left", "right", "top", "bottom", "centre"]
PARTS: tuple[Part, ...] = get_args(Part)


def complete(
    dbn: DBN, images: Array, known: Array, rounds: int, rng: Rng, *, steps: int = 5, labels: Array | None = None
) -> Iterator[Array]:
    """Let the net imagine the pixels that are not known.

    They begin as noise. In each round the image goes up, the associative memory makes a few Gibbs steps, the result
    comes down, and the unknown pixels are drawn from it; the known ones stay.

    This is an approximation. A directed net offers no conditional of some pixels given others: the up-pass guesses
    the units above one by one, although given the pixels they depend on each other, and while the memory makes its
    steps nothing reminds it of the known pixels. With one step a round, and no directed layers, it is exact: Gibbs
    sampling of p(unknown pixels, label given known pixels) in a Boltzmann machine.

    Parameters
    ----------
    dbn : DBN
        The net.
    images : array (n, pixels)
        Grey values from 0 to 1; what the unknown pixels hold does not matter.
    known : bool array (pixels,) or (n, pixels)
        Which pixels are given.
    rounds, steps : int
        Rounds up and down, and Gibbs steps of the associative memory in each.
    rng : Rng
        Draws everything.
    labels : int array (n,), optional
        Labels to clamp. Without them the label units, if any, begin evenly on and are carried from round to round.

    Yields
    ------
    array (n, pixels)
        The images after each round: known pixels as they were, probabilities in place of the others.

    Raises
    ------
    DbnError
        If the shapes do not fit, a number is less than 1, pixels are Gaussian, or the net does not have the labels.

    >>> from dbn.generative.dbn import DBN
    >>> from dbn.generative.rbm import RBM, Group
    >>> from dbn.ops.numpy import Rng
    >>> net = DBN((RBM.create((Group("bernoulli", 4),), 3, Rng(0, "weights")),), (2, 2))
    >>> known = known_pixels("bottom", (2, 2))
    >>> *_, last = complete(net, np.array([[1, 0.5, 0, 0]], np.float32), known, 3, Rng(0, "completion"))
    >>> last[:, known]
    array([[1. , 0.5]], dtype=float32)
    """
    if dbn.gaussian:
        raise DbnError("unknown pixels are drawn as binary states, and those of this net are Gaussian; use another net")
    if images.ndim != 2 or images.shape[1] != dbn.sizes[0] or known.shape not in (images.shape, images.shape[1:]):
        raise DbnError(
            f"images {images.shape} and known pixels {known.shape} do not fit a net of {dbn.sizes[0]} pixels; "
            "give flat images, and for each pixel whether it is known"
        )
    if rounds < 1 or steps < 1:
        raise DbnError("the number of rounds, and of Gibbs steps in each, must be at least 1")
    refuse_bytes(images)
    dtype = dbn.top.W.dtype
    given = images.astype(dtype, copy=False)
    v = np.where(known, given, rng.bernoulli(np.full(given.shape, 0.5, dtype)))
    label = label_units(dbn, len(v), labels)
    for _ in range(rounds):
        h = dbn.top.sample_h_from_v(np.concatenate([label, dbn.up_pass(v)], axis=1), rng)
        for _, later in gibbs(dbn, h, steps - 1, rng, labels=labels):
            h = later
        imagined = show(dbn, h)
        yield np.where(known, given, imagined)
        v = np.where(known, given, rng.bernoulli(imagined))
        if labels is None and dbn.n_classes:
            label = dbn.top.sample_v_from_h(h, rng)[:, : dbn.n_classes]


def known_pixels(hidden: Part, image_shape: tuple[int, int]) -> Array:
    """Which pixels are known, bool (pixels,), when a half of the image, or the middle half of its sides, is hidden.

    >>> known_pixels("left", (1, 4))
    array([False, False,  True,  True])
    """
    rows, columns = image_shape
    parts: dict[str, tuple[slice, slice]] = {
        "left": (slice(None), slice(columns // 2)),
        "right": (slice(None), slice(-(-columns // 2), None)),
        "top": (slice(rows // 2), slice(None)),
        "bottom": (slice(-(-rows // 2), None), slice(None)),
        "centre": (slice(rows // 4, rows - rows // 4), slice(columns // 4, columns - columns // 4)),
    }
    if hidden not in parts:
        raise DbnError(f"no part {hidden!r} of an image; choose among {', '.join(PARTS)}")
    known = np.ones(image_shape, bool)
    known[parts[hidden]] = False
    if known.all() or not known.any():
        raise DbnError(f"images of {rows} x {columns} pixels have no part {hidden!r} to hide; choose another")
    return known.ravel()
