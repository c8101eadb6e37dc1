"""What a person sees of a long run: a progress bar on a terminal, and metrics as JSON lines."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dbn.errors import DbnError


class Progress:
    """Shows runs and logs the metrics of every epoch.

    Parameters
    ----------
    log : Path, optional
        A file that gets one JSON object a line, one line an epoch.
    bar : bool
        Whether to draw a bar on standard error; even then only if that is a terminal.
    """

    def __init__(self, log: Path | None = None, *, bar: bool = False) -> None:
        self._log = log
        self._bar = bar

    def begin_log(self, history: Iterable[Mapping[str, float]]) -> None:
        """Write the log anew with the epochs that a resumed run has behind it."""
        if self._log:
            self._write("w", history)

    def shown(self, name: str, total: int) -> Any:
        """Return a bar over `total` mini-batches, to be used as a context."""
        return tqdm(total=total, desc=name, unit="batch", disable=None if self._bar else True, dynamic_ncols=True)

    def report(self, bar: Any, row: Mapping[str, float]) -> None:
        """Show and log the metrics of a finished epoch."""
        shown = [name for name in row if name not in {"epoch", "seconds", "layer"}][:3]
        bar.set_postfix({name: f"{row[name]:.4g}" for name in shown})
        if self._log:
            self._write("a", [row])

    def _write(self, mode: str, rows: Iterable[Mapping[str, float]]) -> None:
        if self._log is None:
            return
        try:
            with self._log.open(mode) as file:
                for row in rows:  # NaN, "not measured", is no JSON
                    file.write(json.dumps({k: v if math.isfinite(v) else None for k, v in row.items()}) + "\n")
        except OSError as error:
            raise DbnError(f"cannot write metrics to {self._log}: {error.strerror}; choose another file") from error
