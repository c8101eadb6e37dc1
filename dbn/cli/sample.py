"""`dbn sample`."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from dbn.cli import options
from dbn.errors import DbnError

CHAINS = 10


@click.command()
@click.argument("file", type=options.FILE)
@click.option(
    "--label", "labels", type=int, multiple=True, help="Clamp this label; may be repeated.  [default: every label]"
)
@click.option("--free", is_flag=True, help="Clamp no label.")
@click.option(
    "--per-label",
    type=click.IntRange(min=1),
    default=CHAINS,
    show_default=True,
    help="Chains of each label, or in all with --free.",
)
@click.option("--steps", type=click.IntRange(min=1), default=1000, show_default=True, help="Gibbs steps.")
@click.option("--gif", type=options.FILE, help="Write the chains as an animation here too.")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Gibbs steps a GIF frame; without --gif it does nothing.",
)
@click.option(
    "--scale",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Screen pixels a pixel in the PNG; in a GIF it is one.",
)
@options.seed_option
@click.option("--output", type=options.FILE, default=Path("samples.png"), show_default=True, help="PNG to write.")
@click.option("--overwrite", is_flag=True, help="Replace the pictures if they are there.")
def sample(
    file: Path,
    labels: tuple[int, ...],
    free: bool,
    per_label: int,
    steps: int,
    gif: Path | None,
    every: int,
    scale: int,
    seed: int,
    output: Path,
    overwrite: bool,
) -> None:
    """Generate images from the deep belief net in FILE.

    Every image ends a chain of Gibbs sampling in the associative memory that began in a random state; one label a
    row, clamped, or none.

    \b
    Examples:
      dbn sample dbn.h5 --output samples.png
      dbn sample dbn.h5 --label 3 --label 8 --gif chains.gif
      dbn sample dbn.h5 --free --steps 200
    """
    from dbn.generative.dbn import DBN
    from dbn.generative.sampling import chain
    from dbn.images import grid, save_gif, save_png
    from dbn.ops.numpy import Rng

    for option, path, ending in (("--output", output, ".png"), ("--gif", gif, ".gif")):
        if path and path.suffix.lower() != ending:
            raise DbnError(f"{option} writes a {ending} file, and {path} is named otherwise; change its ending")
        if path and path.exists() and not overwrite:
            raise DbnError(f"{path} is already there; use --overwrite to replace it, or another name")
    if free and labels:
        raise DbnError("--free clamps no label and --label clamps one; give one of them")
    if gif and steps % every:
        raise DbnError(f"--steps {steps} is no multiple of --every {every}, the steps a GIF frame; change one of them")
    net = DBN.from_tree(options.load_noting(file, kind="dbn").model)
    if any(not 0 <= label < net.n_classes for label in labels):
        known = f"knows the labels 0 to {net.n_classes - 1}" if net.n_classes else "was trained without labels"
        raise DbnError(f"the net in {file} {known}; choose --label among them, or --free")
    clamped = None if free or not (labels or net.n_classes) else np.array(labels or range(net.n_classes))
    wanted = None if clamped is None else np.repeat(clamped, per_label)
    n = per_label if wanted is None else len(wanted)
    frames = list(chain(net, n, steps, Rng(seed, "sample"), labels=wanted, every=every if gif else steps))
    save_png(output, grid(frames[-1], net.image_shape, per_label), scale)
    click.echo(f"{output}: {options.counted(n, 'sample')} after {options.counted(steps, 'Gibbs step')}")
    if gif:
        save_gif(gif, np.stack(frames), net.image_shape, per_label)
        click.echo(f"{gif}: {options.counted(len(frames), 'frame')}")
