"""The main study: a deep belief net as generative and as discriminative model, beside its rivals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn.comparison.metrics import error_percent, interval_percent, predictions
from dbn.comparison.results import Row, Summary, environment
from dbn.comparison.significance import every_pair
from dbn.data.intensity import Intensity
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.logistic import Logistic, LogisticConfig
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.models import AnyModel, model_of
from dbn.ops.numpy import Array, Rng
from dbn.training.checkpoint import Checkpoint
from dbn.training.loop import Learner
from dbn.training.runs import Output, train_to_file
from dbn.training.state import digest

if TYPE_CHECKING:
    from dbn.data.dataset import Dataset

LARGE, SMALL = 20_000, 4_000
"""Training images from which the settings for full MNIST are used, and of the set that those for small ones suit."""

MODELS = ("logistic-regression", "dbn-generative", "dbn-discriminative", "network-random-start")
FIGURES = (
    *("chains", "confusion", "error-bars", "errors", "fine-tuning", "hidden-activity", "learning-curves"),
    *("receptive-fields-*", "reconstructions", "samples", "updates", "weights"),
)
"""What a report may draw, as patterns."""


@dataclass(frozen=True)
class CompareConfig:
    """How each model of the comparison is trained."""

    pretrain: GreedyConfig
    finetune: BackpropConfig
    logistic: LogisticConfig


def preset(n_train: int, low_epochs: int | None = None, top_epochs: int | None = None) -> CompareConfig:
    """Return the settings for a data set of `n_train` images.

    Those for large sets were chosen on the last 10,000 training images of MNIST, those for small ones on the last 666
    of mnist-5k, with epochs for a run of two minutes; still smaller sets are passed over more often, up to ten times,
    for as many updates (of scikit-learn's digits, 1,437 images, the last sixth of which judged: the generative net
    errs on 7.9 % instead of 25.5 %, and on 3.8 % instead of 9.6 % once it is fine-tuned). The 150 epochs of the lower
    machines were not compared with others: 60 had been better than 30.

    Parameters
    ----------
    n_train : int
        Training images.
    low_epochs, top_epochs : int, optional
        Epochs of the machines below, and of the associative memory, instead of the standard ones.
    """
    if n_train >= LARGE:
        low = CDConfig(epochs=low_epochs or 150, learning_rate="0.1>0")
        top = memory(epochs=top_epochs or 50, learning_rate="0.05>0", k="1>5", share_of_cd=0.7)
        finetune = BackpropConfig(epochs=40, batch_size=100, learning_rate="0.2>0", dropout=0.2, intensity="sampled")
    else:
        epochs = round(20 * min(max(1, SMALL / n_train), 10))
        low = CDConfig(epochs=low_epochs or epochs, learning_rate="0.05>0")
        top = memory(epochs=top_epochs or epochs, learning_rate="0.03>0", k="1>3", share_of_cd=0.15)
        finetune = BackpropConfig(epochs=epochs, batch_size=20, learning_rate="0.05>0")
    return CompareConfig(
        pretrain=GreedyConfig(hidden=(500, 500, 2000), layers=(low, low, top), batch_size=finetune.batch_size),
        finetune=finetune,
        logistic=LogisticConfig(held_out=max(1, n_train // 6)),
    )


def memory(epochs: int, learning_rate: str, k: str, share_of_cd: float) -> CDConfig:
    """Return how the associative memory learns: from chains that start at the data, then from persistent ones.

    The first make it classify; the second remove the modes far from the data in which its samples would end.
    `share_of_cd` says which part of the epochs the first phase takes; momentum is low in the second.
    """
    switch = max(1, round(share_of_cd * epochs))
    rise = f",0.9@5,0.5@{switch}" if switch > 5 else ""
    return CDConfig(epochs=epochs, learning_rate=learning_rate, momentum=f"0.5{rise}", k=k, persistent=f"0,1@{switch}")


def stack(layers: tuple[CDConfig, ...], n_layers: int) -> tuple[CDConfig, ...]:
    """Make `n_layers` of learning configs: the lowest for every machine but the top one."""
    return (layers[0],) * (n_layers - 1) + layers[-1:]


@dataclass(frozen=True)
class Comparison:
    """What a comparison leaves: the summary, the data, and the models with their histories and guesses by name."""

    summary: Summary
    dataset: Dataset
    models: dict[str, AnyModel]
    histories: dict[str, list[dict[str, float]]]
    guesses: dict[str, Array]


def check_folder(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that holds results which may neither be resumed nor overwritten; DbnError."""
    if folder.is_dir() and any(folder.iterdir()) and not (resume or overwrite):
        raise DbnError(
            f"{folder} already holds results; use --resume to go on with them, --overwrite to replace them, "
            "or another --output"
        )


