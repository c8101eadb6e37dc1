"""`dbn ravines`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from dbn.cli import options
from dbn.errors import DbnError
from dbn.generative.sampling import STARTS, Start

if TYPE_CHECKING:
    from dbn.data.dataset import Split
    from dbn.ops.numpy import Array


@click.command()
@click.argument("file", type=options.FILE)
@click.option(
    "--between",
    type=(int, int),
    default=(3, 8),
    show_default=True,
    metavar="LABEL LABEL",
    help="Two digits: a chain of each, and a line from one to the other.",
)
@click.option("--steps", type=click.IntRange(min=1), default=1000, show_default=True, help="Gibbs steps of each chain.")
@click.option("--start", type=click.Choice(STARTS), default=STARTS[0], show_default=True, help="As of dbn sample.")
@options.dataset_option(None, "Take its first test images of both.  [default: what the net was trained on]")
@options.seed_option
@click.option("--output", type=options.FILE, default=Path("ravines.png"), show_default=True, help="PNG to write.")
@click.option("--overwrite", is_flag=True, help="Replace the picture if it is there.")
def ravines(
    file: Path,
    between: tuple[int, int],
    steps: int,
    start: Start,
    dataset: str | None,
    data_dir: Path | None,
    seed: int,
    output: Path,
    overwrite: bool,
) -> None:
    """Draw the free energy that the deep belief net in FILE gives what lies between two digits.

    On the left, the free energy along two Gibbs chains of the associative memory, each with its label clamped: they
    fall into the ravine of their class. On the right, along a straight line from the first test image of one digit to
    that of the other, as the memory sees them, under each of the two labels: the ridge in between.

    \b
    Examples:
      dbn ravines dbn.h5
      dbn ravines dbn.h5 --between 4 9 --steps 10000 --output 4-9.png
      dbn ravines dbn.h5 --between 1 1 --start random-top --output ones.png
    """
    from dbn.data.fits import check_fits
    from dbn.data.intensity import mean_visible
    from dbn.figures import ravines as draw
    from dbn.generative.dbn import DBN
    from dbn.generative.ravines import along_chains, along_lines, ridges
    from dbn.images import save_figure
    from dbn.ops.numpy import Rng

    options.check_picture("--output", output, ".png", overwrite=overwrite)
    found = options.load_noting(file, kind="dbn")
    net = DBN.from_tree(found.model)
    if not net.n_classes:
        raise DbnError(f"the net in {file} was trained without labels, and has no ravines of digits; take another")
    test = options.dataset_of(found, file, dataset, data_dir).test
    check_fits(test, net.sizes[0], net.n_classes)
    if any(not 0 <= label < net.n_classes for label in between):
        raise DbnError(
            f"the net in {file} knows the labels 0 to {net.n_classes - 1}; choose those of --between among them"
        )
    ends = mean_visible(test.images[_first_of_both(test, between)], found.config.get("intensity", "real"))
    labels = tuple(dict.fromkeys(between))
    chains = along_chains(net, len(labels), steps, Rng(seed, "ravines"), labels=np.array(labels), start=start)
    lines = along_lines(net, ends[:1], ends[1:])[0]
    ridge = ridges(lines.min(axis=1))
    figure = draw(
        {f"label {label}": energies for label, energies in zip(labels, chains.T, strict=True)},
        {f"{between[0]} to {between[1]}, label {label}": lines[:, label] for label in labels},
    )
    save_figure(figure, output)
    last = ", ".join(f"{energy:.1f} with label {label}" for label, energy in zip(labels, chains[-1], strict=True))
    click.echo(
        f"{output}: free energy in nats after {options.counted(steps, 'Gibbs step')} {last}; "
        f"the ridge between two test images is {ridge:.1f} nats high"
    )


def _first_of_both(test: Split, between: tuple[int, int]) -> Array:
    """Rows of the first test images of two labels; of one label twice, the first two."""
    rows = []
    for turn, label in enumerate(between):
        of_label = np.flatnonzero(test.labels == label)
        nth = turn if between[0] == between[1] else 0
        if len(of_label) <= nth:
            raise DbnError(f"there are too few test images of label {label}; choose other digits for --between")
        rows.append(int(of_label[nth]))
    return np.array(rows)
