"""What array libraries disagree on. One module per library, the same names in each, nothing else."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from dbn.ops import numpy


def of(array: Any) -> Any:
    """Return the engine of an array: the module whose functions take it.

    PyTorch is looked at only if it is there already, since nothing else makes a tensor.

    >>> of(np.zeros(2)).__name__
    'dbn.ops.numpy'
    """
    return on("torch") if _is_tensor(array) else numpy


def on(device: str) -> Any:
    """Return the engine that computes on a device, importing PyTorch for all but ``"cpu"``; ImportError without it.

    >>> on("cpu").devices()
    ('cpu',)
    """
    if device == "cpu":
        return numpy
    from dbn.ops import torch

    return torch


def is_array(thing: Any) -> bool:
    """Whether anything is an array of any of the libraries.

    >>> is_array(np.zeros(2)), is_array([0.0, 0.0])
    (True, False)
    """
    return isinstance(thing, np.ndarray) or _is_tensor(thing)


def _is_tensor(thing: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(thing, torch.Tensor)
