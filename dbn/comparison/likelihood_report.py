"""What the table of log-likelihoods writes for people and programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbn import figures
from dbn.comparison.likelihood_rows import FIGURES, Judged, Published
from dbn.comparison.results import environment, write
from dbn.generative.sampling import samples
from dbn.images import save_figure
from dbn.models import load_dbn
from dbn.ops.numpy import Rng

if TYPE_CHECKING:
    from dbn.comparison.likelihood_table import Study
    from dbn.data.dataset import Dataset

SAMPLES, STEPS = 100, 1000
"""Samples of each model: chains side by side from noise, and their Gibbs steps."""


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
    write(folder, summary, table)
    curves: dict[str, dict[str, Any]] = {}
    for name, judged in found.items():
        if judged.curve:
            curves.setdefault(study.models[name].greedy.intensity, {})[name] = judged.curve
    if curves:
        save_figure(figures.likelihood_curves(curves), folder / "figures" / "learning-curves.png")
    for name in found:
        net = load_dbn(folder / f"{name}.h5")
        frame = samples(net, SAMPLES, STEPS, Rng(study.seed, "figures/samples"))
        drawn = figures.gallery(
            frame, net.image_shape, f"{name}: {SAMPLES} chains from noise after {STEPS:,} Gibbs steps"
        )
        save_figure(drawn, folder / "figures" / f"samples-{name}.png")
    return table


def _table(study: Study, found: Mapping[str, Judged]) -> str:
    """The figures in nats with the ±3σ interval of log Z, and under each model what was published."""
    published = {name: study.models[name].published for name in found}
    methods = {figure.method for figures in published.values() for figure in figures}
    columns = {
        column: figure
        for column, (figure, *_) in FIGURES.items()
        if column in methods or any(figure in judged.row for judged in found.values())
    }
    lines = [
        f"| model | test images | {' | '.join(columns)} | epochs | minutes |",
        f"| --- | --- {'| ---: ' * (len(columns) + 2)}|",
    ]
    for name, judged in found.items():
        row = judged.row
        cells = " | ".join(_cell(row, figure) for figure in columns.values())
        lines.append(f"| {name} | {row['binarization']} | {cells} | {row['epochs']} | {row['seconds'] / 60:.0f} |")
        lines += _published(published[name], study.models[name].greedy.intensity, columns)
    lines += [""] + [f"{name}: {judged.row['warning']}." for name, judged in found.items() if judged.row["warning"]]
    return "\n".join(lines).rstrip()


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name not in row:
        return "–"
    interval = row.get(name.replace("nats", "interval_nats"))
    if not interval:
        return f"{row[name]:.2f}"
    low, high = (side if end is None else f"{end:.2f}" for side, end in zip(("-∞", "∞"), interval, strict=True))
    return f"{row[name]:.2f} ({low} to {high})"


def _published(published: Sequence[Published], intensity: str, columns: Iterable[str]) -> list[str]:
    """A line for each source, whose methods stand side by side; what is of other binary images than ours is marked."""
    lines = []
    for (source, binarization), found in groupby(published, lambda figure: (figure.source, figure.binarization)):
        nats = {figure.method: f"{figure.nats:.2f}" for figure in found}
        cells = " | ".join(nats.get(column, "–") for column in columns)
        images = binarization if binarization == intensity else f"{binarization}, not comparable"
        lines.append(f"| – published: {source} | {images} | {cells} | – | – |")
    return lines
