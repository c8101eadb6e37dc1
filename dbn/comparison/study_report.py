"""What a study leaves for readers: summary.json, table.md and the figure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn import atomic
from dbn.comparison.cells import Cell, Outcome
from dbn.comparison.label_curves import Crossing, Curve, crossing, curves
from dbn.comparison.results import environment
from dbn.comparison.study import Study
from dbn.figures import label_curves as drawing
from dbn.images import save_figure
from dbn.ops.numpy import Rng

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dbn.data.dataset import Dataset

PANELS: dict[str, tuple[str, ...]] = {
    "Naive Bayes, logistic regression": ("naive-bayes", "logistic-regression"),
    "RBM, labelled images only": ("joint-rbm", "hybrid-rbm", "discriminative-rbm"),
    "RBM, pre-trained on all images": ("joint-rbm-pretrained", "discriminative-rbm-pretrained"),
    "Deep net, labelled images only": ("dbn-up-down", "dbn-backprop", "network-random-start"),
    "Deep net, pre-trained on all images": (
        "dbn-up-down-pretrained",
        "dbn-backprop-pretrained",
        "label-spreading-pretrained",
    ),
}
"""What is drawn together. The first of each is generative; its crossings with the discriminative ones are sought."""


def crossings(found: Mapping[str, Curve]) -> list[Crossing]:
    """Find where the discriminative models of each panel become better than the generative one."""
    others = ("hybrid-rbm", "label-spreading-pretrained")
    pairs = [(names[0], other) for names in PANELS.values() for other in names[1:] if other not in others]
    return [crossing(a, b, found, Rng(0, f"study/{a}/{b}")) for a, b in pairs if a in found and b in found]


def write_study(
    study: Study,
    found: Mapping[Cell, Outcome],
    dataset: Dataset,
    folder: Path,
    *,
    command: str,
    evaluated_on: str = "test",
) -> str:
    """Write summary.json, table.md and figures/label-curves.png to `folder`; return the table.

    Parameters
    ----------
    study : Study
        What was done.
    found : mapping of Cell to Outcome
        Its finished cells.
    dataset : Dataset
        What it was done with.
    folder : Path
        Where to.
    command : str
        What a reader would type to get the same.
    evaluated_on : {"test", "validation"}
        Which images the models were judged on.

    Raises
    ------
    DbnError
        If the folder cannot be written.
    """
    drawn = curves(found)
    crossed = crossings(drawn)
    summary = {
        "study": "label-curves",
        "command": command,
        "dataset": {"name": dataset.name, "sha256": dataset.sha256, "evaluated_on": evaluated_on},
        "environment": environment(),
        "rows": _rows(drawn, found, evaluated_on),
        "crossings": [asdict(one) for one in crossed],
        "config": study.as_json(),
    }
    text = table(drawn, crossed, evaluated_on)
    atomic.write(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    atomic.write(folder / "table.md", f"# label curves\n\n`{command}`\n\n{text}\n".encode())
    _draw(drawn, crossed, folder / "figures" / "label-curves.png")
    return text


def _rows(drawn: Mapping[str, Curve], found: Mapping[Cell, Outcome], evaluated_on: str) -> list[dict[str, Any]]:
    return [
        {
            "model": model,
            "n_labels": int(n),
            f"{evaluated_on}_error_percent": round(float(mean), 4),
            "interval_percent": [None if np.isnan(bound) else round(float(bound), 4) for bound in band],
            "seeds": curve.errors.shape[1],
            "seconds": round(sum(found[Cell(model, int(n), seed)].seconds for seed in range(curve.errors.shape[1])), 1),
        }
        for model, curve in drawn.items()
        for n, mean, band in zip(curve.n_labels, curve.mean(), curve.band(), strict=True)
    ]


def table(drawn: Mapping[str, Curve], crossed: list[Crossing], evaluated_on: str) -> str:
    """Return mean errors, and where pairs cross, as Markdown."""
    counts = sorted({int(n) for curve in drawn.values() for n in curve.n_labels})
    lines = [
        f"| {evaluated_on} error %, labels: | {' | '.join(f'{n:,}' for n in counts)} | seeds |",
        f"| --- {'| ---: ' * (len(counts) + 1)}|",
    ]
    for model, curve in drawn.items():
        half = (curve.band()[:, 1] - curve.mean()).tolist()
        cell = {
            int(n): f"{mean:.2f}" + ("" if np.isnan(h) else f" ± {h:.2f}")
            for n, mean, h in zip(curve.n_labels, curve.mean(), half, strict=True)
        }
        lines.append(f"| {model} | {' | '.join(cell.get(n, '') for n in counts)} | {curve.errors.shape[1]} |")
    if not crossed:
        return "\n".join(lines)
    lines += ["", "| better with few labels | better with many | they cross at | 95 % interval | share of samples |"]
    lines += ["| --- | --- | ---: | ---: | ---: |"]
    for one in crossed:
        at = "–" if one.n_labels is None else f"{one.n_labels:,.0f}"
        interval = "–" if one.interval is None else f"{one.interval[0]:,.0f} – {one.interval[1]:,.0f}"
        lines.append(f"| {one.first} | {one.second} | {at} | {interval} | {100 * one.share:.0f} % |")
    return "\n".join(lines)


def _draw(drawn: Mapping[str, Curve], crossed: list[Crossing], path: Path) -> None:
    panels = {title: {name: drawn[name] for name in names if name in drawn} for title, names in PANELS.items()}
    panels = {title: found for title, found in panels.items() if found}
    marks = {
        title: [one for one in crossed if {one.first, one.second} <= set(found)] for title, found in panels.items()
    }
    save_figure(_figure(panels, marks), path)


def draw_small_sets(found: Mapping[str, Mapping[Cell, Outcome]], path: Path) -> None:
    """Draw Ng & Jordan's two regimes, a panel for each small data set; see `small_sets.regimes`."""
    panels = {name.replace("_", " "): curves(outcomes) for name, outcomes in found.items()}
    marks = {title: crossings(panel) for title, panel in panels.items()}
    save_figure(_figure(panels, marks), path)


def _figure(panels: Mapping[str, Mapping[str, Curve]], marks: Mapping[str, list[Crossing]]) -> Figure:
    return drawing.label_curves(
        {
            title: {name: drawing.Line(curve.n_labels, curve.mean(), curve.band()) for name, curve in panel.items()}
            for title, panel in panels.items()
        },
        {
            title: [drawing.Crossing(one.n_labels, one.interval) for one in found if one.n_labels and one.interval]
            for title, found in marks.items()
        },
    )
