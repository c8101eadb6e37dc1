"""The free-energy landscape of the associative memory: the ravines of the classes and the ridges between them."""

from __future__ import annotations

import numpy as np

from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.sampling import Labels, Start, begin, gibbs
from dbn.ops.numpy import Array, Rng


def along_chains(
    dbn: DBN, n: int, steps: int, rng: Rng, *, labels: Labels | None = None, start: Start = "noise-up"
) -> Array:
    """Free energy F(label, units) in nats of the memory's visible states after each Gibbs step: (steps, n).

    Parameters as of `sampling.chain`, whose random stream it follows step by step.

    >>> from dbn.generative.dbn import DBN
    >>> from dbn.generative.rbm import RBM, Group
    >>> from dbn.ops.numpy import Rng
    >>> net = DBN((RBM.create((Group("softmax", 2), Group("bernoulli", 4)), 3, Rng(0, "weights")),), (2, 2))
    >>> along_chains(net, 5, 2, Rng(0, "ravines"), labels=np.array([0, 0, 1, 1, 1])).shape
    (2, 5)
    """
    h = begin(dbn, n, rng, labels=labels, start=start)
    return np.stack([dbn.top.free_energy(v) for v, _ in gibbs(dbn, h, steps, rng, labels=labels)])


def along_lines(dbn: DBN, first: Array, second: Array, points: int = 51) -> Array:
    """Free energy of every label along straight lines between what two images look like to the memory.

    The line runs from the probabilities of the units under the memory that an up-pass of one image gives to those
    of the other. For one label F is concave in these, and so is the least F of all labels: between its ends a line
    cannot pass through a valley, and what tells is how high it climbs above them (`ridges`). Gaussian pixels, which
    lie under the memory of a net of one layer, add a bowl to F, so that there a line may also go down.

    Parameters
    ----------
    dbn : DBN
        A net with labels.
    first, second : arrays (n, pixels)
        The ends of the lines.
    points : int
        Points on each line, ends included, ≥ 2.

    Returns
    -------
    array (n, points, n_classes)
        F(label, units) in nats, on the scale of `along_chains`.

    Raises
    ------
    DbnError
        If the net was trained without labels, or a line has fewer than two points or only one end.

    References
    ----------
    Hinton, Osindero & Teh 2006, abstract: long ravines of the free energy in the top-level associative memory.

    >>> from dbn.generative.dbn import DBN
    >>> from dbn.generative.rbm import RBM, Group
    >>> from dbn.ops.numpy import Rng
    >>> net = DBN((RBM.create((Group("softmax", 2), Group("bernoulli", 4)), 3, Rng(0, "weights")),), (2, 2))
    >>> along_lines(net, np.zeros((1, 4)), np.ones((1, 4)), points=5).shape
    (1, 5, 2)
    """
    if points < 2 or first.shape != second.shape:
        raise DbnError("a line needs at least two points, and an image at each end; give as many first as second ones")
    ends = dbn.up_pass(first).astype(np.float64), dbn.up_pass(second).astype(np.float64)
    lines = [(1 - t) * ends[0] + t * ends[1] for t in np.linspace(0, 1, points)]
    # label_free_energies leaves out the term of the units' own states, which all labels share.
    return np.stack([dbn.label_free_energies(p) - dbn.top.visible_term(p)[:, None] for p in lines], axis=1)


def ridges(energies: Array) -> Array:
    """How high free energies (..., points) climb above the straight line between their ends, in nats: (...).

    >>> ridges(np.array([[0.0, 7.0, 4.0], [3.0, 2.0, 1.0]]))
    array([5., 0.])
    """
    t = np.linspace(0, 1, energies.shape[-1])
    chord = energies[..., :1] * (1 - t) + energies[..., -1:] * t
    climb: Array = (energies - chord).max(axis=-1)
    return climb
