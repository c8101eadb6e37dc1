"""What is told of one model in the table of log-likelihoods: figures from both sides, and those that were published."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbn import atomic
from dbn.comparison.results import environment
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.likelihood.measure import measure
from dbn.generative.likelihood.report import LikelihoodConfig, Report
from dbn.training.checkpoint import Checkpoint
from dbn.training.state import digest

if TYPE_CHECKING:
    from dbn.data.dataset import Dataset
    from dbn.training.progress import Progress

FIGURES = {
    "exact": ("exact_nats", "log p(x)", "exact"),
    "AIS": ("ais_nats", "log p(x)", "AIS"),
    "reverse AIS": ("reverse_ais_nats", "log p(x)", "reverse AIS"),
    "bound, AIS": ("bound_nats", "bound on log p(x)", "AIS"),
    "bound, reverse AIS": ("bound_reverse_ais_nats", "bound on log p(x)", "reverse AIS"),
    "chain, AIS": ("chain_ais_nats", "log p(x)", "posterior chain and AIS"),
    "chain, reverse AIS": ("chain_reverse_ais_nats", "log p(x)", "posterior chain and reverse AIS"),
    "CSL": ("csl_nats", "log p(x)", "CSL"),
}
"""Mean figures of the test images by the columns of the table: in summary.json, and what `measure` calls them."""


@dataclass(frozen=True)
class Published:
    """A figure from the literature.

    Attributes
    ----------
    nats : float
        Mean over test images.
    method : str
        How it was found.
    binarization : str
        ``"sampled"`` or ``"threshold"``; figures of two binarisations are never compared.
    source : str
        Where it is written.
    """

    nats: float
    method: str
    binarization: str
    source: str


@dataclass(frozen=True)
class Judged:
    """What is known of a model.

    Attributes
    ----------
    row : dict
        Of summary.json, but for what was published; with the hardware and versions that judged the model.
    curve : list of (epoch, float, float)
        Mean log p(x) of validation images, or the bound on it, by a quick AIS and a quick reverse AIS; epochs are
        counted from those of what the model starts from on.
    origin : dict
        What the figures depend on: how the model learned, a digest of its weights, the data, and how it was judged.
    """

    row: dict[str, Any]
    curve: list[list[float]]
    origin: dict[str, Any]


def judge(
    name: str,
    origin: dict[str, Any],
    stages: Sequence[Checkpoint],
    dataset: Dataset,
    config: LikelihoodConfig,
    path: Path,
    progress: Progress | None = None,
) -> Judged:
    """Estimate how probable a model says the test images are, and keep what is found.

    Parameters
    ----------
    name : str
        Of the model.
    origin : dict
        How it learned and is judged, and on what data, as JSON values.
    stages : sequence of Checkpoint
        Its training, after that of what it starts from; the last one has the net.
    dataset : Dataset
        What it was trained on; the test images become binary once, from a stream named by the seed of the training.
    config : LikelihoodConfig
        How to estimate.
    path : Path
        Where it is kept.
    progress : Progress, optional
        Shows the annealing.

    Raises
    ------
    DbnError
        If the file cannot be written.
    """
    done = stages[-1]
    net = DBN.from_tree(done.model)
    learned = dataset.hold_out(done.dataset["validation"]).train
    report = measure(net, learned, dataset.test, config, done.seed, progress)
    history = [metrics for stage in stages for metrics in stage.history]
    row = {
        "model": name,
        "sizes": list(net.sizes),
        "binarization": f"{config.intensity}, seed {done.seed}" if config.intensity == "sampled" else config.intensity,
        "seed": done.seed,
        "epochs": len(history),
        "seconds": round(sum(metrics["seconds"] for metrics in history), 1),
        **_figures(report),
        "gap_nats": round(report.gap, 4),
        "warning": report.warning,
        "images": report.images,
        "environment": environment(),
    }
    columns = "validation_nats_ais", "validation_nats_reverse_ais"
    curve = [
        [epoch, *(round(metrics[column], 4) for column in columns)]
        for epoch, metrics in enumerate(history, start=1)
        if columns[0] in metrics
    ]
    judged = Judged(row, curve, {**origin, "weights": digest(net)})
    atomic.write(path, (json.dumps(asdict(judged), indent=1) + "\n").encode())
    return judged


def read(path: Path) -> Judged:
    """Read what was found of a model; DbnError if the file is damaged."""
    try:
        return Judged(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise DbnError(f"{path} is damaged ({type(error).__name__}); delete it, and it is made anew") from error


def _figures(report: Report) -> dict[str, Any]:
    """Each of the `FIGURES` with its ±3σ interval of log Z, and with its standard error over images."""
    rows = {(row.quantity, row.method): row for row in report.rows}
    told: dict[str, Any] = {}
    for name, quantity, method in FIGURES.values():
        if row := rows.get((quantity, method)):
            told[name] = round(row.nats, 4)
            if row.interval:
                told[name.replace("nats", "interval_nats")] = [_finite(end) for end in row.interval]
            if row.standard_error is not None:
                told[name.replace("nats", "standard_error_nats")] = round(row.standard_error, 4)
            if row.chain_images is not None:
                told["chain_images"] = row.chain_images
    return told


def _finite(value: float) -> float | None:
    """JSON has no infinity."""
    return round(value, 4) if math.isfinite(value) else None
