"""What a person sees of a long run: a progress bar on a terminal, and metrics as JSON lines."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any

from tqdm import tqdm

from dbn import atomic
from dbn.errors import DbnError

LINE = "{desc} {percentage:.0f}%|{bar}| {remaining} left{postfix}, {rate_fmt}"
"""A run on a terminal. What does not fit into its width is cut off at the end."""

BESIDE = (
    "nats {validation_nats_ais:.1f}/{validation_nats_reverse_ais:.1f}",
    "gap {free_energy_gap:.1f}",
    "val {validation_error_percent:.3g} %",
    "rec {reconstruction_error:.2g}",
    "loss {loss:.3g}",
    "val loss {validation_loss:.3g}",
    "train {train_error_percent:.3g} %",
    "dreams {recognition_error:.2g}",
    "penalty {penalty:g}",
    "smoothing {smoothing:g}",
)
"""What stands beside the bar, if it was measured; first what says most. The other metrics are for the log and figures.

A gap is one of free energies; nats are validation log-likelihoods, or bounds on them, by AIS and by reverse AIS.
"""


class Bar(tqdm):  # type: ignore[misc]  # tqdm has no types
    """A bar of one process. Tqdm's own lock is a semaphore for several, which leaks from a worker that is stopped."""


Bar.set_lock(RLock())


class LogError(DbnError):
    """The metrics of an epoch cannot be written; the epoch itself is whole."""


class Progress:
    """Shows runs and logs the metrics of every epoch.

    Parameters
    ----------
    log : str or Path, optional
        A file that gets one JSON object a line, one line an epoch.
    bar : bool
        Whether to draw a bar on standard error; even then only if that is a terminal.
    """

    def __init__(self, log: str | Path | None = None, *, bar: bool = False) -> None:
        self._log = Path(log) if log is not None else None
        self._bar = bar
        self._layer: float | None = None
        self._latest: dict[str, float] = {}

    def begin_log(self, history: Sequence[Mapping[str, float]], *, overwrite: bool = False) -> None:
        """Write the log anew with the epochs that a resumed run, `history`, has behind it.

        Raises
        ------
        DbnError
            If the file that they would replace does not have these epochs, as far as it goes, unless `overwrite`
            allows that.
        """
        if self._log and not overwrite and self._log.is_file() and not _tells(self._log, history):
            raise DbnError(f"{self._log} is not the log of this run; give another --log")
        if self._log:
            atomic.write(self._log, "".join(map(_line, history)).encode())

    def shown(self, name: str, total: int, unit: str = "batch") -> Any:
        """Return a bar over so many mini-batches, or other units, to be used as a context."""
        disable = None if self._bar else True
        return Bar(total=total, desc=name, unit=unit, disable=disable, dynamic_ncols=True, bar_format=LINE)

    def report(self, bar: Any, row: Mapping[str, float]) -> None:
        """Show and log the metrics of a finished epoch; of a layer, what only some epochs measure stays in sight."""
        if row.get("layer") != self._layer:
            self._layer, self._latest = row.get("layer"), {}
        self._latest |= row
        bar.set_postfix_str(beside(self._latest))
        if self._log:
            try:
                with self._log.open("a") as file:
                    file.write(_line(row))
            except OSError as error:
                raise LogError(f"cannot write metrics to {self._log}: {error.strerror}; choose another file") from error


def beside(metrics: Mapping[str, float]) -> str:
    """Say in short what was measured.

    >>> beside({"loss": 0.25, "validation_error_percent": 3.14, "epoch": 7, "free_energy_gap": 2.5})
    'gap 2.5, val 3.14 %, loss 0.25'
    """
    shown = []
    for form in BESIDE:
        with suppress(KeyError):
            shown.append(form.format_map(metrics))
    return ", ".join(shown)


def _tells(log: Path, history: Sequence[Mapping[str, float]]) -> bool:
    """Whether a log has the epochs of a history, as far as both go, if there is any; its last line may be cut off."""
    try:
        *lines, rest = log.read_text(encoding="utf-8").split("\n")
        there = [_measured(json.loads(line)) for line in lines]
    except (ValueError, TypeError, AttributeError):
        return False
    pairs = zip(there, map(_measured, history), strict=False)
    return all(a == b for a, b in pairs) and bool(history or not there) and (not rest or rest.startswith('{"epoch"'))


def _measured(row: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in row.items() if value is not None and math.isfinite(value)}


def _line(row: Mapping[str, float]) -> str:
    # NaN, "not measured", is no JSON
    return json.dumps({name: value if math.isfinite(value) else None for name, value in row.items()}) + "\n"
