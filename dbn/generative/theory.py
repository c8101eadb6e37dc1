"""The theory of deep belief nets, shown on machines whose states can all be listed.

Hinton, Osindero & Teh 2006, sections 2 to 4: why directed nets are hard to infer in, which prior makes it easy, and
why one more layer does no harm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dbn.generative import ascent, bound, complementary, exact
from dbn.generative.explaining_away import posterior
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array, Rng

RARE, EXCITED = -10.0, 20.0
"""Figure 2: the bias of each cause, and the weight of each on an effect whose bias is the opposite."""

PUBLISHED = [0.0001, 0.4999, 0.4999, 0.0001]
"""Section 2: the posterior over 00, 10, 01 and 11 as printed, within 6 × 10⁻⁵ of the exact one."""

SIDE = 3
"""Rows and columns of the images in the third demonstration."""


def demonstrate(seed: int, *, depth: int = 50, steps: tuple[int, int] = (2000, 1000)) -> dict[str, dict[str, Any]]:
    """Compute what can be shown exactly, as JSON values; `dbn.figures.theory` draws them.

    Parameters
    ----------
    seed : int
        Draws the weights of the machines of the second and third demonstration.
    depth : int
        Layers of the deepest directed net.
    steps : (int, int)
        Of gradient ascent, in the first layer and in the second.

    Returns
    -------
    dict
        ``"explaining_away"``, ``"complementary"`` and ``"bound"``: what the three functions below say.

    >>> shown = demonstrate(0, depth=2, steps=(1, 1))
    >>> [round(p, 5) for p in shown["explaining_away"]["posterior"]]
    [5e-05, 0.49995, 0.49995, 5e-05]
    """
    return {
        "explaining_away": two_rare_causes(),
        "complementary": tied_weights(random_machine(6, 4, Rng(seed, "theory/tied")), depth),
        "bound": second_layer(random_machine(SIDE**2, 5, Rng(seed, "theory/first-layer")), steps),
    }


def two_rare_causes() -> dict[str, Any]:
    """Infer the causes of figure 2, whose effect was observed.

    Returns
    -------
    dict
        `states` of the two causes; their `prior`, their `posterior`, and the `published` one; the probability of
        one cause `given_the_effect`, and `given_the_other_cause` too, which explains it away.
    """
    W, b, c = np.full((1, 2), EXCITED), np.array([-EXCITED]), np.full(2, RARE)
    p = posterior(W, b, c, np.ones((1, 1)))[0]
    states = exact.states(exact.binary(2))
    return {
        "states": ["".join(f"{cause:.0f}" for cause in state) for state in states],
        "prior": np.exp(exact.log_given(exact.binary(2), c[None]))[0].tolist(),
        "posterior": p.tolist(),
        "published": PUBLISHED,
        "given_the_effect": float(p @ states[:, 0]),
        "given_the_other_cause": float(p[3] / (p @ states[:, 1])),
    }


def tied_weights(rbm: RBM, depth: int) -> dict[str, Any]:
    """Compare directed nets of growing depth with the machine whose weights they repeat.

    Parameters
    ----------
    rbm : RBM
        With binary units.
    depth : int
        Of the deepest net.

    Returns
    -------
    dict
        The columns of `complementary.convergence` for nets with an independent top; `total_variation_rbm_on_top`,
        their column of nets with the RBM there; `posterior_gap_rbm_on_top`, the largest over the layers of the
        deepest; and the `rate`.
    """
    columns = complementary.convergence(rbm, depth)
    with_rbm = complementary.convergence(rbm, depth, complementary.rbm_top)
    deepest = complementary.marginals(rbm, complementary.rbm_top(rbm, depth), depth)
    return {
        **{name: column.tolist() for name, column in columns.items()},
        "total_variation_rbm_on_top": with_rbm["total_variation"].tolist(),
        "posterior_gap_rbm_on_top": max(complementary.posterior_gaps(rbm, deepest)),
        "rate": complementary.rate(rbm),
    }


def second_layer(rbm: RBM, steps: tuple[int, int]) -> dict[str, Any]:
    """Learn `bars_and_stripes` by maximum likelihood, then put the transposed machine on top and let it learn.

    Parameters
    ----------
    rbm : RBM
        How the first layer starts.
    steps : (int, int)
        Of gradient ascent, in the first layer and in the second.

    Returns
    -------
    dict
        In nats an image: `one_layer`, the mean log-likelihood of the data under the first layer alone; and by
        `step` of the second layer the mean `bound` and the mean `log_likelihood` under the net of two layers.
    """
    data = bars_and_stripes()
    *_, rbm = ascent.ascend(rbm, data, steps[0])
    above = bound.aggregated_posterior(rbm, data)
    priors = [exact.log_p_v(top) for top in ascent.ascend(complementary.transposed(rbm), above, steps[1])]
    return {
        "one_layer": float(data @ exact.log_p_v(rbm)),
        "step": list(range(steps[1] + 1)),
        "bound": [float(data @ bound.lower_bound(rbm, prior)) for prior in priors],
        "log_likelihood": [float(data @ bound.log_likelihood(rbm, prior)) for prior in priors],
    }


def bars_and_stripes() -> Array:
    """Equal probability for each image of `SIDE` × `SIDE` whose rows or whose columns are all alike: (states,).

    >>> int((bars_and_stripes() > 0).sum())
    14
    """
    images = exact.states(exact.binary(SIDE**2)).reshape(-1, SIDE, SIDE)
    alike = [(images == images.take([0], axis=axis)).all(axis=(1, 2)) for axis in (1, 2)]
    found = alike[0] | alike[1]
    result: Array = found / found.sum()
    return result


def random_machine(n_visible: int, n_hidden: int, rng: Rng) -> RBM:
    """Binary units, weights and biases from N(0, 1), float64."""
    W, b, c = rng.normal((n_visible, n_hidden)), rng.normal((n_visible,)), rng.normal((n_hidden,))
    return RBM(W, b, c, exact.binary(n_visible))
