"""What a study leaves for readers: summary.json, table.md and the figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn import atomic
from dbn.comparison import small_sets
from dbn.comparison.cells import Cell, Outcome
from dbn.comparison.crossing import Crossing, comparable, crossing
from dbn.comparison.depth import shifts
from dbn.comparison.label_curves import Curve, curves
from dbn.comparison.results import environment, write
from dbn.comparison.study import Study
from dbn.comparison.study_table import table
from dbn.figures import label_curves as drawing
from dbn.images import save_figure
from dbn.ops.numpy import Rng

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dbn.data.dataset import Dataset

TWINS = "naive-bayes", "logistic-regression"

PANELS: dict[str, tuple[str, ...]] = {
    "Naive Bayes, logistic regression": TWINS,
    "RBM, labelled images only": ("joint-rbm", "discriminative-rbm", "hybrid-rbm"),
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
    """Find how the lead changes between the generative model of each panel and the discriminative ones."""
    others = ("hybrid-rbm", "label-spreading-pretrained")
    pairs = [(names[0], other) for names in PANELS.values() for other in names[1:] if other not in others]
    return [crossing(a, b, found, Rng(0, f"study/{a}/{b}")) for a, b in pairs if comparable(a, b, found)]


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
    crossed, shifted = crossings(drawn), shifts(drawn)
    took = {
        " / ".join(family.names): round(sum(seconds), 1)
        for family in study.families  # whose models are trained together: the seconds are counted once
        if (seconds := [outcome.seconds for cell, outcome in found.items() if cell.model == family.names[0]])
    }
    summary = {
        "study": "label-curves",
        "command": command,
        "dataset": {"name": dataset.name, "sha256": dataset.sha256, "evaluated_on": evaluated_on},
        "environment": environment(),
        "rows": _rows(drawn, evaluated_on),
        "crossings": [asdict(one) for one in crossed],
        "depth": [asdict(one) for one in shifted],
        "training_seconds": took,
        "config": study.as_json(),
    }
    text = table(drawn, crossed, shifted, evaluated_on)
    if left := len(found) - sum(curve.errors.size for curve in drawn.values()):
        text += f"\n\nLeft out: {left} trainings, with seeds that not every number of labels of their model has yet."
    text += f"\n\nThe trainings took {sum(took.values()) / 60:.0f} minutes in all, without the pre-training."
    write(folder, summary, text)
    _draw(drawn, crossed, evaluated_on, folder / "figures" / "label-curves.png")
    return text


def _rows(drawn: Mapping[str, Curve], evaluated_on: str) -> list[dict[str, Any]]:
    return [
        {
            "model": model,
            "n_labels": int(n),
            f"{evaluated_on}_error_percent": round(float(mean), 4),
            "interval_percent": [None if np.isnan(bound) else round(float(bound), 4) for bound in band],
            "seeds": curve.errors.shape[1],
        }
        for model, curve in drawn.items()
        for n, mean, band in zip(curve.n_labels, curve.mean(), curve.band(), strict=True)
    ]


def _draw(drawn: Mapping[str, Curve], crossed: list[Crossing], evaluated_on: str, path: Path) -> None:
    panels = {title: {name: drawn[name] for name in names if name in drawn} for title, names in PANELS.items()}
    panels = {title: found for title, found in panels.items() if found}
    marks = {
        title: [one for one in crossed if {one.first, one.second} <= set(found)] for title, found in panels.items()
    }
    save_figure(_figure(panels, marks, evaluated_on), path)


def write_small_sets(found: Mapping[str, Mapping[Cell, Outcome]], folder: Path, *, command: str) -> None:
    """Write Ng & Jordan's two regimes: small-sets.json, and figures/small-sets.png with a panel for each data set.

    Parameters
    ----------
    found : mapping of str to mapping of Cell to Outcome
        As of `small_sets.regimes`, by data set.
    folder : Path
        Where to.
    command : str
        What a reader would type to get the same.

    Raises
    ------
    DbnError
        If the folder cannot be written.
    """
    drawn = {name: curves(outcomes) for name, outcomes in found.items()}
    panels = {name: {model: panel[model] for model in TWINS if model in panel} for name, panel in drawn.items()}
    marks = {name: crossings(panel) for name, panel in panels.items()}
    summary = {
        "study": "small-sets",
        "command": command,
        "environment": environment(),
        "config": {name: asdict(family) for family in small_sets.FAMILIES for name in family.names},
        "sets": {
            name: {
                "halves": len({cell.seed for cell in found[name]}),
                "rows": _rows(panel, "test"),
                "crossings": [asdict(one) for one in marks[name]],
            }
            for name, panel in panels.items()
        },
    }
    atomic.write(folder / "small-sets.json", (json.dumps(summary, indent=2) + "\n").encode())
    save_figure(_figure(panels, marks, "test"), folder / "figures" / "small-sets.png")


def _figure(
    panels: Mapping[str, Mapping[str, Curve]], marks: Mapping[str, list[Crossing]], evaluated_on: str
) -> Figure:
    return drawing.label_curves(
        {
            title.replace("_", " "): {
                name: drawing.Line(curve.n_labels, curve.mean(), curve.band()) for name, curve in panel.items()
            }
            for title, panel in panels.items()
        },
        {
            title.replace("_", " "): [
                drawing.Crossing(change.n_labels, change.interval, one.second)
                for one in found
                for change in one.changes
            ]
            for title, found in marks.items()
        },
        evaluated_on=evaluated_on,
    )
