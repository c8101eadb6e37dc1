"""The figures of one trained model on one set of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dbn.comparison.metrics import BLOCK, error_percent, interval_percent, predictions
from dbn.data.fits import check_fits
from dbn.data.intensity import Intensity, mean_visible
from dbn.generative.classify import METHODS
from dbn.generative.dbn import DBN
from dbn.models import AnyModel
from dbn.ops.numpy import Rng

if TYPE_CHECKING:
    from dbn.data.dataset import Split


def evaluate_model(
    model: AnyModel, data: Split, intensity: Intensity = "real", methods_seed: int | None = None
) -> dict[str, Any]:
    """Measure everything that applies to a model.

    Parameters
    ----------
    model : DBN, Network or NaiveBayes
        With or without labels.
    data : Split
        Images (n, pixels) and labels (n,).
    intensity : str
        How the model was shown pixels.
    methods_seed : int, optional
        Classify with a DBN by the stochastic `METHODS` too, whose draws this seeds.

    Returns
    -------
    dict
        ``error_percent`` and ``interval_percent`` of a classifier, and ``error_percent_by_…`` of every other method;
        ``image_reconstruction_error``, the mean squared
        difference per pixel after one deterministic pass up and down, of a DBN.

    Raises
    ------
    DbnError
        If the images or labels are not such as the model was made for.
    """
    check_fits(data, model.sizes[0], model.n_classes)
    measured: dict[str, Any] = {}
    if model.n_classes:
        guesses = predictions(model.predict, data.images, intensity)
        wrong = int(np.count_nonzero(guesses != data.labels))
        measured["error_percent"] = error_percent(guesses, data.labels)
        measured["interval_percent"] = list(interval_percent(wrong, len(data)))
    if isinstance(model, DBN):
        if methods_seed is not None and model.n_classes:
            measured |= _by_every_method(model, data, intensity, methods_seed)
        total = 0.0
        for at in range(0, len(data), BLOCK):
            v = mean_visible(data.images[at : at + BLOCK], intensity)
            total += float(((v - model.reconstruct(v)) ** 2).sum(dtype=np.float64))
        measured["image_reconstruction_error"] = total / (len(data) * data.images.shape[1])
    return measured


def told(figures: dict[str, Any]) -> str:
    """What `evaluate_model` measured, rounded, a line a figure.

    >>> print(told({"error_percent": 13.700000000000001, "interval_percent": [11.6285, 15.9872]}))
      error percent: 13.7
      interval percent: 11.63 – 15.99
    """
    shown = {
        name: " – ".join(f"{bound:.2f}" for bound in value) if isinstance(value, list) else f"{np.round(value, 4):g}"
        for name, value in figures.items()
    }
    return "\n".join(f"  {name.replace('_', ' ')}: {value}" for name, value in shown.items())


def _by_every_method(net: DBN, data: Split, intensity: Intensity, seed: int) -> dict[str, float]:
    def error(name: str) -> float:
        rng = Rng(seed, f"evaluate/{name}")
        guesses = predictions(lambda v: METHODS[name](net, v, rng), data.images, intensity)
        return error_percent(guesses, data.labels)

    return {f"error_percent_by_{name}": error(name) for name in METHODS}
