"""`dbn pretrain`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dbn.cli import options
from dbn.generative.contrastive import CDConfig
from dbn.generative.greedy import Greedy, GreedyConfig
from dbn.training.checkpoint import Checkpoint
from dbn.training.runs import begin, train_to_file


@click.command()
@options.dataset_option()
@options.intensity_option
@options.validation_option()
@click.option("--hidden", default="500,500,2000", show_default=True, help="Hidden units of each layer, pixels up.")
@click.option("--labels/--no-labels", default=True, show_default=True, help="Give the top layer label units.")
@click.option("--batch-size", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--epochs", default="30", show_default=True)
@click.option("--learning-rate", default="0.1/0.1/0.05", show_default=True)
@click.option("--momentum", default="0.5,0.9@5", show_default=True)
@click.option("--weight-decay", default="0.0002", show_default=True)
@click.option("--k", default="1", show_default=True, help="Gibbs steps of contrastive divergence.")
@click.option("--persistent", default="0", show_default=True, help="1: chains go on (PCD); 0: start at the data.")
@click.option("--sample-visible", is_flag=True, help="Sample binary visible units in the chain.")
@click.option("--sparsity-target", type=float, default=0.1, show_default=True)
@click.option("--sparsity-cost", type=float, default=0.0, show_default=True)
@options.seed_option
@options.output_options("dbn.h5")
def pretrain(dataset: str, data_dir: Path | None, validation: int | None, seed: int, **given: Any) -> None:
    """Train a deep belief net layer by layer, by contrastive divergence.

    \b
    Epochs, learning rate, momentum, weight decay, k and persistent take one value, or one a layer
    separated by slashes; each value but the epochs may be a schedule:
      0.5,0.9@5   0.5, then 0.9 from epoch 5
      0.1>0       from 0.1 to 0 in a straight line over the layer's epochs
      0.1>0@15    0.1 until epoch 15, then to 0

    \b
    Examples:
      dbn pretrain --output net.h5
      dbn pretrain --dataset mnist --hidden 500,500,2000 --k '1/1/1>5' --output net.h5
      dbn pretrain --hidden 64 --no-labels --epochs 10 --output rbm.h5
      dbn pretrain --output net.h5 --resume
    """
    output = options.output_of(given)
    begin(output)
    config = greedy_config(**given)
    data = options.load_data(dataset, data_dir, validation)
    learner = Greedy(config, data.train, data.dataset.image_shape, data.dataset.n_classes, seed, data.validation)
    done = train_to_file(learner, Checkpoint("dbn", {}, config.as_json(), data.header, seed), output)
    last = done.history[-1]
    click.echo(f"{output.path}: trained {options.counted(len(done.history), 'epoch')}, seed {seed}")
    if "validation_error_percent" in last:
        click.echo(f"validation error of the generative classifier: {last['validation_error_percent']:.2f} %")


def greedy_config(hidden: str, epochs: str, learning_rate: str, **given: Any) -> GreedyConfig:
    """Read the options that may differ between layers."""
    sizes = options.whole_numbers(hidden.split(","), "--hidden")
    if learning_rate == "0.1/0.1/0.05" and len(sizes) != 3:  # the default is for three layers
        learning_rate = "/".join(["0.1"] * (len(sizes) - 1) + ["0.05"])
    names = ("momentum", "weight_decay", "k", "persistent")
    texts = {"epochs": epochs, "learning_rate": learning_rate, **{name: given.pop(name) for name in names}}
    columns: dict[str, Any] = {
        name: options.per_layer(text, len(sizes), "--" + name.replace("_", "-")) for name, text in texts.items()
    }
    columns["epochs"] = options.whole_numbers(columns["epochs"], "--epochs")
    shared = {name: given.pop(name) for name in ("sample_visible", "sparsity_target", "sparsity_cost")}
    layers = tuple(
        CDConfig(**{name: values[i] for name, values in columns.items()}, **shared) for i in range(len(sizes))
    )
    return GreedyConfig(hidden=tuple(sizes), layers=layers, **given)
