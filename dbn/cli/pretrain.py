"""`dbn pretrain`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dbn.cli import options
from dbn.cli.source import data_for, finished_net
from dbn.cli.values import per_layer, whole_numbers
from dbn.comparison.compare import preset, stack
from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.units import HIDDEN_KINDS
from dbn.training.checkpoint import Checkpoint
from dbn.training.ranks import joined
from dbn.training.runs import begin, train_to_file
from dbn.training.schedules import Schedule
from dbn.training.state import digest

PER_LAYER: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("epochs", "temperatures"), int),
    **dict.fromkeys(("learning_rate", "momentum", "weight_decay", "k", "persistent", "fast_rate"), str),
    **dict.fromkeys(("sparsity_target", "sparsity_cost", "centering"), float),
}
"""The options that may differ between layers, and how one value is read."""

REAL_RATES = ("0.01>0", "0.0003>0")
"""Of machines with one side of real numbers, Gaussian or rectified linear units, and with two.

Hinton 2012, *A practical guide to training restricted Boltzmann machines*, on Gaussian visible units: a tenth or a
hundredth of that with binary ones. On mnist-5k, with one such side 0.03 diverges or leaves all rectified units dead,
with two 0.001 diverges.
"""


@click.command()
@options.dataset_option(
    None,
    "A name that `dbn data list` knows, a path, or stream:PATH, which leaves the images in an HDF5 file.  "
    "[default: mnist-5k, or that of --start]",
)
@click.option(
    "--intensity",
    type=click.Choice(options.INTENSITIES),
    help="Pixels as real values, as binary states sampled each time, or thresholded at 1/2.  [default: real, or that "
    "of --start]",
)
@options.validation_option(
    "Last training images to hold out; 0 to train on all.  [default: a sixth; with --start on the same data, those "
    "that it held out]"
)
@click.option("--start", type=options.FILE, help="Begin with the machines of this net; further ones are random.")
@click.option("--hidden", help="Hidden units of each layer, pixels up, for example 500,500,2000.")
@click.option(
    "--visible",
    type=click.Choice(("bernoulli", "gaussian")),
    help="Pixels as binary units, or real numbers with learned variances.  [default: bernoulli, or those of --start]",
)
@click.option(
    "--hidden-units",
    type=click.Choice(HIDDEN_KINDS),
    help="Hidden units that are binary or rectified linear; beside label units always binary.  [default: bernoulli, or "
    "those of --start]",
)
@click.option("--labels/--no-labels", default=True, show_default=True, help="Give the top layer label units.")
@click.option("--batch-size", type=click.IntRange(1, options.MOST), help="Images per update.")
@click.option("--generative", help="Weight of the gradient of log p(label, rest) in the top layer: a schedule.")
@click.option("--discriminative", help="Weight of that of log p(label given rest), in the top layer: a schedule.")
@click.option("--epochs", help="Passes over the training images; 0 keeps a layer of --start as it is.")
@click.option("--learning-rate", help="Of the mean gradient of a mini-batch.")
@click.option("--momentum", help="Share of the last update that the next one keeps; less than 1.")
@click.option("--weight-decay", help="L2, on weights only, times the learning rate.")
@click.option("--k", help="Gibbs steps of contrastive divergence.")
@click.option(
    "--persistent",
    help="1: chains go on where they were (PCD), as they do with --temperatures or --fast-rate if this is not given; "
    "0: they start at the data (CD).",
)
@click.option("--fast-rate", help="Of fast weights, which make persistent chains move; 0: none.")
@click.option("--sparsity-target", help="Desired mean activity of hidden units.")
@click.option("--sparsity-cost", help="How strongly they are pulled there.")
@click.option("--centering", help="Rate at which the offsets follow mean activities, such as 0.01; 0: no centering.")
@click.option("--temperatures", help="Of persistent chains that swap states (parallel tempering); 1: no tempering.")
@click.option("--sample-visible", is_flag=True, help="Sample binary visible units in the chain.")
@click.option("--sample-hidden", is_flag=True, help="Layers above the first learn from states, not probabilities.")
@click.option(
    "--tied", is_flag=True, help="New layers above the first begin as the one below, transposed, or with more units."
)
@options.averaging_option
@options.ais_option
@options.device_option
@options.seed_option
@options.output_options("dbn.h5")
def pretrain(
    dataset: str | None,
    data_dir: Path | None,
    validation: int | None,
    start: Path | None,
    ais_every: int,
    device: str,
    seed: int,
    **given: Any,
) -> None:
    """Train a deep belief net layer by layer, by contrastive divergence.

    What is not given is as in `dbn compare`, whose settings depend on the size of the data set: the top layer
    learns with more Gibbs steps, and with persistent chains towards the end. Where units are real numbers (Gaussian
    pixels, rectified linear hidden units) rates are smaller: 0.01>0, or 0.0003>0 between two layers of these.

    \b
    Options from --epochs to --temperatures take one value, two (for the layers below,
    and for the top), or one for each layer, separated by slashes. Those from --learning-rate
    to --fast-rate may change with the epochs of their layer:
      0.5,0.9@5   0.5 for 5 epochs, then 0.9
      0.1>0       from 0.1 to 0 in a straight line
      0.1>0@15    0.1 for 15 epochs, then to 0

    The top layer has label units, and learns p(label, rest) by contrastive divergence (--generative 1,
    --discriminative 0), the exact p(label given rest) (0 and 1), or both (for example 0.01 and 1). A net that was
    trained without labels can go on with them: its top layer gains label units.

    \b
    Examples:
      dbn pretrain --output net.h5
      dbn pretrain --output net.h5 --resume
      dbn pretrain --dataset mnist --epochs 30/50 --k '1/1>5' --output net.h5
      dbn pretrain --hidden 500 --generative 0.01 --discriminative 1 --output hybrid.h5
      dbn pretrain --hidden 64 --no-labels --epochs 10 --output rbm.h5
      dbn pretrain --hidden 64 --no-labels --persistent 1 --centering 0.01 --output pcd.h5
      dbn pretrain --visible gaussian --output real.h5
      dbn pretrain --visible gaussian --hidden-units rectified --output rectified.h5
      dbn pretrain --dataset stream:larger-than-memory.h5
      dbn pretrain --hidden 64 --no-labels --intensity sampled --ais-every 5
      dbn pretrain --start rbm.h5 --epochs 5 --output labelled.h5
      dbn pretrain --start rbm.h5 --no-labels --hidden 64,1000 --epochs 0/5 --tied --sample-hidden
      torchrun --nproc-per-node 2 -m dbn -- pretrain --output net.h5
    """
    output = options.output_of(given)
    net, origin = None, {}
    if start:
        source = finished_net(start, output)
        data = data_for(source, start, dataset, data_dir, validation)
        net = DBN.from_tree(source.model)
        if given["hidden"] is None:
            given["hidden"] = ",".join(map(str, net.sizes[1:]))
        for name in ("intensity", "visible", "hidden_units"):
            given[name] = given[name] or source.config.get(name)
        # Where learning starts from is part of what a run is: another net must not resume it.
        origin = {"start": digest(source.model)}
    else:
        begin(output)
        data = options.load_data("mnist-5k" if dataset is None else dataset, data_dir, validation)
    given["intensity"] = given["intensity"] or "real"
    for name in ("visible", "hidden_units"):
        given[name] = given[name] or "bernoulli"
    config = greedy_config(len(data.dataset.train), **given)
    n_classes, shape, ranks = data.dataset.n_classes, data.dataset.image_shape, joined(device)
    learner = Greedy(config, data.train, shape, n_classes, seed, data.validation, net, ais_every, device, ranks)
    header = Checkpoint("dbn", {}, {**config.as_json(), **origin}, data.header, seed)
    done = train_to_file(learner, header, output)
    last = done.history[-1]
    if ranks.rank:
        return
    click.echo(f"{output.path}: trained {options.counted(len(done.history), 'epoch')}, seed {seed}")
    if "validation_error_percent" in last:
        click.echo(f"validation error of the label of least free energy: {last['validation_error_percent']:.2f} %")
    if told := options.told_log_likelihood(last):
        click.echo(told)


def greedy_config(n_train: int, hidden: str | None, **given: Any) -> GreedyConfig:
    """Put what was given in the place of the standard."""
    standard = preset(n_train).pretrain
    sizes = tuple(whole_numbers(hidden.split(","), "--hidden")) if hidden is not None else standard.hidden
    if given["epochs"]:
        epochs = per_layer(given["epochs"], len(sizes), "--epochs", int)
        standard = preset(n_train, epochs[0], epochs[-1]).pretrain
    sample_visible = given.pop("sample_visible")
    changes: list[dict[str, Any]] = [{"sample_visible": sample_visible} for _ in sizes]
    hidden_real = [given["hidden_units"] == "rectified"] * len(sizes)
    hidden_real[-1] &= not given["labels"]
    for change, *sides in zip(changes, [given["visible"] == "gaussian", *hidden_real], hidden_real, strict=False):
        if any(sides):
            change["learning_rate"] = REAL_RATES[all(sides)]
    for name in [name for name in given if name in PER_LAYER]:
        text = given.pop(name)
        if text is not None:
            values = per_layer(text, len(sizes), "--" + name.replace("_", "-"), PER_LAYER[name])
            for change, value in zip(changes, values, strict=True):
                change[name] = value
    if "sparsity_target" in changes[0] and not any(change.get("sparsity_cost") for change in changes):
        raise DbnError("--sparsity-target acts by a --sparsity-cost above 0; give one, or leave the target out")
    if given["sample_hidden"] and len(sizes) == 1:
        raise DbnError("no layer lies above the first, to learn from its states; leave --sample-hidden out")
    if given["hidden_units"] == "rectified" and not any(hidden_real):
        raise DbnError("hidden units beside label units are binary; add --no-labels to have rectified ones")
    weights = {name: given.pop(name) for name in ("generative", "discriminative")}
    changes[-1] |= {name: text for name, text in weights.items() if text is not None}
    for change in changes:
        # The standard has persistent chains in the last epochs at most, in which their helps would hardly act.
        if change.get("temperatures", 1) != 1 or Schedule(change.get("fast_rate", "0")).bounds != (0, 0):
            change.setdefault("persistent", "1")
    standards = stack(standard.layers, len(sizes))
    layers = [replace(layer, **change) for layer, change in zip(standards, changes, strict=True)]
    _refuse_idle(layers, changes)
    batch_size = given.pop("batch_size") or standard.batch_size
    return GreedyConfig(hidden=sizes, layers=tuple(layers), batch_size=batch_size, **given)


def _refuse_idle(layers: Sequence[CDConfig], changes: Sequence[Mapping[str, Any]]) -> None:
    """Refuse options of contrastive divergence if no layer learns by it."""
    if any(Schedule(layer.generative).bounds != (0, 0) for layer in layers):
        return
    for name in ("k", "persistent", "sample_visible"):
        if changes[0].get(name):
            raise DbnError(
                f"--{name.replace('_', '-')} is of contrastive divergence, and with --generative 0 nothing learns by "
                "it; leave it out"
            )
