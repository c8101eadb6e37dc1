"""What the bench measured before in the same folder: it stays, apart from the cases that are measured anew."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbn.comparison.bench.measure import Row
from dbn.errors import DbnError

MACHINE = "system", "processor", "cores"
"""What must be the same of the environment, so that times can stand in one table."""

OF_A_RUN = "environment", "threads", "load_average"
"""What a summary says of a whole run."""


@dataclass(frozen=True)
class Earlier:
    """Rows, and what each command was run with.

    Parameters
    ----------
    rows : list of Row
        Case by case.
    runs : dict of command to dict
        The entries of `OF_A_RUN`.
    """

    rows: list[Row] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def without(self, cases: Iterable[str], command: str) -> Earlier:
        """Return what stays when `command` measures `cases` anew.

        >>> row = Row("ais", "dbn", 0, 100, (500,), 2, 3, 1.5, (1.25, 1.75), 1.2, (1.1, 1.3), 10**9, command="first")
        >>> found = Earlier([row], {"first": {"threads": 2}})
        >>> found.without(["greedy"], "second") == found, found.without(["ais"], "second")
        (True, Earlier(rows=[], runs={}))
        """
        measured = set(cases)
        rows = [row for row in self.rows if row.case not in measured and row.command != command]
        commands = {row.command for row in rows}
        return Earlier(rows, {name: run for name, run in self.runs.items() if name in commands})


def earlier(folder: Path, environment: Mapping[str, str]) -> Earlier:
    """Read the summary that a folder has; nothing if it has none.

    Parameters
    ----------
    folder : Path
        Of results.
    environment : mapping
        Where the rows will be continued.

    Raises
    ------
    DbnError
        If the file is no summary of the bench, or was measured on another machine.
    """
    path = folder / "summary.json"
    if not path.exists():
        return Earlier()
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
        rows = [_row(row) for row in summary["rows"]]
        runs = {summary["command"]: {name: summary[name] for name in OF_A_RUN}, **summary["earlier"]}
        there = [summary["environment"].get(name) for name in MACHINE]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DbnError(
            f"{path} is no summary of this bench ({type(error).__name__}); give another folder with --output"
        ) from error
    here = [environment[name] for name in MACHINE]
    if there != here:
        raise DbnError(
            f"{path} was measured on another machine ({', '.join(map(str, there))} cores; this one is "
            f"{', '.join(here)} cores); give another folder with --output"
        )
    return Earlier(rows, runs)


def _row(values: Mapping[str, Any]) -> Row:
    parts: dict[str, Any] = {k: tuple(value) if isinstance(value, list) else value for k, value in values.items()}
    return Row(**parts)
