"""The protocol by which Hinton, Osindero & Teh 2006 train the generative model of their Table 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbn.data.class_order import first_of_each
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.training.checkpoint import Checkpoint
from dbn.training.loop import Learner
from dbn.training.runs import Output, train_to_file
from dbn.training.state import digest

if TYPE_CHECKING:
    from dbn.data.dataset import Dataset

STAGES = ("greedy", "up-down", "all-images", "generative")
"""The stages in their order, after which their checkpoints are named; the last is the model of Table 1."""


@dataclass(frozen=True)
class Protocol:
    """What is trained on which images.

    Parameters
    ----------
    greedy : GreedyConfig
        Of the layer-by-layer learning.
    updown : UpDownConfig
        Of the fine-tuning on the same images.
    all_images : UpDownConfig
        Of the fine-tuning that goes on with all training images.
    final : UpDownConfig
        Of a last one with these, which may differ.
    held_out : int
        Last training images, by which settings are chosen.
    per_class : int
        Images of each class that the first two stages learn from: the first ones that are not held out.
    """

    greedy: GreedyConfig
    updown: UpDownConfig
    all_images: UpDownConfig
    final: UpDownConfig
    held_out: int
    per_class: int

    def as_json(self) -> dict[str, Any]:
        """Return the protocol as JSON values."""
        updown = {"updown": self.updown, "all_images": self.all_images, "final": self.final}
        configs = {"greedy": self.greedy.as_json(), **{name: config.as_json() for name, config in updown.items()}}
        return {**configs, "held_out": self.held_out, "per_class": self.per_class}


def train_generative(
    dataset: Dataset,
    protocol: Protocol,
    seed: int,
    folder: Path,
    *,
    device: str = "cpu",
    bar: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Checkpoint]:
    """Train the generative model, or go on where an earlier call was interrupted.

    Parameters
    ----------
    dataset : Dataset
        Its test images are not looked at.
    protocol : Protocol
        How to train.
    seed : int
        Of every random stream.
    folder : Path
        Gets a checkpoint of each of the `STAGES`.
    device : str
        Where the net learns; see `dbn.training.device.chosen`.
    bar : bool
        Draw progress bars on a terminal.
    say : callable
        Told what begins.

    Returns
    -------
    dict
        The finished checkpoint of each stage.

    Raises
    ------
    DbnError
        If there is no such device; see also `train_to_file`.
    """
    parts = dataset.hold_out(protocol.held_out)
    few = parts.train[first_of_each(parts.train.labels, protocol.per_class)]
    described = {"name": dataset.name, "sha256": dataset.sha256, "validation": protocol.held_out}
    done: dict[str, Checkpoint] = {}

    def run(stage: str, learner: Learner, config: dict[str, Any], data: dict[str, Any]) -> DBN:
        say(f"training {stage}, seed {seed}")
        header = Checkpoint("dbn", {}, {"stage": stage, **config}, data, seed)
        done[stage] = train_to_file(learner, header, Output(folder / f"{stage}.h5", resume=True, bar=bar))
        return DBN.from_tree(done[stage].model)

    greedy = Greedy(protocol.greedy, few, dataset.image_shape, dataset.n_classes, seed, parts.test, device=device)
    first = {**described, "per_class": protocol.per_class}
    net = run("greedy", greedy, protocol.greedy.as_json(), first)
    origin = {"labels": bool(net.n_classes), "start": digest(net)}
    learner = UpDown(protocol.updown, net, few, seed, parts.test, device=device)
    net = run("up-down", learner, {**protocol.updown.as_json(), **origin}, first)
    for stage, name, config in (
        ("all-images", "updown-final", protocol.all_images),
        ("generative", "updown-clamped", protocol.final),
    ):
        origin["start"] = digest(net)
        learner = UpDown(config, net, dataset.train, seed, name=name, device=device)
        net = run(stage, learner, {**config.as_json(), **origin}, {**described, "validation": 0})
    return done
