"""What a run of the bench writes: summary.json, table.md and figures."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits

from dbn import atomic, figures
from dbn.comparison.bench import paper
from dbn.comparison.bench.cases import GROWTH, Case, family
from dbn.comparison.bench.earlier import earlier
from dbn.comparison.bench.findings import said, scaling, streaming
from dbn.comparison.bench.generated import files_for
from dbn.comparison.bench.measure import PRODUCTS, Row, measure
from dbn.comparison.bench.tables import compared, tabulated
from dbn.comparison.bench.worker import Program
from dbn.comparison.results import environment, write
from dbn.errors import DbnError
from dbn.images import save_figure


def _load() -> tuple[float, ...]:
    return os.getloadavg() if hasattr(os, "getloadavg") else (math.nan,) * 3  # Windows has none


def run(
    cases: Sequence[Case], programs: Sequence[Program], folder: Path, *, rounds: int, threads: int, command: str
) -> str:
    """Time `cases`, see `measure`, with those programs that are installed, and write the report to `folder`.

    Other cases that the folder has from before stay in the report, see `earlier`.

    Returns
    -------
    str
        The table.

    Raises
    ------
    DbnError
        If there is no round, a program dies, the folder cannot be written, or it has what another machine has measured.
    """
    if rounds < 1:
        raise DbnError(f"nothing is timed in {rounds} rounds; give at least 1 with --rounds")
    atomic.check_writable(folder / "summary.json")
    here = [program for program in programs if program.installed]
    with threadpool_limits(threads):
        found = environment()
    found |= {program.package: version(program.package.replace("sklearn", "scikit-learn")) for program in here}
    kept = earlier(folder, found).without([case.name for case in cases], command)
    before = _load()
    with files_for(cases, folder) as ready:
        every = [*kept.rows, *measure(ready, here, rounds, threads, command, say=print)]
    run = {"environment": found, "threads": threads, "load_average": {"before": before, "after": _load()}}
    models = {row.model for row in every}
    absent = [program.name for program in programs if not program.installed and program.name not in models]
    summary = {
        "study": "bench",
        "command": command,
        **run,
        "earlier": kept.runs,
        "absent": absent,
        "stream": streaming(every),
        "scaling": scaling(every),
        "rows": [row.as_json() for row in every],
    }
    table = "\n\n".join(filter(None, [compared(every), *said(every), tabulated(every, absent)]))
    if any(family(row.case) == "scaling" for row in every):
        on_paper = paper.bounds()
        summary["on_paper"] = [asdict(bound) for bound in on_paper]
        table += f"\n\n{paper.tabulated(on_paper)}"
    write(folder, summary, table, _origins(every, {**kept.runs, command: run}))
    for name, figure in drawn(every).items():
        save_figure(figure, folder / "figures" / f"{name}.png")
    return table


def drawn(rows: Sequence[Row]) -> dict[str, Figure]:
    """Draw what there are rows of: how time grows, and the other cases as multiples of their products."""
    panels: dict[str, list[dict[str, Any]]] = {}
    others = []
    for row in rows:
        grows = family(row.case)
        if grows in GROWTH:
            size = {"hidden": row.hidden[0], "images": row.images, "threads": row.threads}[grows]
            where = GROWTH[grows] if row.device == "cpu" else f"{GROWTH[grows]}, {row.device}"
            panels.setdefault(where, []).append({**row.as_json(), "size": size})
        elif row.model != PRODUCTS and grows not in ("stream", "scaling"):  # compared with memory, and one process
            others.append(row.as_json())
    made = {"ratios": figures.ratios(others)} if others else {}
    return {**made, "growth": figures.growth(panels)} if panels else made


def _origins(rows: Sequence[Row], runs: Mapping[str, Mapping[str, Any]]) -> str:
    """Say what was typed to measure which cases, and how busy the machine was."""
    lines = []
    for command, run in runs.items():
        cases = ", ".join(dict.fromkeys(row.case for row in rows if row.command == command))
        load = " / ".join(f"{value:.1f}" for value in run["load_average"]["before"])
        lines.append(f"`{command}`: {cases}. Load average of the machine at the beginning: {load} (1, 5, 15 minutes).")
    return "\n\n".join(lines)
