"""`dbn baseline`."""

from __future__ import annotations

from pathlib import Path

import click

from dbn.cli import options
from dbn.data.intensity import Intensity
from dbn.discriminative.logistic import Logistic, LogisticConfig
from dbn.errors import DbnError
from dbn.training.checkpoint import Checkpoint
from dbn.training.runs import begin, train_to_file


@click.command()
@options.dataset_option()
@options.intensity_option
@options.validation_option(
    "Last training images to choose the penalty on; unused if there is one penalty.  [default: a sixth]"
)
@click.option(
    "--penalty",
    "penalties",
    type=click.FloatRange(min=0),
    multiple=True,
    default=LogisticConfig.penalties,
    show_default=True,
    help="A candidate for the L2 penalty; give several to choose among.",
)
@click.option(
    "--rounds", type=click.IntRange(min=1), default=10, show_default=True, help="Each of 50 L-BFGS iterations."
)
@options.seed_option
@options.output_options("logistic-regression.h5")
def baseline(
    dataset: str,
    data_dir: Path | None,
    intensity: Intensity,
    validation: int | None,
    penalties: tuple[float, ...],
    rounds: int,
    seed: int,
    **given: object,
) -> None:
    """Fit multinomial logistic regression.

    The L2 penalty is chosen on the validation images, if several are given; then the model is fitted to all
    training images.

    \b
    Examples:
      dbn baseline --output logistic-regression.h5
      dbn baseline --dataset mnist --penalty 1e-5 --penalty 1e-4 --output logistic-regression.h5
    """
    output = options.output_of(given)
    begin(output)
    data = options.load_data(dataset, data_dir, 0)
    train = data.dataset.train
    held_out = max(1, len(train) // 6) if validation is None else validation
    if held_out == 0 and len(penalties) > 1:
        raise DbnError("--validation 0 leaves no images to choose the penalty on; hold some out, or give one --penalty")
    config = LogisticConfig(penalties=penalties, held_out=held_out, rounds=rounds, intensity=intensity)
    learner = Logistic(config, train, data.dataset.n_classes, seed)
    done = train_to_file(learner, Checkpoint("network", {}, config.as_json(), data.header, seed), output)
    click.echo(f"{output.path}: L2 penalty {done.history[-1]['penalty']:g}, loss {done.history[-1]['loss']:.4f} nats")
