"""`dbn sample`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from dbn.cli import options
from dbn.errors import DbnError
from dbn.generative.sampling import STARTS, Labels, Start, chain, switching

if TYPE_CHECKING:
    from dbn.generative.dbn import DBN

CHAINS = 10
EVERY = 10


@click.command()
@click.argument("file", type=options.FILE)
@click.option(
    "--label", "labels", type=int, multiple=True, help="Clamp this label; may be repeated.  [default: every label]"
)
@click.option("--free", is_flag=True, help="Clamp no label.")
@click.option(
    "--switch",
    "switches",
    metavar="LABEL@STEP",
    multiple=True,
    help="Clamp this label, in all chains, once so many steps are done; may be repeated.",
)
@click.option(
    "--start",
    type=click.Choice(STARTS),
    default=STARTS[0],
    show_default=True,
    help="Begin at what a random image sent up gives, or at random top units.",
)
@click.option(
    "--per-label",
    type=click.IntRange(min=1),
    help=f"Chains of each label, or in all with --free.  [default: {CHAINS}; 1 with --through-time]",
)
@click.option("--steps", type=click.IntRange(min=1), default=1000, show_default=True, help="Gibbs steps in all.")
@click.option(
    "--through-time",
    is_flag=True,
    help="Let the PNG show each chain in a row, from left to right, and not only how it ends.",
)
@click.option("--gif", type=options.FILE, help="Write the chains as an animation here too.")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    help=f"Gibbs steps from one image of --through-time or --gif to the next.  [default: {EVERY}]",
)
@click.option(
    "--burn-in",
    type=click.IntRange(min=0),
    help="Gibbs steps before the first of these images; 0 shows the start.  [default: as --every]",
)
@click.option(
    "--scale",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Screen pixels for each pixel of an image.",
)
@options.seed_option
@click.option("--output", type=options.FILE, default=Path("samples.png"), show_default=True, help="PNG to write.")
@click.option("--overwrite", is_flag=True, help="Replace the pictures if they are there.")
def sample(
    file: Path,
    labels: tuple[int, ...],
    free: bool,
    switches: tuple[str, ...],
    start: Start,
    per_label: int | None,
    steps: int,
    through_time: bool,
    gif: Path | None,
    every: int | None,
    burn_in: int | None,
    scale: int,
    seed: int,
    output: Path,
    overwrite: bool,
) -> None:
    """Generate images from the deep belief net in FILE.

    Every image ends a chain of Gibbs sampling in the associative memory that began in a random state; one label a
    row, clamped, or none. A single chain of each label puts the labels side by side.

    \b
    Examples:
      dbn sample dbn.h5 --output samples.png
      dbn sample dbn.h5 --per-label 1 --gif ten-labels.gif
      dbn sample dbn.h5 --through-time --steps 10000 --every 1000
      dbn sample dbn.h5 --through-time --burn-in 0 --steps 180 --every 20
      dbn sample dbn.h5 --label 3 --switch 8@500 --through-time --burn-in 460 --steps 700 --every 20
      dbn sample dbn.h5 --free --steps 200
    """
    from dbn.films import check_gif, save_gif
    from dbn.generative.dbn import DBN
    from dbn.images import grid, save_png
    from dbn.ops.numpy import Rng

    for option, path, ending in (("--output", output, ".png"), ("--gif", gif, ".gif")):
        options.check_picture(option, path, ending, overwrite=overwrite)
    if gif or through_time:
        every = every or EVERY
        burn_in = every if burn_in is None else burn_in
        _check_thinning(steps, every, burn_in)
    elif every is not None or burn_in is not None:
        raise DbnError("--every and --burn-in are of --through-time and --gif; give one of these, or neither of those")
    else:
        every = burn_in = steps
    net = DBN.from_tree(options.load_noting(file, kind="dbn").model)
    per_label = per_label or (1 if through_time else CHAINS)
    n, clamped = _clamped(net, file, labels, per_label, free=free)
    columns = n if per_label == 1 else per_label
    if gif:
        check_gif(n, net.image_shape, columns, scale)
    if switches:
        clamped = _switched(net, clamped, switches, steps)
    frames = np.stack(
        list(chain(net, n, steps, Rng(seed, "sample"), labels=clamped, every=every, burn_in=burn_in, start=start))
    )
    after = options.counted(steps, "Gibbs step")
    if through_time:
        picture = grid(frames.swapaxes(0, 1).reshape(n * len(frames), -1), net.image_shape, len(frames))
        told = f"{options.counted(n, 'chain')} of {options.counted(len(frames), 'image')} over {after}"
    else:
        picture = grid(frames[-1], net.image_shape, columns)
        told = f"{options.counted(n, 'sample')} after {after}"
    save_png(output, picture, scale)
    click.echo(f"{output}: {told}")
    if gif:
        save_gif(gif, frames, net.image_shape, columns, scale=scale)
        click.echo(f"{gif}: {options.counted(len(frames), 'frame')}")


def _check_thinning(steps: int, every: int, burn_in: int) -> None:
    """Refuse a last image that would not be how the chains end."""
    if burn_in > steps and burn_in != every:
        raise DbnError(f"--burn-in {burn_in} leaves nothing of --steps {steps} to show; change one of them")
    if (steps - burn_in) % every:
        left = f"--steps {steps}" if burn_in == every else f"--steps {steps} less --burn-in {burn_in}"
        raise DbnError(f"{left} is no multiple of --every {every}, the steps between images; change one of them")


def _clamped(net: DBN, file: Path, labels: tuple[int, ...], per_label: int, *, free: bool) -> tuple[int, Labels | None]:
    """The number of chains, and the label of each."""
    if free and labels:
        raise DbnError("--free clamps no label and --label clamps one; give one of them")
    if any(not 0 <= label < net.n_classes for label in labels):
        if not net.n_classes:
            raise DbnError(f"the net in {file} was trained without labels; leave --label out")
        raise DbnError(f"the net in {file} knows the labels 0 to {net.n_classes - 1}; choose --label among them")
    if free or not net.n_classes:
        return per_label, None
    wanted = np.repeat(np.array(labels or range(net.n_classes)), per_label)
    return len(wanted), wanted


def _switched(net: DBN, clamped: Labels | None, switches: tuple[str, ...], steps: int) -> Labels:
    """The labels with the changes that --switch asks for."""
    if clamped is None:
        raise DbnError("--switch changes the label that is clamped, and none is; leave it out, or clamp one")
    at: dict[int, int] = {}
    for switch in switches:
        label, _, step = switch.partition("@")
        if not (label.isdecimal() and step.isdecimal() and float(label) < net.n_classes and 0 < float(step) < steps):
            raise DbnError(
                f"--switch takes LABEL@STEP, a label from 0 to {net.n_classes - 1} and a step from 1 to {steps - 1}, "
                f"not {switch!r:.40}"
            )
        if int(step) in at:
            raise DbnError(f"two labels cannot be switched to at step {int(step)}; give one --switch for it")
        at[int(step)] = int(label)
    return switching(np.asarray(clamped), at)
