"""The learning rate with which the squared error learns, from how active a net is under its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbn.data.intensity import mean_visible
from dbn.discriminative.network import Network

if TYPE_CHECKING:
    from dbn.data.dataset import Pixels

SQUARED_ERROR_RATE, MOST = 20.0, 1.0
"""The first learning rate for the squared error, times the mean ‖h‖² of the activities h under the output; at most 1.

Its outputs begin at 1/2, and the targets are 0 for all classes but one. A step moves an output's total input by the
rate times ‖h‖²; one that goes too far ends where the slope of a sigmoid is 0, and nothing is learned. Chosen on the
last 666 images of mnist-5k, for sigmoid, tanh, rectified and softplus units, 30 to 2000 of them under the output.
"""
LOOKED_AT = 1000  # images that ‖h‖² is the mean of


def squared_error_rate(start: Network, images: Pixels) -> str:
    """The learning rate of a net with sigmoid outputs from its activities for the first of `images` (n, pixels).

    >>> import numpy as np
    >>> squared_error_rate(Network((np.eye(2),), (np.zeros(2),), ("sigmoid",)), np.array([[8.0, 4.0], [4.0, 8.0]]))
    '0.25>0'
    """
    h = start.forward(mean_visible(images[:LOOKED_AT], "real"))[0][-1]
    return f"{min(MOST, SQUARED_ERROR_RATE / max(1.0, float((h * h).sum(axis=1).mean()))):.2g}>0"
