"""Hyper-parameters that change while a run goes on, written as short texts that a config can store."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral
from typing import Any, TypeAlias

from dbn.errors import DbnError

Numbers: TypeAlias = dict[str, Any]
"""What schedules say at one moment, by name: floats, or on a device arrays of no dimension. See `Learner.moment`."""

MOST_RATE, MOST_MOMENTUM = 100.0, 0.9999
"""Larger rates are slips of the pen: nothing learns at such. At a momentum of 1 velocities would never decay."""

_NUMBER = r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?"
_STEP = re.compile(rf"({_NUMBER})(?:@(\d+))?")
_RAMP = re.compile(rf"({_NUMBER})>({_NUMBER})(?:@(\d+))?")


@dataclass(frozen=True)
class Schedule:
    """A value for every moment of a run.

    Parameters
    ----------
    text : str
        ``"0.1"``: always 0.1. ``"0.5,0.9@5"``: 0.5 for 5 epochs, then 0.9. ``"0.1>0"``: linearly from 0.1 to 0 over
        the run. ``"0.1>0@15"``: 0.1 for 15 epochs, then linearly to 0 at the end of the run.

    Raises
    ------
    DbnError
        If it is none of these texts.

    >>> Schedule("0.5,0.9@5")(4.9, epochs=30), Schedule("0.5,0.9@5")(5.0, epochs=30)
    (0.5, 0.9)
    >>> Schedule("0.1>0@10")(15.0, epochs=20)
    0.05
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise DbnError(f"a schedule is a text such as '0.1', and {self.text!r} is none; put it in quotes")
        _read(self.text)  # a bad text is refused where it is written, not in the middle of a run

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest value of the whole run.

        >>> Schedule("0.1>0").bounds
        (0.0, 0.1)
        """
        points, last = _read(self.text)
        values = [value for _, value in points] + ([] if last is None else [last])
        return min(values), max(values)

    def check(self, name: str, least: float, most: float) -> None:
        """Refuse a schedule that ever leaves [least, most].

        >>> Schedule("0.5,1.5@5").check("momentum", 0, 1)
        Traceback (most recent call last):
        ...
        dbn.errors.DbnError: momentum must lie between 0 and 1, and the schedule '0.5,1.5@5' does not
        """
        low, high = self.bounds
        if low < least or high > most:
            raise DbnError(f"{name} must lie between {least:g} and {most:g}, and the schedule {self.text!r} does not")

    def __call__(self, epoch: float, epochs: int) -> float:
        """Return the value at `epoch`, which may be a fraction, of a run of `epochs`."""
        points, last = _read(self.text)
        if last is None:
            return [value for start, value in points if start <= epoch][-1]
        start, first = points[0]
        share = min(max((epoch - start) / max(epochs - start, 1e-9), 0.0), 1.0)
        return first + (last - first) * share


@lru_cache(maxsize=1024)  # every update reads its schedules again
def _read(text: str) -> tuple[tuple[tuple[float, float], ...], float | None]:
    """(epoch, value) of each step, and None; or of the one start of a ramp, and its last value."""
    if (ramp := _RAMP.fullmatch(text)) and math.isfinite(float(ramp[1]) + float(ramp[2])):
        return ((float(ramp[3] or 0), float(ramp[1])),), float(ramp[2])
    steps = [_STEP.fullmatch(part) for part in text.split(",")]
    points = tuple((float(step[2] or 0), float(step[1])) for step in steps if step)
    starts = [start for start, _ in points]
    finite = all(math.isfinite(value) for _, value in points)
    if len(points) < len(steps) or not finite or starts[0] != 0 or starts != sorted(set(starts)):
        raise DbnError(
            f"cannot read the schedule {text!r}; write for example 0.1, 0.5,0.9@5 (0.9 after 5 epochs) "
            "or 0.1>0@15 (linearly to 0 after 15 epochs)"
        )
    return points, None


def check_whole(name: str, value: Any, least: int, most: float = math.inf) -> None:
    """Refuse what is no whole number from `least` to `most`; DbnError.

    >>> check_whole("epochs", 2.5, 1)
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: epochs must be a whole number of at least 1, not 2.5
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or not least <= int(value) <= most:
        bounds = f"of at least {least}" if most == math.inf else f"from {least} to {most:,}"
        raise DbnError(f"{name} must be a whole number {bounds}, not {value!r}")
