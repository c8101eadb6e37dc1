"""The options of a run as a file tells them, when the file is older than some of the options."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields, is_dataclass
from typing import Any

import numpy as np


def plain(options: dict[str, Any]) -> dict[str, Any]:
    """Return options as a file gives them back: Python's numbers in the place of NumPy's, and lists in that of tuples.

    >>> plain({"hidden": (np.int64(30),)})
    {'hidden': [30]}
    """
    result: dict[str, Any] = json.loads(json.dumps(options, default=np.generic.item))
    return result


def completed(stored: Any, config: Any) -> Any:
    """Return options as stored, and those that the file does not know yet at their defaults.

    The rule that lets a run go on with a newer version: a new option's default is what was done before there was
    that option, and a number that has become a schedule is the schedule that never changes. It holds for configs
    within configs too.

    Parameters
    ----------
    stored
        A config as JSON values.
    config : dataclass
        A config of the same class, which says what options there are now.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Config:
    ...     epochs: int = 30
    ...     sizes: tuple[int, ...] = (3, 4)
    ...     rate: str = "0.1>0"
    >>> completed({"epochs": 5, "rate": 0.2, "start": "ab"}, Config())
    {'sizes': [3, 4], 'epochs': 5, 'rate': '0.2', 'start': 'ab'}
    """
    if isinstance(stored, dict) and is_dataclass(config) and not isinstance(config, type):
        missing = [field for field in fields(config) if field.name not in stored and field.default is not MISSING]
        defaults = {field.name: json.loads(json.dumps(field.default, default=asdict)) for field in missing}
        return {**defaults, **{name: completed(value, getattr(config, name, None)) for name, value in stored.items()}}
    if isinstance(stored, list) and isinstance(config, tuple) and len(stored) == len(config):
        return [completed(value, part) for value, part in zip(stored, config, strict=True)]
    number = isinstance(stored, (int, float)) and not isinstance(stored, bool)
    return repr(stored).removesuffix(".0") if number and isinstance(config, str) else stored
