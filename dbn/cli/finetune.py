"""`dbn finetune`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dbn.cli import options
from dbn.cli.device import device_option
from dbn.cli.source import data_for, finished_net
from dbn.comparison.compare import preset
from dbn.discriminative.activations import HIDDEN
from dbn.discriminative.backprop import OPTIMISERS, Backprop
from dbn.discriminative.loss import OUTPUT_OF
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.ops.numpy import Rng
from dbn.training.checkpoint import Checkpoint
from dbn.training.loop import EarlyStopping
from dbn.training.ranks import joined
from dbn.training.runs import train_to_file
from dbn.training.state import digest


@click.command()
@click.argument("file", type=options.FILE)
@options.dataset_option(None, "Where the labels come from.  [default: what the net was trained on]")
@options.validation_option(
    "Last training images to hold out; 0 to train on all.  [default: those that pretrain held out]"
)
@click.option("--random-start", is_flag=True, help="Begin with random weights: the twin that isolates pre-training.")
@click.option(
    "--units", type=click.Choice(HIDDEN), help="Hidden ones, with --random-start.  [default: as those of the net]"
)
@click.option("--loss", type=click.Choice(tuple(OUTPUT_OF)), help="Of softmax outputs, or of sigmoid ones.")
@click.option("--optimiser", type=click.Choice(OPTIMISERS), default="sgd", show_default=True)
@click.option("--epochs", type=click.IntRange(min=1))
@click.option(
    "--batch-size", type=click.IntRange(min=1), help="[default: that of `dbn compare`; 1000 for lbfgs and cg]"
)
@click.option("--learning-rate", help="A schedule, of sgd.")
@click.option("--momentum", help="A schedule, of sgd.")
@click.option("--weight-decay", type=click.FloatRange(min=0))
@click.option("--dropout", type=click.FloatRange(0, 1, max_open=True), help="Of hidden units, with sgd.")
@click.option("--intensity", type=click.Choice(options.INTENSITIES), help="As in pretrain.")
@click.option("--iterations", type=click.IntRange(min=1), help="Of lbfgs or cg, a batch.  [default: 3]")
@click.option("--patience", type=click.IntRange(min=1), default=10, show_default=True, help="Epochs without progress.")
@device_option
@options.seed_option
@options.output_options("network.h5")
def finetune(
    file: Path,
    dataset: str | None,
    data_dir: Path | None,
    validation: int | None,
    random_start: bool,
    units: str | None,
    patience: int,
    device: str,
    seed: int,
    **given: Any,
) -> None:
    """Turn the deep belief net in FILE into a network with an output layer, and train it by backprop.

    With validation images, learning stops early and the best epoch's weights are kept. What is not given is as in
    `dbn compare`, whose settings depend on the size of the data set.

    \b
    Examples:
      dbn finetune dbn.h5 --output network.h5
      dbn finetune dbn.h5 --random-start --output twin.h5
      dbn finetune dbn.h5 --random-start --units relu --output rectified.h5
      dbn finetune dbn.h5 --optimiser cg --batch-size 1000 --output network.h5
    """
    if units and not random_start:
        raise DbnError(f"a deep belief net has its units already; give --random-start for a network of {units} units")
    output = options.output_of(given)
    source = finished_net(file, output)
    net = DBN.from_tree(source.model)
    data = data_for(source, file, dataset, data_dir, validation)
    if given["optimiser"] != "sgd":
        given["batch_size"], given["dropout"] = given["batch_size"] or 1000, given["dropout"] or 0.0
    chosen = {name: value for name, value in given.items() if value is not None}
    config = replace(preset(len(data.dataset.train)).finetune, **chosen)
    n_classes, outputs = data.dataset.n_classes, OUTPUT_OF[config.loss]
    kinds = [units] * len(net.layers) if units else net.recognition_units()
    if random_start:
        start = Network.random((*net.sizes, n_classes), Rng(seed, "random-start"), outputs, kinds)
    else:
        start = Network.from_layers(net.recognition_layers(), net.sizes[-1], n_classes, outputs, kinds)
    ranks = joined(device)
    learner = Backprop(config, start, data.train, seed, data.validation, device=device, ranks=ranks)
    stopping = EarlyStopping("validation_error_percent", patience) if data.validation is not None else None
    # Where learning starts from is part of what a run is: another net must not resume it.
    origin = {"random_start": random_start, "pretrained": digest(source.model), "patience": patience}
    if units and kinds != net.recognition_units():
        origin["units"] = units
    header = Checkpoint("network", {}, {**config.as_json(), **origin}, data.header, seed)
    done = train_to_file(learner, header, output, stopping)
    if ranks.rank:
        return
    click.echo(f"{output.path}: trained {options.counted(len(done.history), 'epoch')}, seed {seed}")
    if data.validation is not None:
        best = min(row["validation_error_percent"] for row in done.history)
        click.echo(f"validation error of the best epoch: {best:.2f} %")
