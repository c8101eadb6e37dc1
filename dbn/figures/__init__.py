"""Figures: functions from arrays to a matplotlib Figure. They never train, and they never write.

`dbn.images.save_figure` writes one to a file.
"""

from dbn.figures.curves import compare_learning_curves, learning_curves
from dbn.figures.pictures import chain, class_samples, close_calls, errors, reconstructions
from dbn.figures.scores import confusion_matrices, confusion_matrix, error_bars
from dbn.figures.theorems import theory
from dbn.figures.weights import hidden_activity, receptive_fields, weight_histograms

__all__ = [
    "chain",
    "class_samples",
    "close_calls",
    "compare_learning_curves",
    "confusion_matrices",
    "confusion_matrix",
    "error_bars",
    "errors",
    "hidden_activity",
    "learning_curves",
    "receptive_fields",
    "reconstructions",
    "theory",
    "weight_histograms",
]
