"""`dbn pretrain`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dbn.cli import options
from dbn.comparison.compare import preset, stack
from dbn.generative.greedy import Greedy, GreedyConfig
from dbn.training.checkpoint import Checkpoint
from dbn.training.runs import begin, train_to_file

PER_LAYER: dict[str, Callable[[str], Any]] = {
    "epochs": int,
    **dict.fromkeys(("learning_rate", "momentum", "weight_decay", "k", "persistent"), str),
    **dict.fromkeys(("sparsity_target", "sparsity_cost"), float),
}
"""The options that may differ between layers, and how one value is read."""


@click.command()
@options.dataset_option()
@options.intensity_option
@options.validation_option()
@click.option("--hidden", help="Hidden units of each layer, pixels up, for example 500,500,2000.")
@click.option("--labels/--no-labels", default=True, show_default=True, help="Give the top layer label units.")
@click.option("--batch-size", type=click.IntRange(min=1), help="Images an update.")
@click.option("--epochs", help="Passes over the training images.")
@click.option("--learning-rate", help="Of the mean gradient of a mini-batch.")
@click.option("--momentum", help="Share of the last update that the next one keeps; less than 1.")
@click.option("--weight-decay", help="L2, on weights only, times the learning rate.")
@click.option("--k", help="Gibbs steps of contrastive divergence.")
@click.option("--persistent", help="1: chains go on where they were (PCD); 0: they start at the data (CD).")
@click.option("--sparsity-target", help="Desired mean activity of hidden units.")
@click.option("--sparsity-cost", help="How strongly they are pulled there.")
@click.option("--sample-visible", is_flag=True, help="Sample binary visible units in the chain.")
@options.seed_option
@options.output_options("dbn.h5")
def pretrain(dataset: str, data_dir: Path | None, validation: int | None, seed: int, **given: Any) -> None:
    """Train a deep belief net layer by layer, by contrastive divergence.

    What is not given is as in `dbn compare`, whose settings depend on the size of the data set: the top layer
    learns with more Gibbs steps, and with persistent chains towards the end.

    \b
    Options from --epochs to --sparsity-cost take one value, two (for the layers below,
    and for the top), or one a layer, separated by slashes. Those from --learning-rate
    to --persistent may change with the epochs of their layer:
      0.5,0.9@5   0.5, then 0.9 from epoch 5
      0.1>0       from 0.1 to 0 in a straight line
      0.1>0@15    0.1 until epoch 15, then to 0

    \b
    Examples:
      dbn pretrain --output net.h5
      dbn pretrain --output net.h5 --resume
      dbn pretrain --dataset mnist --epochs 30/50 --k '1/1>5' --output net.h5
      dbn pretrain --hidden 64 --no-labels --epochs 10 --output rbm.h5
    """
    output = options.output_of(given)
    begin(output)
    data = options.load_data(dataset, data_dir, validation)
    config = greedy_config(len(data.dataset.train), **given)
    learner = Greedy(config, data.train, data.dataset.image_shape, data.dataset.n_classes, seed, data.validation)
    done = train_to_file(learner, Checkpoint("dbn", {}, config.as_json(), data.header, seed), output)
    last = done.history[-1]
    click.echo(f"{output.path}: trained {options.counted(len(done.history), 'epoch')}, seed {seed}")
    if "validation_error_percent" in last:
        click.echo(f"validation error of the generative classifier: {last['validation_error_percent']:.2f} %")


def greedy_config(n_train: int, hidden: str | None, **given: Any) -> GreedyConfig:
    """Put what was given in the place of the standard."""
    standard = preset(n_train).pretrain
    sizes = tuple(options.whole_numbers(hidden.split(","), "--hidden")) if hidden else standard.hidden
    if given["epochs"]:
        epochs = options.per_layer(given["epochs"], len(sizes), "--epochs", int)
        standard = preset(n_train, epochs[0], epochs[-1]).pretrain
    layers = list(stack(standard.layers, len(sizes)))
    for name in [name for name in given if name in PER_LAYER]:
        text = given.pop(name)
        if text is not None:
            values = options.per_layer(text, len(sizes), "--" + name.replace("_", "-"), PER_LAYER[name])
            layers = [replace(layer, **{name: value}) for layer, value in zip(layers, values, strict=True)]
    sample_visible = given.pop("sample_visible")
    layers = [replace(layer, sample_visible=sample_visible) for layer in layers]
    batch_size = given.pop("batch_size") or standard.batch_size
    return GreedyConfig(hidden=sizes, layers=tuple(layers), batch_size=batch_size, **given)
