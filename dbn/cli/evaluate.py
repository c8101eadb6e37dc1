"""`dbn evaluate`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dbn.cli import options


@click.command()
@click.argument("file", type=options.FILE)
@options.dataset_option(None, "Evaluate on this data set.  [default: what the model was trained on]")
@click.option(
    "--split",
    type=click.Choice(["test", "validation", "train"]),
    default="test",
    show_default=True,
    help="Images to judge the model by.",
)
@click.option("--all-methods", is_flag=True, help="Classify with a deep belief net in the stochastic ways too.")
@options.seed_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(
    file: Path, dataset: str | None, data_dir: Path | None, split: str, all_methods: bool, seed: int, as_json: bool
) -> None:
    """Measure the model in the checkpoint FILE: its error with a 95 % interval, and what else applies to it.

    A deep belief net with labels, and a network, are judged by their classification error with its 95 % interval;
    a deep belief net also by how well it reconstructs images. Its label is the one of least free energy after a
    deterministic up-pass; --all-methods adds those of Hinton, Osindero & Teh 2006 that draw at random: one stochastic
    up-pass, Gibbs sampling of the labels, and the mean over 20 up-passes.

    The validation images are those that were held out of the training images, which are then judged without them.

    \b
    Examples:
      dbn evaluate network.h5
      dbn evaluate dbn.h5 --split train --json
      dbn evaluate dbn.h5 --all-methods
    """
    from dbn.comparison.evaluate import evaluate_model, told
    from dbn.errors import DbnError
    from dbn.generative.dbn import DBN
    from dbn.models import model_of

    source = click.get_current_context().get_parameter_source("seed")
    if source is not click.core.ParameterSource.DEFAULT and not all_methods:
        raise DbnError("--seed is of the stochastic ways of --all-methods; leave it out, or add those")
    found = options.load_noting(file)
    model = model_of(found)
    if all_methods and not (isinstance(model, DBN) and model.n_classes):
        raise DbnError(f"--all-methods are those of a deep belief net with labels, and {file} has none; leave it out")
    data = options.dataset_of(found, file, dataset, data_dir)
    part = options.part_of(data, found, file, split)
    intensity = found.config.get("intensity", "real")
    figures = evaluate_model(model, part, intensity, seed if all_methods else None)
    if as_json:
        click.echo(json.dumps({"file": str(file), "dataset": data.name, "split": split, **figures}))
        return
    click.echo(f"{file}: a {found.kind}, on the {len(part)} {split} images of {data.name}")
    click.echo(told(figures))
