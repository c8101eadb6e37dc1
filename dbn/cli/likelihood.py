"""`dbn likelihood`."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbn.cli import options
from dbn.errors import DbnError
from dbn.generative.likelihood.report import LikelihoodConfig

if TYPE_CHECKING:
    from dbn.generative.likelihood.report import Row

STANDARD = LikelihoodConfig()


@click.command()
@click.argument("file", type=options.FILE)
@options.dataset_option(None, "Judge by this data set.  [default: what the net was trained on]")
@click.option(
    "--split",
    type=click.Choice(["test", "validation"]),
    default="test",
    show_default=True,
    help="Images to judge by: validation ones are those that were held out in training.",
)
@click.option("--images", type=click.IntRange(min=1), help="Judge by the first of them.  [default: by all]")
@click.option(
    "--intensity",
    type=click.Choice(options.INTENSITIES),
    help="How pixels become binary; real ones have no probability.  [default: as in training, or sampled]",
)
@click.option(
    "--chains",
    type=click.IntRange(2, options.MOST),
    default=STANDARD.chains,
    show_default=True,
    help="Annealed side by side.",
)
@click.option(
    "--betas",
    default=STANDARD.betas,
    show_default=True,
    help="Inverse temperatures of the annealing: this name, a number of even steps, or a list such as 0,0.5,0.9,1.",
)
@options.seed_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def likelihood(
    file: Path,
    dataset: str | None,
    data_dir: Path | None,
    split: str,
    images: int | None,
    intensity: Any,
    chains: int,
    betas: str,
    seed: int,
    as_json: bool,
) -> None:
    """Tell how probable the deep belief net in FILE says images are, in nats per image.

    log Z comes from annealed importance sampling both ways: from the base rates to the net (AIS), which makes log p(x)
    too high in the mean, and from the net to the base rates (reverse AIS, from where chains get that begin at training
    images), which makes it too low, unless these miss modes; and exactly, if one side of the top layer has at most 25
    units: 25 beside 784 pixels take about five minutes, and each unit fewer halves that. A net of one layer has
    log p(x), a deeper one a lower bound on it. The conservative estimate (CSL) rests on samples of the net alone. What
    a posterior chain adds to the bound of two layers without labels is found on the first 100 images.

    \b
    Examples:
      dbn likelihood rbm.h5
      dbn likelihood dbn.h5 --images 1000 --betas 1000 --json
    """
    from dbn.data.fits import check_fits
    from dbn.generative.dbn import DBN
    from dbn.generative.likelihood.measure import measure
    from dbn.training.progress import Progress

    found = options.load_noting(file, "dbn")
    trained = found.config.get("intensity", "real")
    config = LikelihoodConfig(chains, betas, intensity or ("sampled" if trained == "real" else trained))
    net = DBN.from_tree(found.model)
    data = options.dataset_of(found, file, dataset, data_dir)
    train, judged = (options.part_of(data, found, file, name) for name in ("train", split))
    check_fits(train, net.sizes[0], net.n_classes)
    check_fits(judged, net.sizes[0], net.n_classes)
    if images and images > len(judged):
        raise DbnError(f"{data.name} has {len(judged)} {split} images, not {images}; choose fewer --images")
    report = measure(net, train, judged[:images], config, seed, Progress(bar=True))
    if report.warning:
        click.echo(f"note: {report.warning}", err=True)
    pixels = {"binarization": config.intensity, "trained_on": trained}
    if as_json:
        rows = [{name: _finite(value) for name, value in asdict(row).items()} for row in report.rows]
        told = {**asdict(report), "rows": rows, "warning": report.warning, "betas": betas, "seed": seed}
        click.echo(json.dumps({"file": str(file), "dataset": data.name, "split": split, **pixels, **told}))
        return
    shape = "-".join(map(str, net.sizes))
    click.echo(f"{file}: a {shape} net, on {options.counted(report.images, f'{split} image')} of {data.name}")
    click.echo(f"  pixels: {config.intensity} (trained on {trained} ones)")
    click.echo(f"  annealing: {chains} chains x {report.temperatures} temperatures ({betas}), seed {seed}")
    for row in report.rows:
        click.echo(f"  {_line(row)}")
    click.echo(f"  gap between reverse AIS and AIS: {report.gap:.2f} nats")


def _line(row: Row) -> str:
    text = f"{row.quantity}, {row.method}: {row.nats:.2f}"
    if row.standard_error is not None:
        text += f" ± {row.standard_error:.2f} over images"
    if row.interval:
        text += f", ±3σ of log Z: {row.interval[0]:.2f} to {row.interval[1]:.2f}"
    if row.effective_chains is not None:
        text += f", as good as {row.effective_chains:.1f} chains"
    if row.chain_images is not None:
        text += f", the chain's part from the first {options.counted(row.chain_images, 'image')}"
    return f"{text} ({row.side}; {row.seconds:.1f} s)"


def _finite(value: Any) -> Any:
    """JSON has no infinity: an end of an interval that is infinite becomes null."""
    if isinstance(value, tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
