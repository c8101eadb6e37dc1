"""Where a run computes: NumPy on the CPU, or PyTorch, mostly on a GPU; and how states and data get there and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from dbn import ops
from dbn.data.streamed import Streamed
from dbn.errors import DbnError
from dbn.ops.numpy import Rng

T = TypeVar("T")

CHOICES = ("cpu", "cuda", "auto")
"""NumPy; PyTorch on a GPU; the GPU if there is one that PyTorch can use, and otherwise NumPy."""


def chosen(name: str) -> str:
    """Return the device that a name stands for: ``"cpu"``, ``"cuda"`` or ``"torch"``, which is PyTorch on the CPU.

    Parameters
    ----------
    name : str
        A device, or ``"auto"``.

    Raises
    ------
    DbnError
        If there is no such device, or not the PyTorch that it takes.

    >>> chosen("cpu")
    'cpu'
    """
    if name == "cpu":
        return name
    found = known()
    if name == "auto":
        return "cuda" if "cuda" in found else "cpu"
    if name not in {*CHOICES, "torch"}:
        raise DbnError(f"no device {name!r}; known are {', '.join(CHOICES)}")
    if name not in found:
        missing = "a GPU that PyTorch can use" if "torch" in found else "PyTorch; install it with dbn[torch]"
        raise DbnError(f"the device {name} needs {missing}, or compute on the cpu")
    return name


def known() -> tuple[str, ...]:
    """Name the devices that there are here; this imports PyTorch if it is installed.

    >>> known()[0]
    'cpu'
    """
    try:
        return (*ops.on("cpu").devices(), *ops.on("torch").devices())
    except ImportError:
        return ops.on("cpu").devices()  # type: ignore[no-any-return]


def moved(node: T, device: str) -> T:
    """Return a model, a state or data on a device; on the CPU, what is there already is shared and not copied.

    Weights and velocities stay the same numbers. A stream of random numbers goes on exactly where it was only on the
    same kind of device; elsewhere another one follows, always the same.

    Parameters
    ----------
    node : dataclass, tuple, list, mapping, array, Rng, or anything without these
        What to move.
    device : str
        As `chosen` gives it.

    Raises
    ------
    DbnError
        If streamed images shall leave the CPU.

    >>> import numpy as np
    >>> weights = np.zeros(2)
    >>> moved({"W": weights}, "cpu")["W"] is weights
    True
    """
    return cast(T, _moved(node, device))


def _moved(node: object, device: str) -> object:
    engine = ops.on(device)
    if isinstance(node, Rng):
        if device == "cpu" and type(node) is Rng:
            return node
        rng = engine.Rng(0, "moved", device)
        rng.state = node.state
        return rng
    if isinstance(node, Streamed) and device != "cpu":
        raise DbnError("streamed images are read by NumPy and learned from on the cpu; choose that device")
    if ops.is_array(node):
        return engine.from_numpy(ops.of(node).to_numpy(node), device)
    if is_dataclass(node) and not isinstance(node, type):
        changes = {field.name: _moved(getattr(node, field.name), device) for field in fields(node)}
        same = all(value is getattr(node, name) for name, value in changes.items())
        return node if same else replace(node, **changes)
    if isinstance(node, Mapping):
        return {name: _moved(child, device) for name, child in node.items()}
    if isinstance(node, (tuple, list)):
        children = [_moved(child, device) for child in node]
        same = all(new is old for new, old in zip(children, node, strict=True))
        return node if same else type(node)(children)
    return node
