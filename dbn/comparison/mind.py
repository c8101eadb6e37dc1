"""Looking into the mind of a deep belief net: what its associative memory dreams, measured and drawn.

After Hinton, Osindero & Teh 2006, *A fast learning algorithm for deep belief nets*, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn import figures
from dbn.comparison import samples
from dbn.data.intensity import Intensity, mean_visible
from dbn.generative import sampling
from dbn.generative.completion import complete, known_pixels
from dbn.generative.dbn import DBN
from dbn.generative.ravines import along_chains, along_lines, ridges
from dbn.models import AnyModel
from dbn.ops.numpy import Array, Rng

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dbn.data.dataset import Dataset


@dataclass(frozen=True)
class Dreams:
    """How much is sampled.

    Parameters
    ----------
    steps : tuple of int
        Gibbs steps of the label-clamped chains before each look, rising; measures are taken after the last.
    per_class : int
        Chains of each label.
    between : int
        Gibbs steps between the samples of one chain.
    columns : int
        Samples of one chain, and images that are completed.
    lines : int
        Pairs of images that lines are drawn between.
    """

    steps: tuple[int, ...] = (1, 3, 10, 30, 100, 300, 1000)
    per_class: int = 100
    between: int = 1000
    columns: int = 10
    lines: int = 200


def agreement_of(net: DBN, classifier: AnyModel, intensity: Intensity, dreams: Dreams, seed: int) -> samples.Agreement:
    """How many label-clamped samples a classifier gives their label; parameters as of `measure`."""
    rng = Rng(seed, "mind/agreement")
    return samples.agreement(net, classifier, dreams.steps, dreams.per_class, rng, intensity)


def measure(
    net: DBN, dataset: Dataset, classifier: AnyModel, intensity: Intensity, dreams: Dreams, seed: int
) -> tuple[dict[str, Any], dict[str, Figure]]:
    """Judge label-clamped samples: by a classifier, by their distance to training images, and by their spread.

    Parameters
    ----------
    net : DBN
        With labels.
    dataset : Dataset
        Its training images may have been learnt by heart; its test images show how near unseen ones lie.
    classifier : DBN or Network
        A model that was trained apart from the net.
    intensity : str
        How the classifier was shown pixels.
    dreams : Dreams
        How much is sampled.
    seed : int
        Draws the samples.

    Returns
    -------
    dict
        The measures as JSON values; shares in percent with 95 % intervals, distances as Euclidean norms of pixels
        from 0 to 1.
    dict of str to Figure
        By file name without ending.
    """
    agreement = agreement_of(net, classifier, intensity, dreams, seed)
    labels = np.repeat(np.arange(net.n_classes), dreams.per_class)
    last = dreams.steps[-1]
    frame = sampling.samples(net, len(labels), last, Rng(seed, "mind/nearest"), labels=labels)
    unseen = dataset.test[slice(0, len(frame))]
    distances = {
        "samples": samples.nearest(frame, dataset.train.images)[0],
        "test images": samples.nearest(unseen.images, dataset.train.images)[0],
    }
    spreads = {
        "samples": samples.spread(frame, labels, net.n_classes),
        "test images": samples.spread(np.asarray(unseen.images), unseen.labels, net.n_classes),
    }
    measured = {
        "agreement": {
            "steps": list(dreams.steps),
            "percent": agreement.percent().tolist(),
            "interval_percent": agreement.intervals().tolist(),
            "class_percent": agreement.class_percent()[-1].tolist(),
        },
        "median_distance_to_nearest_training_image": {
            kind: float(np.median(found)) for kind, found in distances.items()
        },
        "mean_distance_within_a_class": {kind: found.tolist() for kind, found in spreads.items()},
    }
    drawn = {
        "agreement": figures.agreement(
            dreams.steps,
            agreement.percent(),
            agreement.intervals(),
            agreement.class_percent(),
            agreement.class_intervals(),
        ),
        "nearest-distances": figures.nearest_distances(distances),
        "spread": figures.spread(spreads),
    }
    return measured, drawn


def draw(net: DBN, dataset: Dataset, dreams: Dreams, seed: int) -> dict[str, Figure]:
    """Draw samples of each class, chains from noise, completions and ravines.

    Parameters as of `measure`.

    Returns
    -------
    dict of str to Figure
        By file name without ending.
    """
    labels, columns, every = np.arange(net.n_classes), dreams.columns, dreams.between
    frames = np.stack(
        list(sampling.chain(net, len(labels), columns * every, Rng(seed, "mind/samples"), labels=labels, every=every))
    )
    shape = net.image_shape
    return {
        "samples": figures.class_samples(
            frames.swapaxes(0, 1), shape, f"Label clamped: a chain for each label, every {every:,} Gibbs steps"
        ),
        "from-noise": from_noise(net, columns, Rng(seed, "mind/from-noise")),
        "completions": draw_completions(net, dataset, columns, Rng(seed, "mind/completions")),
        "ravines": draw_ravines(net, dataset, dreams, seed),
    }


def from_noise(net: DBN, columns: int, rng: Rng) -> Figure:
    """Draw a random binary image sent up and what becomes of it under each label, every 20 Gibbs steps."""
    labels, every = np.arange(net.n_classes), 20
    steps = every * (columns - 1)
    frames = np.stack(list(sampling.chain(net, len(labels), steps, rng, labels=labels, every=every, burn_in=0)))
    shown = range(0, steps + 1, every)
    return figures.film_strip(frames, net.image_shape, shown, [str(label) for label in labels])


def draw_completions(net: DBN, dataset: Dataset, columns: int, rng: Rng) -> Figure:
    """Draw the first test images, of which the net is shown the upper half, and what it makes of the lower one."""
    images = mean_visible(dataset.test.images[:columns], "real")
    known = known_pixels("bottom", net.image_shape)
    several = [list(complete(net, images, known, 50, rng))[-1] for _ in range(3)]
    return figures.completions(images, known, np.stack(several), net.image_shape)


def draw_ravines(net: DBN, dataset: Dataset, dreams: Dreams, seed: int) -> Figure:
    """Draw the free energy of one chain a label, and the mean over lines within and between classes."""
    labels = np.arange(net.n_classes)
    energies = along_chains(net, len(labels), dreams.steps[-1], Rng(seed, "mind/ravines"), labels=labels)
    lines = {name: found.mean(axis=0) for name, found in energies_of_lines(net, dataset, dreams.lines, seed).items()}
    return figures.ravines({f"label {label}": energies[:, label] for label in labels[:3]}, lines)


def energies_of_lines(net: DBN, dataset: Dataset, n: int, seed: int) -> dict[str, Array]:
    """Free energy in nats, under the best label, on lines between test images: (n, points) for each kind of pair."""
    images, labels = mean_visible(dataset.test.images, "real"), dataset.test.labels
    first, second = Rng(seed, "mind/pairs").permutation(len(labels)), Rng(seed, "mind/others").permutation(len(labels))
    alike = labels[first] == labels[second]
    kinds = {"within a class": alike & (first != second), "between classes": ~alike}
    return {
        name: along_lines(net, images[first[chosen][:n]], images[second[chosen][:n]]).min(axis=-1)
        for name, chosen in kinds.items()
    }


def ridge_heights(net: DBN, dataset: Dataset, dreams: Dreams, seed: int) -> dict[str, float]:
    """Mean height in nats of the ridges on these lines."""
    found = energies_of_lines(net, dataset, dreams.lines, seed)
    return {name: float(ridges(energies).mean()) for name, energies in found.items()}


def film(net: DBN, steps: int, rng: Rng) -> Array:
    """Let one chain for each label run from a random top state, as in the authors' films: (frames, classes, pixels)."""
    labels = np.arange(net.n_classes)
    return np.stack(list(sampling.chain(net, len(labels), steps, rng, labels=labels, every=3, start="random-top")))
