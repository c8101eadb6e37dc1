"""The figures of one trained model on one set of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dbn.comparison.metrics import BLOCK, error_percent, interval_percent, predictions
from dbn.data.intensity import Intensity, mean_visible
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.models import AnyModel

if TYPE_CHECKING:
    from dbn.data.dataset import Split


def check_fit(model: AnyModel, data: Split) -> None:
    """Refuse images of another size than the model takes, and labels that it does not know; DbnError."""
    n_pixels, highest = data.images.shape[1], int(data.labels.max(initial=0))
    if model.sizes[0] != n_pixels:
        raise DbnError(f"the model takes {model.sizes[0]} pixels, these images have {n_pixels}; use its own data set")
    if 0 < model.n_classes <= highest:
        raise DbnError(f"the model knows labels up to {model.n_classes - 1}, not {highest}; use its own data set")


def evaluate_model(model: AnyModel, data: Split, intensity: Intensity = "real") -> dict[str, Any]:
    """Measure everything that applies to a model.

    Parameters
    ----------
    model : DBN or Network
        With or without labels.
    data : Split
        Images (n, pixels) and labels (n,).
    intensity : str
        How the model was shown pixels.

    Returns
    -------
    dict
        ``error_percent`` and ``interval_percent`` of a classifier; ``image_reconstruction_error``, the mean squared
        difference per pixel after one deterministic pass up and down, of a DBN.

    Raises
    ------
    DbnError
        If the images or labels are not such as the model was made for.
    """
    check_fit(model, data)
    measured: dict[str, Any] = {}
    if model.n_classes:
        guesses = predictions(model, data.images, intensity)
        wrong = int(np.count_nonzero(guesses != data.labels))
        measured["error_percent"] = error_percent(guesses, data.labels)
        measured["interval_percent"] = list(interval_percent(wrong, len(data)))
    if isinstance(model, DBN):
        total = 0.0
        for at in range(0, len(data), BLOCK):
            v = mean_visible(data.images[at : at + BLOCK], intensity)
            total += float(((v - model.reconstruct(v)) ** 2).sum(dtype=np.float64))
        measured["image_reconstruction_error"] = total / data.images.size
    return measured
