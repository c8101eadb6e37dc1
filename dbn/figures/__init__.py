"""Figures: functions from arrays to a matplotlib Figure. They never train, and they never write.

`dbn.images.save_figure` writes one to a file.
"""

from dbn.figures.curves import compare_learning_curves, learning_curves
from dbn.figures.likelihoods import likelihood_curves
from dbn.figures.memory import completions, film_strip, ravines
from dbn.figures.one_unit import perceptrons, posterior, unit_curves
from dbn.figures.pictures import class_samples, close_calls, errors, gallery, reconstructions
from dbn.figures.sampled import agreement, nearest_distances, spread
from dbn.figures.scores import confusion_matrices, confusion_matrix, error_bars
from dbn.figures.speed import growth, ratios
from dbn.figures.theorems import theory
from dbn.figures.three_layers import jumps
from dbn.figures.two_layers import approximations, boolean_sizes, on_line_curves, xor
from dbn.figures.weights import hidden_activity, receptive_fields, weight_histograms

__all__ = [
    "agreement",
    "approximations",
    "boolean_sizes",
    "class_samples",
    "close_calls",
    "compare_learning_curves",
    "completions",
    "confusion_matrices",
    "confusion_matrix",
    "error_bars",
    "errors",
    "film_strip",
    "gallery",
    "growth",
    "hidden_activity",
    "jumps",
    "learning_curves",
    "likelihood_curves",
    "nearest_distances",
    "on_line_curves",
    "perceptrons",
    "posterior",
    "ratios",
    "ravines",
    "receptive_fields",
    "reconstructions",
    "spread",
    "theory",
    "unit_curves",
    "weight_histograms",
    "xor",
]
