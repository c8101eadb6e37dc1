"""`dbn updown`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dbn.cli import options
from dbn.cli.source import data_for, finished_net
from dbn.generative.dbn import DBN
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.training.checkpoint import Checkpoint
from dbn.training.ranks import joined
from dbn.training.runs import train_to_file
from dbn.training.state import digest

STANDARD = UpDownConfig()


@click.command()
@click.argument("file", type=options.FILE)
@options.dataset_option(None, "What to learn from.  [default: what the net was trained on]")
@options.validation_option(
    "Last training images to hold out; 0 to train on all.  [default: those that were held out before]"
)
@click.option("--epochs", type=click.IntRange(min=1), default=STANDARD.epochs, show_default=True)
@click.option("--learning-rate", default=STANDARD.learning_rate, show_default=True, help="A schedule.")
@click.option("--k", default=STANDARD.k, show_default=True, help="Gibbs steps in the associative memory: a schedule.")
@click.option("--persistent", is_flag=True, help="Its chains go on where they were, instead of starting at the data.")
@click.option(
    "--restart",
    default=STANDARD.restart,
    show_default=True,
    help="Probability with which a persistent chain begins anew at random pixels before an update: a schedule.",
)
@click.option(
    "--clamped",
    type=click.FloatRange(0, 1),
    default=STANDARD.clamped,
    show_default=True,
    help="Share of the persistent chains whose labels are clamped, as often as in the data.",
)
@options.averaging_option
@click.option("--batch-size", type=click.IntRange(1, options.MOST), default=STANDARD.batch_size, show_default=True)
@click.option("--balanced/--shuffled", default=STANDARD.balanced, show_default=True, help="All classes in every batch.")
@click.option("--intensity", type=click.Choice(options.INTENSITIES), help="[default: as in pretrain]")
@options.ais_option
@options.device_option
@options.seed_option
@options.output_options("updown.h5")
def updown(
    file: Path,
    dataset: str | None,
    data_dir: Path | None,
    validation: int | None,
    ais_every: int,
    device: str,
    seed: int,
    **given: Any,
) -> None:
    """Fine-tune the whole deep belief net in FILE as a generative model, by the up-down algorithm.

    Recognition and generative weights are untied and learn by wake-sleep, the associative memory by contrastive
    divergence (Hinton, Osindero & Teh 2006). FILE may itself come from `dbn updown`.

    \b
    Examples:
      dbn updown dbn.h5 --epochs 30 --output updown.h5
      dbn updown dbn.h5 --epochs 30 --k 3,6@10,10@20 --learning-rate '0.1>0' --averaging 0.999
      dbn updown dbn.h5 --epochs 30 --k 1 --persistent --restart 0.001 --averaging 0.999 --resume
    """
    output = options.output_of(given)
    source = finished_net(file, output)
    data = data_for(source, file, dataset, data_dir, validation)
    given["intensity"] = given["intensity"] or source.config.get("intensity", STANDARD.intensity)
    config = UpDownConfig(**given)
    net = DBN.from_tree(source.model)
    ranks = joined(device)
    learner = UpDown(config, net, data.train, seed, data.validation, ais_every=ais_every, device=device, ranks=ranks)
    # Where learning starts from is part of what a run is: another net must not resume it.
    start = {"start": digest(source.model), "labels": bool(net.n_classes)}
    header = Checkpoint("dbn", {}, {**config.as_json(), **start}, data.header, seed)
    done = train_to_file(learner, header, output)
    if ranks.rank:
        return
    click.echo(f"{output.path}: trained {options.counted(len(done.history), 'epoch')}, seed {seed}")
    if "validation_error_percent" in done.history[-1]:
        click.echo(
            f"validation error of the generative classifier: {done.history[-1]['validation_error_percent']:.2f} %"
        )
    if told := options.told_log_likelihood(done.history[-1]):
        click.echo(told)
