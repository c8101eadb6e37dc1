"""The figures that a trained model gives: what `dbn plot` draws, and the comparison for each of its models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dbn import figures
from dbn.comparison.metrics import confusion_matrix, predictions
from dbn.comparison.mind import from_noise
from dbn.data.fits import check_fits
from dbn.data.intensity import Intensity, mean_visible
from dbn.discriminative.network import Network
from dbn.generative.dbn import DBN
from dbn.generative.monitors import ALWAYS_ON, DEAD
from dbn.generative.naive_bayes import NaiveBayes
from dbn.generative.sampling import class_samples
from dbn.models import AnyModel
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng
from dbn.training.state import Tree

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dbn.data.dataset import Dataset

RECONSTRUCTED = 20
SAMPLES_PER_CLASS, SAMPLE_STEPS = 10, 1000
FRAMES = 11  # of each chain
MINI_BATCH = 100


def figures_of(
    model: AnyModel, history: Sequence[Mapping[str, float]], dataset: Dataset, intensity: Intensity, seed: int
) -> dict[str, Figure]:
    """Draw every figure that applies to a model.

    Parameters
    ----------
    model : DBN, Network or NaiveBayes
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

    Raises
    ------
    DbnError
        If the images or labels are not such as the model was made for.
    """
    check_fits(dataset.test, model.sizes[0], model.n_classes)
    drawn: dict[str, Figure] = {}
    if history:
        drawn["learning-curves"] = figures.learning_curves(history)
    if isinstance(model, NaiveBayes):
        labels = np.repeat(np.arange(model.n_classes), SAMPLES_PER_CLASS)
        samples = model.sample(labels, Rng(seed, "figures/samples")).clip(0, 1)
        samples = samples.reshape(model.n_classes, SAMPLES_PER_CLASS, -1)
        drawn["samples"] = figures.class_samples(samples, dataset.image_shape, "Samples of each class")
    else:
        drawn |= _weights(_layer_weights(model), dataset.image_shape)
    if isinstance(model, DBN):
        drawn |= _generative(model, dataset, intensity, seed)
    if model.n_classes:
        guesses = predictions(model.predict, dataset.test.images, intensity)
        names = class_names(model.n_classes)
        matrix = confusion_matrix(dataset.test.labels, guesses, model.n_classes)
        drawn["confusion"] = figures.confusion_matrix(matrix, names)
        drawn |= wrong_images(guesses, dataset)
    return drawn


def wrong_images(guesses: Array, dataset: Dataset, limit: int = 200) -> dict[str, Figure]:
    """Draw the misclassified test images, at most so many, if there are any."""
    labels = dataset.test.labels
    if (guesses == labels).all():
        return {}
    images = mean_visible(dataset.test.images, "real")
    return {"errors": figures.errors(images, labels, guesses, dataset.image_shape, limit)}


def class_names(n_classes: int) -> list[str]:
    """The classes' names: their numbers."""
    return [str(label) for label in range(n_classes)]


def _layer_weights(model: DBN | Network) -> list[Array]:
    if isinstance(model, DBN):
        return [W for W, _ in model.recognition_layers()]
    return list(model.weights)


def _weights(weights: Sequence[Array], image_shape: tuple[int, int]) -> dict[str, Figure]:
    """Receptive fields of each layer, seen through the weights below it, and the histogram of all weights."""
    drawn, projection = {}, None
    for number, W in enumerate(weights, start=1):
        projection = W if projection is None else projection @ W
        title = f"Receptive fields, layer {number}" + (" (weights projected to pixels)" if number > 1 else "")
        drawn[f"receptive-fields-{number}"] = figures.receptive_fields(
            projection, image_shape, title=title, unit="weight" if number == 1 else "projected weight"
        )
    drawn["weights"] = figures.weight_histograms({f"layer {i}": W for i, W in enumerate(weights, start=1)})
    return drawn


def _generative(model: DBN, dataset: Dataset, intensity: Intensity, seed: int) -> dict[str, Figure]:
    v = mean_visible(dataset.test.images[:MINI_BATCH], intensity)
    some = v[:RECONSTRUCTED]
    drawn = {"reconstructions": figures.reconstructions(some, model.reconstruct(some), model.image_shape)}
    if model.recognition_units()[0] == "sigmoid":  # rectified linear units have no probabilities
        W, c = model.recognition_layers()[0]
        drawn["hidden-activity"] = figures.hidden_activity(ops.sigmoid(v @ W + c), DEAD, ALWAYS_ON)
    if model.n_classes:
        drawn["chains"] = from_noise(model, FRAMES, Rng(seed, "figures/chains"))
        samples = class_samples(model, SAMPLES_PER_CLASS, SAMPLE_STEPS, Rng(seed, "figures/samples"))
        title = f"Label clamped: {len(samples) * SAMPLES_PER_CLASS} chains after {SAMPLE_STEPS:,} Gibbs steps"
        drawn["samples"] = figures.class_samples(samples, model.image_shape, title)
    return drawn


def updates(training: Tree) -> dict[str, Figure]:
    """Draw the histogram of the last updates of each layer's weights (the velocities), of a run in progress.

    Layers that have not begun to learn, and optimisers without velocities, have none.
    """
    moved = {
        f"updates {number}": velocity
        for number, velocity in enumerate(_velocities(training["state"]), start=1)
        if velocity.any()
    }
    return {"updates": figures.weight_histograms(moved)} if moved else {}


def _velocities(tree: Tree) -> Iterator[Array]:
    """The velocities of all weight matrices, from the pixels up."""
    for name, value in tree.items():
        if name == "velocity":
            yield from (array for array in value.values() if array.ndim == 2)
        elif isinstance(value, dict):
            yield from _velocities(value)
