"""The lecture's generative and discriminative models of one form: naive Bayes beside logistic regression."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from dbn import figures
from dbn.comparison.metrics import error_percent, interval_percent, predictions
from dbn.comparison.significance import mcnemar
from dbn.data import load
from dbn.discriminative.logistic import Logistic, LogisticConfig
from dbn.generative.smoothing import NaiveBayesConfig, NaiveBayesFit
from dbn.ops.numpy import Rng
from dbn.training.loop import fitted

if TYPE_CHECKING:
    from dbn.comparison.one_unit import Shown

SAMPLES = 10
"""Of each class."""


def naive_bayes_and_logistic_regression(seed: int, quick: bool) -> Shown:
    """Fit both to the embedded digits, and let the generative one draw some."""
    digits = load("mnist-5k")
    parts = digits.hold_out(666)
    generative = fitted(NaiveBayesFit(NaiveBayesConfig(held_out=666), parts.train, digits.n_classes))
    config = LogisticConfig(held_out=666, rounds=1 if quick else 10, iterations=5 if quick else 50)
    discriminative = fitted(Logistic(config, parts.train, digits.n_classes, seed))
    truth = parts.test.labels
    first, second = "naive Bayes", "logistic regression"
    guesses = {
        first: predictions(generative.predict, parts.test.images),
        second: predictions(discriminative.predict, parts.test.images),
    }
    errors = {name: error_percent(found, truth) for name, found in guesses.items()}
    measured = {
        "validation_images": len(truth),
        "validation_error_percent": errors,
        "interval_percent": {
            name: list(interval_percent(int((found != truth).sum()), len(truth))) for name, found in guesses.items()
        },
        "mcnemar": asdict(mcnemar(first, guesses[first], second, guesses[second], truth)),
    }
    labels = np.repeat(np.arange(digits.n_classes), SAMPLES)
    drawn = generative.sample(labels, Rng(seed, "lecture/twins")).reshape(digits.n_classes, SAMPLES, -1)
    found = "wrong of held-out embedded digits: " + ", ".join(f"{name} {error:.1f} %" for name, error in errors.items())
    samples = figures.class_samples(drawn, digits.image_shape, "Samples of each class, pixel by pixel")
    return f"{found}; only naive Bayes can draw digits, pixel by pixel", measured, {"naive-bayes-samples": samples}
