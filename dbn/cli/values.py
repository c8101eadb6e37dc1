"""Several numbers in one option: how they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dbn.cli.options import counted
from dbn.errors import DbnError

DIGITS = 9
"""Whole numbers of more are slips of the pen."""


def per_layer(text: str, n_layers: int, option: str, read: Callable[[str], Any]) -> list[Any]:
    """Read one value for all layers, two (for those below, and for the top), or one for each, between slashes.

    >>> per_layer("30/50", 3, "--epochs", int)
    [30, 30, 50]
    """
    texts = text.split("/")
    try:
        values = [read(part) for part in texts]
    except ValueError:
        kind = "whole numbers" if read is int else "numbers"
        raise DbnError(f"{option} takes {kind}, with slashes between those of the layers, not {text!r}") from None
    if len(values) not in {1, min(2, n_layers), n_layers}:
        raise DbnError(
            f"{option} {text} has {len(values)} values for {counted(n_layers, 'layer')}; give one, one for each layer, "
            "or two: for the layers below and for the top"
        )
    return values[:1] * (n_layers - 1) + values[-1:] if len(values) <= 2 else values


def whole_numbers(values: Sequence[str], option: str) -> list[int]:
    """Read whole numbers ≥ 1.

    >>> whole_numbers(["500", "2000"], "--hidden")
    [500, 2000]
    """
    for value in values:
        if not value.strip().isdecimal() or len(value) > DIGITS or int(value) < 1:
            most = f", of {DIGITS} digits at most" if len(value) > DIGITS else ""
            raise DbnError(f"{option} takes whole numbers from 1{most}, not {value!r:.40}")
    return [int(value) for value in values]
