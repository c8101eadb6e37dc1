"""The figures that a trained model gives: what `dbn plot` draws, and the comparison for each of its models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dbn import figures
from dbn.comparison.metrics import confusion_matrix, predictions
from dbn.data.intensity import Intensity, mean_visible
from dbn.generative.dbn import DBN
from dbn.generative.sampling import class_samples
from dbn.models import AnyModel
from dbn.ops.numpy import Array, Rng
from dbn.training.state import Tree

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dbn.data.dataset import Dataset

RECONSTRUCTED = 20
SAMPLES_PER_CLASS, SAMPLE_STEPS = 10, 1000
MINI_BATCH = 100


def table_of(history: Sequence[Mapping[str, float]]) -> dict[str, Array]:
    """Rows of metrics as columns; NaN where a row has none."""
    columns = dict.fromkeys(name for row in history for name in row)
    return {name: np.array([row.get(name, np.nan) for row in history]) for name in columns}


def figures_of(
    model: AnyModel, history: Sequence[Mapping[str, float]], dataset: Dataset, intensity: Intensity, seed: int
) -> dict[str, Figure]:
    """Draw every figure that applies to a model.

    Parameters
    ----------
    model : DBN or Network
        A trained model.
    history : sequence of dict
        Its metrics, one row an epoch.
    dataset : Dataset
        Images to reconstruct and to classify, from its test split.
    intensity : str
        How the model was shown pixels.
    seed : int
        Draws the samples.

    Returns
    -------
    dict of str to Figure
        By file name without ending.
    """
    drawn: dict[str, Figure] = {}
    if history:
        drawn["learning-curves"] = figures.learning_curves(table_of(history))
    drawn |= _weights(_layer_weights(model), dataset.image_shape)
    if isinstance(model, DBN):
        drawn |= _generative(model, dataset, intensity, seed)
    if not isinstance(model, DBN) or model.n_classes:
        guesses = predictions(model, dataset.test.images, intensity)
        drawn |= mistakes(guesses, dataset)
    return drawn


def mistakes(guesses: Array, dataset: Dataset) -> dict[str, Figure]:
    """Draw the confusion matrix and the misclassified test images."""
    labels, names = dataset.test.labels, class_names(dataset)
    drawn = {
        "confusion": figures.confusion_matrix(confusion_matrix(labels, guesses, dataset.n_classes), names),
    }
    wrong = guesses != labels
    if wrong.any():
        images = mean_visible(dataset.test.images[wrong], "real")
        drawn["errors"] = figures.errors(images, labels[wrong], guesses[wrong], dataset.image_shape)
    return drawn


def class_names(dataset: Dataset) -> list[str]:
    """The classes' names: their numbers."""
    return [str(label) for label in range(dataset.n_classes)]


def _layer_weights(model: AnyModel) -> list[Array]:
    if isinstance(model, DBN):
        return [W for W, _ in model.recognition_layers()]
    return list(model.weights)


def _weights(weights: Sequence[Array], image_shape: tuple[int, int]) -> dict[str, Figure]:
    """Receptive fields of each layer, seen through the weights below it, and the histogram of all weights."""
    drawn, projection = {}, None
    for number, W in enumerate(weights, start=1):
        projection = W if projection is None else projection @ W
        title = f"Receptive fields, layer {number}" + (" (weights projected to pixels)" if number > 1 else "")
        drawn[f"receptive-fields-{number}"] = figures.receptive_fields(projection, image_shape, title=title)
    drawn["weights"] = figures.weight_histograms({f"layer {i}": W for i, W in enumerate(weights, start=1)})
    return drawn


def _generative(model: DBN, dataset: Dataset, intensity: Intensity, seed: int) -> dict[str, Figure]:
    v = mean_visible(dataset.test.images[:MINI_BATCH], intensity)
    some = v[:RECONSTRUCTED]
    drawn = {
        "reconstructions": figures.reconstructions(some, model.reconstruct(some), model.image_shape),
        "hidden-activity": figures.hidden_activity(model.layers[0].mean_h_from_v(v)),
    }
    if model.n_classes:
        samples = class_samples(model, SAMPLES_PER_CLASS, SAMPLE_STEPS, Rng(seed, "figures/samples"))
        drawn["samples"] = figures.class_samples(samples, model.image_shape)
    return drawn


def updates(training: Tree) -> Figure:
    """Draw the histogram of the last updates (the velocities) of a run in progress, layer by layer."""
    velocities = dict(_velocities(training["state"], ""))
    return figures.weight_histograms(velocities)


def _velocities(tree: Tree, path: str) -> Iterator[tuple[str, Array]]:
    for name, value in tree.items():
        if name == "velocity":
            matrices = (array for array in value.values() if array.ndim == 2 and array.any())
            yield from ((f"updates {path}{i}".strip(), array) for i, array in enumerate(matrices, start=1))
        elif isinstance(value, dict):
            yield from _velocities(value, path)
