"""`dbn plot`."""

from __future__ import annotations

from pathlib import Path

import click

from dbn.cli import options
from dbn.errors import DbnError


@click.command()
@click.argument("file", type=options.FILE)
@options.dataset_option(None, "Images to show it.  [default: what the model was trained on]")
@options.seed_option
@click.option("--output", type=options.FOLDER, default=Path("figures"), show_default=True, help="Folder to draw in.")
@click.option("--overwrite", is_flag=True, help="Replace figures that are there.")
def plot(file: Path, dataset: str | None, data_dir: Path | None, seed: int, output: Path, overwrite: bool) -> None:
    """Draw every figure of the checkpoint FILE.

    Receptive fields of each layer, learning curves, histograms of weights (and of updates, while it is being
    trained), hidden activity, reconstructions, samples, the confusion matrix and the errors: what applies.

    \b
    Example:
      dbn plot dbn.h5 --output figures
    """
    from dbn.comparison import plots
    from dbn.images import save_figure
    from dbn.models import model_of
    from dbn.training import checkpoint

    found = checkpoint.load(file, with_training=True)
    data = options.dataset_of(found, file, dataset, data_dir)
    drawn = plots.figures_of(model_of(found), found.history, data, found.config.get("intensity", "real"), seed)
    if found.training:
        drawn |= plots.updates(found.training)
    paths = {output / f"{name}.png": figure for name, figure in drawn.items()}
    there = [path for path in paths if path.exists()]
    if there and not overwrite:
        raise DbnError(f"{there[0]} is already there; use --overwrite to replace it, or another --output")
    for path, figure in paths.items():
        save_figure(figure, path)
        click.echo(path)
