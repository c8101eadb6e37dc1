"""What the table of log-likelihoods writes for people and programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn import atomic, figures
from dbn.comparison.likelihood_rows import Judged, Published
from dbn.comparison.results import environment
from dbn.generative.sampling import chain
from dbn.images import grid, save_figure, save_png
from dbn.models import load_dbn
from dbn.ops.numpy import Rng

if TYPE_CHECKING:
    from dbn.comparison.likelihood_table import Study
    from dbn.data.dataset import Dataset

SAMPLES, STEPS = 100, 1000
"""Samples of each model: chains side by side from noise, and their Gibbs steps."""

COLUMNS = ("exact", "AIS", "reverse AIS", "bound, AIS", "bound, reverse AIS")
NAMES = ("exact_nats", "ais_nats", "reverse_ais_nats", "bound_nats", "bound_reverse_ais_nats")


def write_table(study: Study, found: Mapping[str, Judged], dataset: Dataset, folder: Path, command: str) -> str:
    """Write summary.json, table.md, the learning curves and samples of each model.

    Parameters
    ----------
    study : Study
        What was to be done.
    found : mapping of str to Judged
        What was found, by model.
    dataset : Dataset
        By which the models were trained and judged.
    folder : Path
        Where; it has the nets too.
    command : str
        What a reader would type to get the same.

    Returns
    -------
    str
        The table.

    Raises
    ------
    DbnError
        If the folder cannot be written.
    """
    rows = []
    for name, judged in found.items():
        published = [asdict(figure) for figure in study.models[name].published]
        rows.append({**judged.row, "config": study.models[name].as_json(), "published": published})
    summary = {
        "study": "likelihood",
        "command": command,
        "dataset": {"name": dataset.name, "sha256": dataset.sha256, "evaluated_on": "test", "held_out": study.held_out},
        "environment": environment(),
        "estimates": {"chains": study.chains, "betas": study.betas},
        "rows": rows,
    }
    table = _table(study, found)
    atomic.write(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    atomic.write(folder / "table.md", f"# likelihood\n\n`{command}`\n\n{table}\n".encode())
    curves = {name: np.array(judged.curve) for name, judged in found.items() if judged.curve}
    save_figure(figures.likelihood_curves(curves), folder / "figures" / "learning-curves.png")
    for name in found:
        net = load_dbn(folder / f"{name}.h5")
        (frame,) = chain(net, SAMPLES, STEPS, Rng(study.seed, "figures/samples"), every=STEPS)
        save_png(folder / "figures" / f"samples-{name}.png", 255 - grid(frame, net.image_shape, 10), 2)
    return table


def _table(study: Study, found: Mapping[str, Judged]) -> str:
    """The figures in nats with the ±3σ interval of log Z, and under each model what was published."""
    lines = [
        f"| model | test images | {' | '.join(COLUMNS)} | epochs | minutes |",
        f"| --- | --- {'| ---: ' * (len(COLUMNS) + 2)}|",
    ]
    for name, judged in found.items():
        row = judged.row
        cells = " | ".join(_cell(row, figure) for figure in NAMES)
        lines.append(f"| {name} | {row['binarization']} | {cells} | {row['epochs']} | {row['seconds'] / 60:.0f} |")
        lines += [_published(figure) for figure in study.models[name].published]
    lines += [""] + [f"{name}: {judged.row['warning']}." for name, judged in found.items() if judged.row["warning"]]
    return "\n".join(lines).rstrip()


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name not in row:
        return "–"
    interval = row.get(name.replace("nats", "interval_nats"))
    if not interval:
        return f"{row[name]:.2f}"
    low, high = ("∞" if end is None else f"{end:.2f}" for end in interval)
    return f"{row[name]:.2f} ({low} to {high})"


def _published(figure: Published) -> str:
    column = COLUMNS.index(figure.method)
    cells = " | ".join(f"{figure.nats:.2f}" if i == column else "–" for i in range(len(COLUMNS)))
    return f"| – published: {figure.source} | {figure.binarization} | {cells} | – | – |"