def compare(
    dataset: Dataset,
    config: CompareConfig,
    seed: int,
    folder: Path,
    *,
    command: str,
    held_out: int = 0,
    resume: bool = False,
    overwrite: bool = False,
    every: int = 1,
    log: bool = False,
    bar: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Train every model of the comparison and look at the test images once for each.

    Parameters
    ----------
    dataset : Dataset
        Its test split is what is reported, unless images are held out.
    config : CompareConfig
        How to train; see `preset`.
    seed : int
        Of every random stream.
    folder : Path
        Gets a checkpoint for each model, with which an interrupted comparison resumes.
    command : str
        What a reader would type to get the same, for the summary.
    held_out : int
        Report on that many of the last training images, left out of training, and leave the test split alone.
    resume, overwrite : bool
        What may be done with checkpoints that are there.
    every : int
        Epochs between checkpoints.
    log : bool
        Write the metrics of each epoch beside the checkpoint, as JSON lines.
    bar : bool
        Draw progress bars on a terminal.
    say : callable
        Told what begins.

    Raises
    ------
    DbnError
        See `train_to_file`.
    """
    check_folder(folder, resume=resume, overwrite=overwrite)
    described = {"name": dataset.name, "sha256": dataset.sha256, "validation": held_out}
    evaluated_on = "validation" if held_out else "test"
    if held_out:
        dataset = dataset.hold_out(held_out)
    models: dict[str, AnyModel] = {}
    histories: dict[str, list[dict[str, float]]] = {}

    def run(name: str, kind: str, learner: Learner, options: dict[str, Any]) -> None:
        say(f"training {name}")
        header = Checkpoint(kind, {}, {"model": name, **options}, described, seed)
        path = folder / f"{name}.h5"
        metrics = path.with_suffix(".jsonl") if log else None
        output = Output(path, every, resume=resume, overwrite=overwrite, log=metrics, bar=bar)
        done = train_to_file(learner, header, output)
        models[name], histories[name] = model_of(done), done.history

    train, n_classes = dataset.train, dataset.n_classes
    logistic = Logistic(config.logistic, train, n_classes, seed)
    greedy = Greedy(config.pretrain, train, dataset.image_shape, n_classes, seed)
    if overwrite:  # all at once: nothing of the old results may stand beside, or be resumed into, the new ones
        nets, drawn = (
            [f"{model}.{kind}" for model in MODELS for kind in ("h5", "jsonl")],
            [f"figures/{figure}.png" for figure in FIGURES],
        )
        for old in [path for name in (*nets, *drawn, "summary.json", "table.md") for path in folder.glob(name)]:
            old.unlink()
    run("logistic-regression", "network", logistic, config.logistic.as_json())
    run("dbn-generative", "dbn", greedy, config.pretrain.as_json())
    net = models["dbn-generative"]
    assert isinstance(net, DBN)  # noqa: S101 - by construction
    sizes = (*net.sizes, n_classes)
    starts = {
        "dbn-discriminative": Network.from_layers(net.recognition_layers(), sizes[-2], n_classes),
        "network-random-start": Network.random(sizes, Rng(seed, "random-start")),
    }
    for name, start in starts.items():
        # Twins see the examples in the same order: their random streams have one name.
        options = {**config.finetune.as_json(), "start": digest(start)}
        run(name, "network", Backprop(config.finetune, start, train, seed), options)

    labels = dataset.test.labels
    guesses = {
        name: predictions(model.predict, dataset.test.images, _intensity(name, config))
        for name, model in models.items()
    }
    rows = [_row(name, guesses[name], labels, seed, histories[name]) for name in MODELS]
    summary = Summary(
        study="compare",
        command=command,
        dataset={**described, "evaluated_on": evaluated_on},
        environment=environment(),
        evaluated_on=evaluated_on,
        rows=rows,
        pairs=every_pair(guesses, labels),
        config={
            "pretrain": config.pretrain.as_json(),
            "finetune": config.finetune.as_json(),
            "logistic": {**config.logistic.as_json(), "chosen_penalty": histories[MODELS[0]][-1]["penalty"]},
        },
    )
    return Comparison(summary, dataset, models, histories, guesses)


def _intensity(name: str, config: CompareConfig) -> Intensity:
    if name == "dbn-generative":
        return config.pretrain.intensity
    return config.logistic.intensity if name == "logistic-regression" else config.finetune.intensity


def _row(name: str, guesses: Array, labels: Array, seed: int, history: list[dict[str, float]]) -> Row:
    wrong = int(np.count_nonzero(guesses != labels))
    return Row(
        model=name,
        error_percent=error_percent(guesses, labels),
        interval_percent=interval_percent(wrong, len(labels)),
        seed=seed,
        epochs=len(history),
        seconds=sum(row["seconds"] for row in history),
    )
