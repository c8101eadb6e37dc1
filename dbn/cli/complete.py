"""`dbn complete`."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from dbn.cli import options
from dbn.errors import DbnError
from dbn.generative import completion
from dbn.generative.completion import PARTS, Part


@click.command()
@click.argument("file", type=options.FILE)
@click.option("--hide", type=click.Choice(PARTS), default="bottom", show_default=True, help="Part of the images.")
@options.dataset_option(None, "Take its first test images.  [default: what the net was trained on]")
@click.option("--images", type=click.IntRange(min=1), default=10, show_default=True, help="Images to complete.")
@click.option(
    "--completions", type=click.IntRange(min=1), default=3, show_default=True, help="Completions of each image."
)
@click.option("--clamp", is_flag=True, help="Tell the net the label of each image.")
@click.option("--rounds", type=click.IntRange(min=1), default=50, show_default=True, help="Passes up and down.")
@click.option(
    "--steps", type=click.IntRange(min=1), default=5, show_default=True, help="Gibbs steps of the memory in each."
)
@options.seed_option
@click.option("--output", type=options.FILE, default=Path("completions.png"), show_default=True, help="PNG to write.")
@click.option("--overwrite", is_flag=True, help="Replace the picture if it is there.")
def complete(
    file: Path,
    hide: Part,
    dataset: str | None,
    data_dir: Path | None,
    images: int,
    completions: int,
    clamp: bool,
    rounds: int,
    steps: int,
    seed: int,
    output: Path,
    overwrite: bool,
) -> None:
    """Let the deep belief net in FILE imagine the hidden part of images.

    The hidden pixels begin as noise. Then the image goes up, the associative memory makes a few Gibbs steps, and what
    comes down replaces the hidden pixels, again and again. It is an approximation: no pass up a directed net knows
    exactly what the visible pixels say about the hidden ones.

    \b
    Examples:
      dbn complete dbn.h5 --hide left --output left.png
      dbn complete dbn.h5 --hide centre --clamp --completions 5
    """
    from dbn.data.fits import check_fits
    from dbn.data.intensity import mean_visible
    from dbn.figures import completions as draw
    from dbn.generative.dbn import DBN
    from dbn.images import save_figure
    from dbn.ops.numpy import Rng

    options.check_picture("--output", output, ".png", overwrite=overwrite)
    found = options.load_noting(file, kind="dbn")
    net = DBN.from_tree(found.model)
    if clamp and not net.n_classes:
        raise DbnError(f"the net in {file} was trained without labels; leave --clamp out")
    test = options.dataset_of(found, file, dataset, data_dir).test[:images]
    check_fits(test, net.sizes[0], net.n_classes)
    known = completion.known_pixels(hide, net.image_shape)
    originals = mean_visible(test.images, found.config.get("intensity", "real"))
    n = len(test)
    labels = np.tile(test.labels, completions) if clamp else None
    copies = np.tile(originals, (completions, 1))
    *_, imagined = completion.complete(net, copies, known, rounds, Rng(seed, "complete"), steps=steps, labels=labels)
    save_figure(draw(originals, known, imagined.reshape(completions, n, -1), net.image_shape), output)
    click.echo(
        f"{output}: {options.counted(completions, 'completion')} of {options.counted(n, 'image')} after "
        f"{options.counted(rounds, 'round')}"
    )
