"""`dbn info`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbn.cli import options
from dbn.errors import DbnError

if TYPE_CHECKING:
    from dbn.training.checkpoint import Checkpoint


@click.command()
@click.argument("file", type=options.FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(file: Path, as_json: bool) -> None:
    """Tell what the checkpoint FILE is: model or cells of a study, config, data, progress, versions.

    A run that is still in training goes on when its command is given again with --resume.

    \b
    Example:
      dbn info dbn.h5
    """
    from dbn.comparison import cells
    from dbn.training import checkpoint

    found = checkpoint.load(file)
    study = found.kind == cells.KIND
    told: dict[str, Any] = {
        "kind": found.kind,
        **(_of_study(found) if study else _of_model(found)),
        "dataset": found.dataset,
        "config": found.config,
        **({} if study else _of_run(found)),
        "created": found.created,
        "written_by": f"dbn {found.package_version}",
    }
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    _tell(told, "")


def _of_model(found: Checkpoint) -> dict[str, Any]:
    from dbn.models import model_of
    from dbn.training.state import arrays

    model = model_of(found)
    parameters = sum(array.size for array in arrays(found.model))
    return {"layers": list(model.sizes), "classes": model.n_classes, "parameters": parameters}


def _of_run(found: Checkpoint) -> dict[str, Any]:
    return {
        "seed": found.seed,
        "epochs_done": len(found.history),
        "state": "in training" if not found.finished else "finished",
        "last_epoch": found.history[-1] if found.history else {},
    }


def _of_study(found: Checkpoint) -> dict[str, Any]:
    columns = found.model
    if not {"n_labels", "seed", "models"} <= columns.keys():
        raise DbnError("the study in this file has no cells; restore it from a copy or make it anew")
    n_labels, seeds = (sorted(set(columns[name].tolist())) for name in ("n_labels", "seed"))
    return {"cells": len(columns["seed"]), "models": columns["models"].split(), "n_labels": n_labels, "seeds": seeds}


def _tell(values: dict[str, Any], indent: str) -> None:
    for key, value in values.items():
        name = key.replace("_", " ")
        if isinstance(value, dict):
            click.echo(f"{indent}{name}:")
            _tell(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, part in enumerate(value, start=1):
                click.echo(f"{indent}{name} {number}: " + ", ".join(f"{k}={v}" for k, v in part.items()))
        else:
            click.echo(f"{indent}{name}: {f'{value:.6g}' if isinstance(value, float) else value}")
