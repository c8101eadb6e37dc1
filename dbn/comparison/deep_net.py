"""The lecture's deep belief net, and the seven claims that its paper makes for it, on the embedded digits.

Hinton, Osindero & Teh 2006, *A fast learning algorithm for deep belief nets*; `scripts/hinton2006.py` has the net of
the paper itself. Errors here are on images that were held out, and what fails to hold on so few is told like the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn import figures
from dbn.comparison import mind
from dbn.comparison.metrics import error_percent, predictions
from dbn.comparison.mind import Dreams
from dbn.comparison.samples import Agreement
from dbn.comparison.study import labelled
from dbn.data import load
from dbn.data.dataset import Dataset, Split
from dbn.data.intensity import mean_visible
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.logistic import Logistic, LogisticConfig
from dbn.discriminative.network import Network
from dbn.generative import contrastive
from dbn.generative.cd_config import CDConfig
from dbn.generative.classify import by_one_pass
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.sampling import class_samples
from dbn.generative.theory import demonstrate
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.ops.numpy import Array, Rng
from dbn.training.loop import fitted

if TYPE_CHECKING:
    from dbn.comparison.one_unit import Shown

HELD_OUT, FEW = 666, 100
"""Images that judge, and labelled images for the second claim."""

SIZES = (200, 200, 500)
"""Hidden units."""

STEPS, PER_CLASS, SHOWN = 1000, 30, 10
"""Gibbs steps of a label-clamped chain, chains of each label, and how many are drawn, each by its last sample alone."""


@dataclass(frozen=True)
class Learned:
    """A net as the paper makes it, in all its stages.

    Attributes
    ----------
    digits : Dataset
        Its test images are those that were held out.
    after_one_epoch, greedy, final : DBN
        After one epoch a layer, after all of them, and after up-down.
    unlabelled : DBN
        After greedy learning without labels.
    judge : Network
        The layers of that one, fine-tuned by backprop: it says what samples of the others show.
    """

    digits: Dataset
    after_one_epoch: DBN
    greedy: DBN
    final: DBN
    unlabelled: DBN
    judge: Network


@lru_cache(maxsize=1)
def learn(seed: int, quick: bool) -> Learned:
    """Let the net learn; both rows look at the same one."""
    digits = load("mnist-5k").hold_out(HELD_OUT)
    epochs = 2 if quick else 20

    def stacked(epochs: int, labels: bool = True) -> DBN:
        layers = (CDConfig(epochs=epochs, learning_rate="0.1>0"),) * 3
        config = GreedyConfig(hidden=SIZES, layers=layers, batch_size=20, labels=labels)
        net: DBN = fitted(Greedy(config, digits.train, digits.image_shape, digits.n_classes, seed))
        return net

    greedy = stacked(epochs)
    config = UpDownConfig(
        epochs=2 if quick else 24, learning_rate="0.1>0", k="1,5@18", persistent=True, restart="0.01>0",
        averaging=0.99, batch_size=20,
    )  # fmt: skip
    final = fitted(UpDown(config, greedy, digits.train, seed))
    unlabelled = stacked(epochs, labels=False)
    start = Network.from_layers(unlabelled.recognition_layers(), SIZES[-1], digits.n_classes)
    return Learned(digits, stacked(1), greedy, final, unlabelled, _network(digits.train, start, seed, quick))


def deep_belief_net(seed: int, quick: bool) -> Shown:
    """Learn greedily, then by up-down; show the theory by enumeration, and what the memory has in mind."""
    found = learn(seed, quick)
    theory = demonstrate(seed, depth=10 if quick else 50, steps=(100, 50) if quick else (2000, 1000))
    dreams = Dreams(steps=(200,), lines=50)
    errors = {
        name: _error(net, found.digits.test)
        for name, net in (("greedy", found.greedy), ("up-down", found.final), ("judge", found.judge))
    }
    agreement, clamped = _clamped(found, 50 if quick else STEPS, seed)
    ridges = mind.ridge_heights(found.final, found.digits, dreams, seed)
    causes = theory["explaining_away"]
    measured = {
        "validation_images": HELD_OUT,
        "validation_error_percent": errors,
        "label_clamped_samples": agreement,
        "explaining_away": causes,
        "ridge_heights_nats": ridges,
    }
    said = (
        f"784-{'-'.join(map(str, SIZES))} with 10 labels, wrong of held-out embedded digits: {errors['greedy']:.1f} % "
        f"after greedy learning, {errors['up-down']:.1f} % after up-down; of {agreement['samples']} samples, each from "
        f"{agreement['gibbs_steps']:,} Gibbs steps with the label clamped, {agreement['percent']:.1f} % show it to a "
        f"network fine-tuned by backprop ({errors['judge']:.1f} % wrong), of the worst label "
        f"{min(agreement['class_percent']):.0f} %; ridges between classes are "
        f"{ridges['between classes']:.0f} nats high, within {ridges['within a class']:.0f}; explaining away: "
        f"p(cause) {causes['given_the_effect']:.2f} given the effect, {causes['given_the_other_cause']:.5f} given the "
        "other cause too"
    )
    return (
        said,
        measured,
        {
            "deep-net-theory": figures.theory(**theory),
            "deep-net-samples": figures.class_samples(
                clamped[:, :SHOWN],
                found.final.image_shape,
                f"Label clamped: chains after {agreement['gibbs_steps']:,} Gibbs steps",
            ),
            "deep-net-completions": mind.draw_completions(
                found.final, found.digits, SHOWN, Rng(seed, "lecture/completions")
            ),
            "deep-net-ravines": mind.draw_ravines(found.final, found.digits, dreams, seed),
        },
    )


def _clamped(found: Learned, steps: int, seed: int) -> tuple[dict[str, Any], Array]:
    """Sample with each label clamped, and ask the judge: its answers, and samples (n_classes, chains, pixels)."""
    clamped = class_samples(found.final, PER_CLASS, steps, Rng(seed, "lecture/samples"))
    right = [(predictions(found.judge.predict, of) == label).sum() for label, of in enumerate(clamped)]
    agreement = Agreement((steps,), np.array([right]), PER_CLASS)
    told = {"gibbs_steps": steps, "samples": len(clamped) * PER_CLASS, "percent": float(agreement.percent()[0])}
    more = {"interval_percent": agreement.intervals(), "class_percent": agreement.class_percent()}
    return told | {name: found[0].tolist() for name, found in more.items()}, clamped


def seven_claims(seed: int, quick: bool) -> Shown:
    """Measure each of the seven claims on the net of row 8."""
    found = learn(seed, quick)
    digits, net = found.digits, found.final
    test, images = digits.test, mean_visible(digits.test.images, "real")
    logistic = _logistic(digits.train, seed, penalty=0.01)
    random = Network.random((784, *SIZES, 10), Rng(seed, "lecture/deep"))
    network = _network(digits.train, random, seed, quick)
    rows = labelled(digits.train, FEW, digits.n_classes, seed)
    features = {
        part: Split(predictions(found.unlabelled.up_pass, split.images), split.labels)
        for part, split in (("few", digits.train[rows]), ("test", test))
    }
    codes = net.top.mean_h_from_v(_without_label(net, images)) > 0.5
    local = _largest_change_by_strangers(net, digits.train, seed)
    measured = {
        "1 fast greedy learning": {
            "error_percent_after_one_epoch_a_layer": _error(found.after_one_epoch, test),
            "error_percent_after_all": _error(found.greedy, test),
        },
        "2 unsupervised, and usable with labels": {
            "labelled_images": FEW,
            "error_percent_of_pixels": _error(_logistic(digits.train[rows], seed, penalty=0.1), test),
            "error_percent_of_unsupervised_features": _error(
                _logistic(features["few"], seed, penalty=0.1), features["test"]
            ),
        },
        "3 fine-tuning that beats discriminative learners": {
            "error_percent": _error(net, test),
            "error_percent_of_a_network_from_random_weights": _error(network, test),
            "error_percent_of_logistic_regression": _error(logistic, test),
        },
        "4 distributed representations that can be interpreted": {
            "share_of_top_units_on": float(codes.mean()),
            "distinct_codes": len(np.unique(codes, axis=0)),
            "images": len(images),
        },
        "5 fast inference": {
            "matrix_products": len(net.layers),
            "mean_squared_error_of_reconstructions": float(((net.reconstruct(images) - images) ** 2).mean()),
        },
        "6 local learning": {"largest_change_of_an_update_by_other_units": local},
        "7 simple communication": {
            "bits_an_image": sum(net.sizes[1:-1]),
            "error_percent_by_bits": error_percent(
                by_one_pass(net, images, Rng(seed, "lecture/one-pass")), test.labels
            ),
            "error_percent_by_probabilities": _error(net, test),
        },
    }
    fast, labels, best, codes_, inference, _, bits = measured.values()
    said = (
        f"1 fast: {fast['error_percent_after_one_epoch_a_layer']:.1f} % wrong after one epoch a layer; 2 unsupervised: "
        f"{labels['error_percent_of_unsupervised_features']:.1f} % with {FEW} labels, pixels "
        f"{labels['error_percent_of_pixels']:.1f} %; 3 fine-tuned: {best['error_percent']:.1f} %, a network from "
        f"random weights {best['error_percent_of_a_network_from_random_weights']:.1f} %, logistic regression "
        f"{best['error_percent_of_logistic_regression']:.1f} %; 4 distributed: {codes_['distinct_codes']} codes of "
        f"{codes_['images']} images; 5 inference by {inference['matrix_products']} matrix products; 6 local: an update "
        f"changes by {local:.0e} at most when all other units change; 7 by {bits['bits_an_image']} bits an image "
        f"{bits['error_percent_by_bits']:.1f} % wrong, by probabilities {bits['error_percent_by_probabilities']:.1f} %"
    )
    fields = figures.receptive_fields(net.recognition_layers()[0][0], net.image_shape)
    return said, measured, {"deep-net-receptive-fields": fields}


def _error(model: DBN | Network, data: Split) -> float:
    return error_percent(predictions(model.predict, data.images), data.labels)


def _logistic(data: Split, seed: int, penalty: float) -> Network:
    net: Network = fitted(Logistic(LogisticConfig(penalties=(penalty,)), data, 10, seed))
    return net


def _network(data: Split, start: Network, seed: int, quick: bool) -> Network:
    """A network fine-tuned by backprop, with dropout as in `dbn compare`."""
    config = BackpropConfig(epochs=2 if quick else 20, batch_size=20, learning_rate="0.1>0", dropout=0.2)
    net: Network = fitted(Backprop(config, start, data, seed))
    return net


def _without_label(net: DBN, images: Array) -> Array:
    """What the memory sees of images (n, pixels) whose label is not told: (n, visible units)."""
    units = net.up_pass(images)
    return np.concatenate([np.zeros((len(units), net.n_classes), units.dtype), units], axis=1)


def _largest_change_by_strangers(net: DBN, data: Split, seed: int) -> float:
    """How much the contrastive update of a weight depends on units that it does not join, at most.

    Half of the units on both sides of the memory take the states of other images; the weights between the other
    halves are looked at.
    """
    v = _without_label(net, mean_visible(data.images[:100], "real"))
    v_k, p_k = contrastive.chain(net.top, v, 1, Rng(seed, "lecture/local"), bernoulli_means=True)
    p = net.top.mean_h_from_v(v)
    before = contrastive.gradient(v, p, v_k, p_k)[0]
    low, high = v.shape[1] // 2, p.shape[1] // 2
    strange = [
        np.concatenate([a[:, :half], a[::-1, half:]], axis=1)
        for a, half in ((v, low), (p, high), (v_k, low), (p_k, high))
    ]
    after = contrastive.gradient(*strange)[0]
    return float(np.abs(after - before)[:low, :high].max())
