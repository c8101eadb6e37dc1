"""`dbn baseline`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dbn.cli import options
from dbn.data.intensity import Intensity
from dbn.discriminative.logistic import Logistic, LogisticConfig
from dbn.errors import DbnError
from dbn.generative.naive_bayes import Pixels
from dbn.generative.smoothing import CANDIDATES, NaiveBayesConfig, NaiveBayesFit
from dbn.training.checkpoint import Checkpoint
from dbn.training.runs import begin, train_to_file

PIXELS: dict[str, Pixels] = {"bernoulli-naive-bayes": "bernoulli", "gaussian-naive-bayes": "gaussian"}
"""The generative models, and the distribution of a pixel in each."""


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


@click.command()
@click.option(
    "--model",
    type=click.Choice(["logistic-regression", *PIXELS]),
    default="logistic-regression",
    show_default=True,
    help="The discriminative model, or its generative twin with binary or with real-valued pixels.",
)
@options.dataset_option()
@options.intensity_option
@options.validation_option(
    "Last training images to choose penalty or smoothing on; unused if there is one.  [default: a sixth]"
)
@click.option(
    "--penalty",
    "penalties",
    type=click.FloatRange(min=0),
    multiple=True,
    help="Of logistic regression: a candidate for the L2 penalty; give several to choose among.  "
    f"[default: {_listed(LogisticConfig.penalties)}]",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    help=f"Of logistic regression: each of 50 L-BFGS iterations.  [default: {LogisticConfig.rounds}]",
)
@click.option(
    "--smoothing",
    type=float,
    multiple=True,
    help="Of naive Bayes: a candidate for what is added to the counts or, as a share of the largest, to the variances. "
    f" [default: {_listed(CANDIDATES['bernoulli'])}; {_listed(CANDIDATES['gaussian'])}]",
)
@options.seed_option
@options.output_options("MODEL.h5", fixed=False)
def baseline(
    model: str,
    dataset: str,
    data_dir: Path | None,
    intensity: Intensity,
    validation: int | None,
    seed: int,
    penalties: tuple[float, ...],
    rounds: int | None,
    smoothing: tuple[float, ...],
    **given: Any,
) -> None:
    """Fit multinomial logistic regression, or naive Bayes.

    The L2 penalty, or the smoothing, is chosen on the validation images, if several are given; then the model is
    fitted to all training images. Nothing is drawn at random, unless pixels are sampled.

    \b
    Examples:
      dbn baseline --output logistic-regression.h5
      dbn baseline --dataset mnist --penalty 1e-5 --penalty 1e-4 --output logistic-regression.h5
      dbn baseline --dataset mnist --model bernoulli-naive-bayes --output bernoulli.h5
    """
    given["output"] = given["output"] or Path(f"{model}.h5")
    output = options.output_of(given)
    begin(output)
    generative = model in PIXELS
    foreign = {"--penalty": penalties, "--rounds": rounds} if generative else {"--smoothing": smoothing}
    for option in (option for option, value in foreign.items() if value):
        raise DbnError(f"{option} is no option of {model}; leave it out, or choose another --model")
    data = options.load_data(dataset, data_dir, 0)
    train, n_classes = data.dataset.train, data.dataset.n_classes
    held_out = max(1, len(train) // 6) if validation is None else validation
    if generative:
        bayes = NaiveBayesConfig(PIXELS[model], smoothing, held_out, intensity)
        _check_choice(held_out, bayes.candidates, "smoothing")
        header = Checkpoint("naive-bayes", {}, bayes.as_json(), data.header, seed)
        last = train_to_file(NaiveBayesFit(bayes, train, n_classes), header, output).history[-1]
        told = f"smoothing {last['smoothing']:g}, training error {last['train_error_percent']:.2f} %"
    else:
        penalties, rounds = penalties or LogisticConfig.penalties, rounds or LogisticConfig.rounds
        _check_choice(held_out, penalties, "penalty")
        config = LogisticConfig(penalties=penalties, held_out=held_out, rounds=rounds, intensity=intensity)
        header = Checkpoint("network", {}, config.as_json(), data.header, seed)
        last = train_to_file(Logistic(config, train, n_classes, seed), header, output).history[-1]
        told = f"L2 penalty {last['penalty']:g}, loss {last['loss']:.4f} nats"
    click.echo(f"{output.path}: {told}")


def _check_choice(held_out: int, candidates: tuple[float, ...], name: str) -> None:
    if held_out == 0 and len(candidates) > 1:
        raise DbnError(f"--validation 0 leaves no images to choose the {name} on; hold some out, or give one --{name}")
