from __future__ import annotations

import numpy as np
import pytest

from dbn.comparison.evaluate import evaluate_model
from dbn.data import Split
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.rbm import RBM
from dbn.generative.units import Group

COPY = Network((10 * np.eye(2, dtype=np.float32),), (np.zeros(2, np.float32),))
"""Guesses the brighter of two pixels."""


def net(labels: bool) -> DBN:
    """One machine of two pixels and a hidden unit, all weights 0: it reconstructs σ(b) = 1/2 and 3/4."""
    b = np.array([0, np.log(3)])
    if not labels:
        return DBN((RBM(np.zeros((2, 1)), b, np.zeros(1), (Group("bernoulli", 2),)),), (1, 2))
    groups = (Group("softmax", 2), Group("bernoulli", 2))
    top = RBM(np.zeros((4, 1)), np.array([0.0, 1.0, *b]), np.zeros(1), groups)
    return DBN((top,), (1, 2))


DOTS = Split(np.array([[255, 0], [0, 255], [255, 0], [255, 0]], dtype=np.uint8), np.array([0, 1, 0, 1]))


def test_a_network_by_hand() -> None:
    measured = evaluate_model(COPY, DOTS)
    assert measured.keys() == {"error_percent", "interval_percent"}
    assert measured["error_percent"] == 25
    # Clopper and Pearson for 1 of 4: P(X ≥ 1) = 2.5 % at the lower bound, P(X ≤ 1) = 2.5 % at the upper
    low, high = (bound / 100 for bound in measured["interval_percent"])
    assert 1 - (1 - low) ** 4 == pytest.approx(0.025)
    assert (1 - high) ** 4 + 4 * high * (1 - high) ** 3 == pytest.approx(0.025)


def test_a_net_with_labels_by_hand() -> None:
    measured = evaluate_model(net(labels=True), DOTS)
    assert measured["error_percent"] == 50  # label 1, of the larger bias, for all
    squares = [0.5**2 + 0.75**2, 0.5**2 + 0.25**2, 0.5**2 + 0.75**2, 0.5**2 + 0.75**2]
    assert measured["image_reconstruction_error"] == pytest.approx(sum(squares) / 8)


def test_a_net_is_asked_by_every_method_if_wanted() -> None:
    once, again = (evaluate_model(net(labels=True), DOTS, methods_seed=3) for _ in range(2))
    methods = {"error_percent_by_one_pass", "error_percent_by_gibbs_sampling", "error_percent_by_mean_of_passes"}
    assert methods == once.keys() - evaluate_model(net(labels=True), DOTS).keys()
    assert {once[name] for name in methods} == {50}  # label 1, of the larger bias, for all
    assert once == again
    assert evaluate_model(COPY, DOTS, methods_seed=3) == evaluate_model(COPY, DOTS)
    assert evaluate_model(net(labels=False), DOTS, methods_seed=3).keys() == {"image_reconstruction_error"}


def test_a_net_without_labels_only_reconstructs() -> None:
    assert evaluate_model(net(labels=False), DOTS).keys() == {"image_reconstruction_error"}


def test_pixels_are_shown_as_in_training() -> None:
    grey = Split(np.array([[0.4, 0.3]], np.float32), np.array([0]))
    real, threshold = (evaluate_model(net(labels=False), grey, intensity) for intensity in ("real", "threshold"))
    assert real["image_reconstruction_error"] == pytest.approx((0.1**2 + 0.45**2) / 2)
    assert threshold["image_reconstruction_error"] == pytest.approx((0.5**2 + 0.75**2) / 2)
    sampled = evaluate_model(net(labels=False), grey, "sampled")
    assert sampled == real  # in the mean: looking draws nothing


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evaluate_model(net(labels=True), DOTS)
    monkeypatch.setattr("dbn.comparison.evaluate.BLOCK", 3)
    monkeypatch.setattr("dbn.comparison.metrics.BLOCK", 3)
    blocks = evaluate_model(net(labels=True), DOTS)
    assert blocks.pop("image_reconstruction_error") == pytest.approx(whole.pop("image_reconstruction_error"))
    assert blocks == whole


def test_what_does_not_fit_is_refused() -> None:
    wide = Split(np.zeros((1, 3), np.uint8), np.array([0]))
    with pytest.raises(DbnError, match="the model takes 2 pixels, these images have 3; use its own data set"):
        evaluate_model(COPY, wide)
    third = Split(np.zeros((1, 2), np.uint8), np.array([2]))
    with pytest.raises(DbnError, match="the model knows labels up to 1, not 2; use its own data set"):
        evaluate_model(COPY, third)
    evaluate_model(net(labels=False), third)  # it knows no labels, and needs none
