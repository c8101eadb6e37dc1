"""Table 1 of Hinton, Osindero & Teh 2006: the generative model beside its rivals, ours and theirs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbn.comparison.guesses import Guesses, kept
from dbn.comparison.metrics import predictions
from dbn.comparison.protocol import STAGES
from dbn.comparison.rivals import NetworkRival, Rival
from dbn.discriminative.network import Network
from dbn.generative.dbn import DBN
from dbn.training.checkpoint import Checkpoint
from dbn.training.runs import Output, train_to_file
from dbn.training.state import digest

if TYPE_CHECKING:
    from dbn.data.dataset import Dataset

PUBLISHED = {"generative-greedy": 2.49, "generative-up-down": 1.39, "generative-all-images": None, "generative": 1.25}
"""The paper's test error in percent after each stage of the generative model, of which it has one less."""


def guesses_of_generative(dataset: Dataset, done: dict[str, Checkpoint], seed: int, folder: Path) -> list[Guesses]:
    """Classify the test images with the net of each stage: the label of least free energy.

    Parameters
    ----------
    dataset : Dataset
        Its test images are classified, once for each stage.
    done : dict
        Finished checkpoints, as `train_generative` returns them.
    seed : int
        Theirs.
    folder : Path
        Gets a file of guesses for each stage.

    Raises
    ------
    DbnError
        See `kept`.
    """
    return [_of_stage(dataset, name, done[stage], seed, folder) for name, stage in zip(PUBLISHED, STAGES, strict=True)]


def _of_stage(dataset: Dataset, name: str, done: Checkpoint, seed: int, folder: Path) -> Guesses:
    net = DBN.from_tree(done.model)
    origin = {"data": dataset.sha256, "model": digest(net)}

    def guess() -> Guesses:
        labels = predictions(net.predict, dataset.test.images, done.config["intensity"])
        return Guesses(name, labels.tolist(), seed, len(done.history), _seconds(done), origin)

    return kept(folder / f"{name}-seed{seed}.json", origin, guess)


def guesses_of_rivals(
    dataset: Dataset,
    rivals: Sequence[Rival],
    seed: int,
    folder: Path,
    runs: Path,
    *,
    bar: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> list[Guesses]:
    """Train every rival, on as many training images as it asks for, and classify the test images once.

    Parameters
    ----------
    dataset : Dataset
        Its test images are classified.
    rivals : sequence of Rival
        The rows of the table.
    seed : int
        Of the networks' random streams.
    folder : Path
        Gets a file of guesses for each rival.
    runs : Path
        Gets the networks' checkpoints.
    bar : bool
        Draw progress bars on a terminal.
    say : callable
        Told what begins.

    Raises
    ------
    DbnError
        See `kept` and `train_to_file`.
    """
    found = []
    for rival in rivals:
        say(rival.name)
        origin: dict[str, Any] = {"data": dataset.sha256, "settings": rival_settings(rival)}
        if isinstance(rival, NetworkRival):
            origin["seed"] = seed
        ask = partial(_ask, rival, dataset, seed, runs, origin, bar)
        found.append(kept(folder / f"{rival.name}.json", origin, ask, rival))
    return found


def rival_settings(rival: Rival) -> dict[str, Any]:
    """What the guesses of a rival depend on, as JSON values: not what was published of it."""
    settings: dict[str, Any] = json.loads(json.dumps(asdict(rival)))
    del settings["published_percent"]
    return settings


def _ask(rival: Rival, dataset: Dataset, seed: int, runs: Path, origin: dict[str, Any], bar: bool) -> Guesses:
    if not isinstance(rival, NetworkRival):
        started = time.perf_counter()
        labels = rival.predict(dataset.train, dataset.test.images)
        return Guesses(rival.name, labels.tolist(), seed, 0, time.perf_counter() - started, origin)
    learner = rival.learner(dataset.train, dataset.n_classes, seed)
    described = {"name": dataset.name, "sha256": dataset.sha256, "validation": rival.held_out}
    header = Checkpoint("network", {}, {"model": rival.name, **rival.config.as_json()}, described, seed)
    output = Output(runs / f"{rival.name}.h5", resume=True, bar=bar)
    done = train_to_file(learner, header, output, rival.stopping)
    net = Network.from_tree(done.model)
    labels = predictions(net.predict, dataset.test.images, rival.config.intensity)
    return Guesses(rival.name, labels.tolist(), seed, len(done.history), _seconds(done), origin)


def _seconds(done: Checkpoint) -> float:
    return sum(row["seconds"] for row in done.history)
