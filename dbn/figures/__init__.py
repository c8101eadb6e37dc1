"""Figures: functions from arrays to a matplotlib Figure. They never train, and they never write.

`dbn.images.save_figure` writes one to a file.
"""

from dbn.figures.curves import compare_learning_curves, learning_curves
from dbn.figures.memory import completions, film_strip, ravines
from dbn.figures.pictures import chain, class_samples, close_calls, errors, reconstructions
from dbn.figures.sampled import agreement, nearest_distances, spread
from dbn.figures.scores import confusion_matrices, confusion_matrix, error_bars
from dbn.figures.theorems import theory
from dbn.figures.weights import hidden_activity, receptive_fields, weight_histograms

__all__ = [
    "agreement",
    "chain",
    "class_samples",
    "close_calls",
    "compare_learning_curves",
    "completions",
    "confusion_matrices",
    "confusion_matrix",
    "error_bars",
    "errors",
    "film_strip",
    "hidden_activity",
    "learning_curves",
    "nearest_distances",
    "ravines",
    "receptive_fields",
    "reconstructions",
    "spread",
    "theory",
    "weight_histograms",
]
