"""What a net makes of images that it does not learn from, while it learns; no random stream of learning is shifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbn import ops
from dbn.data.intensity import Intensity, mean_visible
from dbn.errors import DbnError
from dbn.generative import monitors
from dbn.generative.dbn import DBN
from dbn.generative.likelihood import measure
from dbn.generative.likelihood.report import LikelihoodConfig
from dbn.ops.numpy import Array
from dbn.training.device import moved
from dbn.training.mistakes import error_percent

if TYPE_CHECKING:
    from dbn.data.dataset import Split

MONITORED = 2000
"""Examples, of each side, that the free-energy gap and the log-likelihood are measured on at most."""

CHAINS, BETAS = 100, "1000"
"""Of the quick annealed importance sampling."""


def check_every(ais_every: int, validation: Split | None, *, binary: bool) -> None:
    """Refuse to measure log-likelihoods without images to measure them on, of other units, or every so many; DbnError.

    >>> check_every(0, None, binary=False)
    """
    if ais_every < 0:
        raise DbnError(f"log-likelihoods are measured every 1 or more epochs, or, with 0, never, not every {ais_every}")
    if ais_every and validation is None:
        raise DbnError("log-likelihoods are measured on validation images; hold some out, or do without the measuring")
    if ais_every and not binary:
        raise DbnError("annealing takes binary units; give a net of these, or do not measure log-likelihoods")


def on_validation(net: DBN, seen: Array, validation: Split, intensity: Intensity) -> dict[str, float]:
    """The error of a net with labels, and the free-energy gap of its associative memory, see `monitors`.

    Rectified linear units have no free energy, and the gap is left out.

    Parameters
    ----------
    net : DBN
        As it stands.
    seen : array (n, visible units of the associative memory)
        Training examples.
    validation : Split
        Images, of which the first ones give the gap.
    intensity : str
        How pixels become visible states.
    """
    metrics = {}
    if net.n_classes:
        metrics["validation_error_percent"] = error_percent(net.predict, validation, intensity)
    if not net.top.rectified:
        metrics["free_energy_gap"] = monitors.free_energy_gap(net.top, seen, first_examples(net, validation, intensity))
    return metrics


def first_examples(net: DBN, data: Split, intensity: Intensity) -> Array:
    """What the associative memory sees of the first images after an up-pass, label units first: (n, visible units)."""
    some = data[slice(0, MONITORED)]
    up = net.up_pass(mean_visible(some.images, intensity))
    engine = ops.of(up)
    return engine.concatenate([engine.one_hot(some.labels, net.n_classes), up], axis=1) if net.n_classes else up


def log_likelihood(net: DBN, train: Split, validation: Split, intensity: Intensity, seed: int) -> dict[str, float]:
    """Mean log p(x) of the first validation images in nats, or the bound on it, by a quick AIS, from both sides.

    Grey pixels that are taken as real values in learning are sampled here, always alike, and on the CPU
    wherever the net learns.
    """
    config = LikelihoodConfig(CHAINS, BETAS, "sampled" if intensity == "real" else intensity)
    seen, unseen = moved(train, "cpu"), moved(validation[slice(0, MONITORED)], "cpu")
    ais, reverse = measure.both_sides(moved(net, "cpu"), seen, unseen, config, seed)
    return {"validation_nats_ais": ais, "validation_nats_reverse_ais": reverse}
