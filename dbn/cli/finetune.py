"""`dbn finetune`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dbn.cli import options
from dbn.cli.source import data_for, finished_net
from dbn.comparison.compare import preset
from dbn.discriminative.activations import HIDDEN
from dbn.discriminative.backprop import OPTIMISERS, Backprop
from dbn.discriminative.loss import OUTPUT_OF
from dbn.discriminative.network import Network
from dbn.discriminative.rate import squared_error_rate
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.ops.numpy import Rng
from dbn.training.checkpoint import Checkpoint
from dbn.training.ranks import joined
from dbn.training.runs import train_to_file
from dbn.training.state import digest
from dbn.training.stopping import EarlyStopping

PATIENCE = 10
FOREIGN = {"sgd": ("iterations",), **dict.fromkeys(OPTIMISERS[1:], ("learning_rate", "momentum"))}
"""Options that an optimiser does not have."""


@click.command()
@click.argument("file", type=options.FILE)
@options.dataset_option(None, "Where the labels come from.  [default: what the net was trained on]")
@options.validation_option(
    "Last training images to hold out; 0 to train on all.  [default: those that pretrain held out]"
)
@click.option("--random-start", is_flag=True, help="Begin with random weights: the control without pre-training.")
@click.option(
    "--units",
    help=f"Hidden ones, with --random-start: {', '.join(HIDDEN)}; one kind, or one a layer between commas.  "
    "[default: as those of the net]",
)
@click.option(
    "--loss",
    type=click.Choice(tuple(OUTPUT_OF)),
    help="Of softmax outputs, or of sigmoid ones.  [default: cross-entropy]",
)
@click.option("--optimiser", type=click.Choice(OPTIMISERS), default="sgd", show_default=True)
@click.option("--epochs", type=click.IntRange(min=1))
@click.option(
    "--batch-size", type=click.IntRange(min=1), help="[default: that of `dbn compare`; 1000 for lbfgs and cg]"
)
@click.option(
    "--learning-rate",
    help="A schedule, of sgd.  [default: that of `dbn compare`; for the squared error, 20 / mean ‖h‖² of the units "
    "under the output but 1 at most, and from there to 0]",
)
@click.option("--momentum", help="A schedule, of sgd.  [default: that of `dbn compare`; 0 for the squared error]")
@click.option("--weight-decay", type=click.FloatRange(min=0))
@click.option("--dropout", type=click.FloatRange(0, 1, max_open=True), help="Of hidden units, with sgd.")
@click.option(
    "--adversarial",
    type=click.FloatRange(min=0),
    help="Let half of the loss be of adversarial examples: images moved so far, in pixels from 0 to 1, to where it "
    "grows fastest; with sgd.",
)
@click.option(
    "--intensity",
    type=click.Choice(options.INTENSITIES),
    help="How pixels become inputs.  [default: real; from 20,000 images on sampled; of thresholded pixels threshold]",
)
@click.option("--iterations", type=click.IntRange(min=1), help="Of lbfgs or cg, on each batch.  [default: 3]")
@click.option(
    "--patience",
    type=click.IntRange(min=1),
    help=f"Epochs without progress on validation images.  [default: {PATIENCE}]",
)
@options.device_option
@options.seed_option
@options.output_options("network.h5")
def finetune(
    file: Path,
    dataset: str | None,
    data_dir: Path | None,
    validation: int | None,
    random_start: bool,
    units: str | None,
    patience: int | None,
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
      dbn finetune dbn.h5 --random-start --units relu,relu,tanh --output rectified.h5
      dbn finetune dbn.h5 --optimiser cg --batch-size 1000 --output network.h5

    \b
    The textbook's backprop: squared error of sigmoid outputs, and an update for each example.
      dbn finetune dbn.h5 --random-start --loss squared-error --batch-size 1 --learning-rate 0.1
    """
    if units is not None and not random_start:
        raise DbnError(f"a deep belief net has its units already; give --random-start for a network of {units} units")
    for name in (name for name in FOREIGN[given["optimiser"]] if given[name] is not None):
        option = f"--{name.replace('_', '-')}"
        raise DbnError(f"{option} is no option of {given['optimiser']}; leave it out, or choose another --optimiser")
    output = options.output_of(given)
    source = finished_net(file, output)
    net = DBN.from_tree(source.model)
    data = data_for(source, file, dataset, data_dir, validation)
    if patience and data.validation is None:
        raise DbnError("--patience waits for progress on validation images, and none are held out; leave it out")
    patience = patience or PATIENCE
    if given["optimiser"] != "sgd":
        given["batch_size"], given["dropout"] = given["batch_size"] or 1000, given["dropout"] or 0.0
    chosen = {name: value for name, value in given.items() if value is not None}
    standard = preset(len(data.dataset.train)).finetune
    if net.gaussian or source.config.get("intensity") == "threshold":  # the net knows no other pixels
        standard = replace(standard, intensity="real" if net.gaussian else "threshold")
    n_classes, outputs = data.dataset.n_classes, OUTPUT_OF[given["loss"] or standard.loss]
    kinds = net.recognition_units() if units is None else kinds_of(units, len(net.layers))
    if random_start:
        start = Network.random((*net.sizes, n_classes), Rng(seed, "random-start"), outputs, kinds)
    else:
        start = Network.from_layers(net.recognition_layers(), net.sizes[-1], n_classes, outputs, kinds)
    if given["loss"] == "squared-error":
        standard = replace(standard, learning_rate=squared_error_rate(start, data.train.images), momentum="0")
    config = replace(standard, **chosen)
    ranks = joined(device)
    learner = Backprop(config, start, data.train, seed, data.validation, device=device, ranks=ranks)
    stopping = EarlyStopping("validation_error_percent", patience) if data.validation is not None else None
    # Where learning starts from is part of what a run is: another net must not resume it.
    origin = {"random_start": random_start, "pretrained": digest(source.model), "patience": patience}
    if kinds != net.recognition_units():
        origin["units"] = kinds[0] if len(set(kinds)) == 1 else ",".join(kinds)
    header = Checkpoint("network", {}, {**config.as_json(), **origin}, data.header, seed)
    done = train_to_file(learner, header, output, stopping)
    if ranks.rank:
        return
    click.echo(f"{output.path}: trained {options.counted(len(done.history), 'epoch')}, seed {seed}")
    if data.validation is not None:
        best = min(row["validation_error_percent"] for row in done.history)
        click.echo(f"validation error of the best epoch: {best:.2f} %")


def kinds_of(units: str, n_layers: int) -> list[str]:
    """Read `--units`: one kind for all hidden layers, or one for each, between commas.

    >>> kinds_of("relu", 2), kinds_of("relu,tanh", 2)
    (['relu', 'relu'], ['relu', 'tanh'])
    """
    kinds = [kind.strip() for kind in units.split(",")]
    for kind in kinds:
        if kind not in HIDDEN:
            raise DbnError(f"--units takes {', '.join(HIDDEN)}, with commas between those of the layers, not {kind!r}")
    if len(kinds) not in {1, n_layers}:
        raise DbnError(
            f"--units {units} names {options.counted(len(kinds), 'kind')} for "
            f"{options.counted(n_layers, 'hidden layer')}; give one for all, or one for each layer"
        )
    return kinds * n_layers if len(kinds) == 1 else kinds
