"""The engines side by side: devices to compute on, and the numbers of one stream handed to both."""

from typing import Any

import pytest

from dbn import ops
from dbn.ops import numpy
from dbn.ops.numpy import Rng
from dbn.training.device import moved

torch = pytest.importorskip("torch")
engine = ops.on("torch")

DEVICES = ["torch", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))]
"""Of PyTorch: the CPU, and a GPU where there is one."""


def replay(seed: int, name: str, device: str) -> Rng:
    """A stream of the PyTorch engine that draws the numbers, and the choices, of NumPy's stream."""

    class Replay(engine.Rng):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__(seed, name, device)
            self.source = numpy.Rng(seed, name)

        def uniform(self, shape: tuple[int, ...]) -> Any:
            return engine.from_numpy(self.source.uniform(tuple(shape)), device)

        def normal(self, shape: tuple[int, ...]) -> Any:
            return engine.from_numpy(self.source.normal(tuple(shape)), device)

        def categorical(self, a: Any) -> Any:
            return a.copy_(engine.from_numpy(self.source.categorical(engine.to_numpy(a).copy()), device))

    return Replay()  # type: ignore[no-any-return]


def replayed(node: Any, seed: int, device: str) -> Any:
    """A state on a device, with its streams replaying NumPy's; all of them begin anew, each from its field's name."""
    there = moved(node, device)
    for name, part in vars(node).items():
        if isinstance(part, Rng):
            setattr(node, name, Rng(seed, name))
            setattr(there, name, replay(seed, name, device))
    return there
