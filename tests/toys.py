"""Tiny data, machines and learners, and what it takes to interrupt them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dbn.data.dataset import Split
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.logistic import Logistic, LogisticConfig
from dbn.discriminative.loss import OUTPUT_OF
from dbn.discriminative.network import Network
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.rbm import RBM
from dbn.generative.smoothing import NaiveBayesConfig, NaiveBayesFit
from dbn.generative.units import Group
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.ops.numpy import Rng
from dbn.training.checkpoint import Checkpoint
from dbn.training.device import known
from dbn.training.order import Shuffled
from dbn.training.progress import Progress
from dbn.training.state import Tree, pack


def machine(*groups: tuple[str, int], n_hidden: int = 3, seed: int = 0, scale: float = 1.0, dtype: Any = float) -> RBM:
    """An RBM with random weights and biases."""
    rng = np.random.default_rng(seed)
    units = tuple(Group(kind, size) for kind, size in groups)
    n = sum(group.size for group in units)
    W, b, c = scale * rng.normal(size=(n, n_hidden)), scale * rng.normal(size=n), scale * rng.normal(size=n_hidden)
    z = scale * rng.normal(size=sum(group.size for group in units if group.kind == "gaussian"))
    return RBM(W.astype(dtype), b.astype(dtype), c.astype(dtype), units, z.astype(dtype))


def bars(n: int = 30, seed: int = 0) -> Split:
    """Grey 3 x 3 images of one bar, class 0 horizontal and class 1 vertical."""
    rng = np.random.default_rng(seed)
    images = np.zeros((n, 3, 3))
    labels, places = rng.integers(0, 2, n), rng.integers(0, 3, n)
    for image, label, place in zip(images, labels, places, strict=True):
        image[(place, slice(None)) if label == 0 else (slice(None), place)] = 1
    grey = 0.1 + 0.8 * images + 0.1 * rng.uniform(size=images.shape)
    return Split((255 * grey).astype(np.uint8).reshape(n, 9), labels)


def greedy(
    data: Split | None = None,
    *,
    seed: int = 1,
    layer: dict[str, Any] | None = None,
    start: DBN | None = None,
    device: str = "cpu",
    **options: Any,
) -> Greedy:
    """Two machines, of two epochs each."""
    low, top = CDConfig(epochs=2, **(layer or {})), CDConfig(epochs=2, k="1>3", sparsity_cost=0.01, **(layer or {}))
    config = GreedyConfig(**{"hidden": (6, 5), "layers": (low, top), "batch_size": 12, **options})
    return Greedy(config, data or bars(), (3, 3), 2, seed, bars(20, seed=9), start, device=device)


def pretrained(labels: int = 0) -> DBN:
    """Two machines that `greedy` can start from."""
    low = machine(("bernoulli", 9), n_hidden=6, seed=1, scale=0.3, dtype=np.float32)
    groups = (("softmax", labels), ("bernoulli", 6)) if labels else (("bernoulli", 6),)
    return DBN((low, machine(*groups, n_hidden=5, seed=2, scale=0.3, dtype=np.float32)), (3, 3))


def backprop(data: Split | None = None, *, seed: int = 1, device: str = "cpu", **options: Any) -> Backprop:
    """A network with one hidden layer."""
    config = BackpropConfig(**{"epochs": 3, "batch_size": 12, **options})
    start = Network.random((9, 4, 2), Rng(seed, "start"), OUTPUT_OF[config.loss])
    return Backprop(config, start, data or bars(), seed, bars(20, seed=9), device=device)


def logistic(data: Split | None = None, **options: Any) -> Logistic:
    """Two penalties and the final fit."""
    config = LogisticConfig(**{"penalties": (1e-3, 1e-1), "held_out": 10, "rounds": 2, "iterations": 3, **options})
    return Logistic(config, data or bars(), 2, seed=1)


def naive_bayes(data: Split | None = None, **options: Any) -> NaiveBayesFit:
    """Three candidates and the final fit."""
    config = NaiveBayesConfig(**{"smoothing": (1e-3, 0.1, 10.0), "held_out": 10, **options})
    return NaiveBayesFit(config, data or bars(), 2)


def updown(
    data: Split | None = None, *, seed: int = 1, labels: bool = True, device: str = "cpu", **options: Any
) -> UpDown:
    """Two directed layers under an associative memory."""
    groups = (("softmax", 2), ("bernoulli", 5)) if labels else (("bernoulli", 5),)
    layers = (
        machine(("bernoulli", 9), n_hidden=6, seed=1, scale=0.3, dtype=np.float32),
        machine(("bernoulli", 6), n_hidden=5, seed=2, scale=0.3, dtype=np.float32),
        machine(*groups, n_hidden=7, seed=3, scale=0.3, dtype=np.float32),
    )
    config = UpDownConfig(**{"epochs": 4, "k": "1,3@2", "batch_size": 12, "averaging": 0.9, **options})
    return UpDown(config, DBN(layers, (3, 3)), data or bars(), seed, bars(20, seed=9), device=device)


LEARNERS: dict[str, Callable[[], Any]] = {
    "greedy": lambda: greedy(labels=False),
    "greedy with labels": greedy,
    "greedy with sampled pixels": lambda: greedy(intensity="sampled", layer={"sample_visible": True}),
    "greedy with averaged weights and sampled states": lambda: greedy(averaging=0.9, sample_hidden=True, labels=False),
    "greedy with persistent chains": lambda: greedy(layer={"persistent": "0,1@1"}),
    "greedy, centred": lambda: greedy(layer={"centering": 0.1}),
    "greedy, tempered": lambda: greedy(layer={"persistent": "0,1@1", "temperatures": 3}),
    "greedy with fast weights": lambda: greedy(layer={"persistent": "0,1@1", "fast_rate": "0.1", "centering": 0.01}),
    "greedy with Gaussian pixels": lambda: greedy(visible="gaussian", layer={"centering": 0.01}),
    "greedy, hybrid at first and discriminative then": lambda: greedy(
        layers=(CDConfig(epochs=1), CDConfig(epochs=3, generative="0.1,0@1", discriminative="1"))
    ),
    "greedy from a net without labels": lambda: greedy(
        start=pretrained(), layers=(CDConfig(epochs=0), CDConfig(epochs=3, discriminative="1"))
    ),
    "naive Bayes": naive_bayes,
    "Gaussian naive Bayes": lambda: naive_bayes(pixels="gaussian"),
    "up-down": updown,
    "up-down without labels, with sampled pixels": lambda: updown(labels=False, intensity="sampled", averaging=0.0),
    "up-down with persistent chains": lambda: updown(persistent=True, restart="0.2>0", balanced=False),
    "sgd": backprop,
    "sgd with sampled pixels": lambda: backprop(intensity="sampled"),
    "sgd from adversarial examples": lambda: backprop(adversarial=0.5, dropout=0.2),
    "on-line": lambda: backprop(batch_size=1, momentum="0", loss="squared-error"),
    "lbfgs": lambda: backprop(optimiser="lbfgs"),
    "cg": lambda: backprop(optimiser="cg", weight_decay=1e-3),
    "logistic": logistic,
    "logistic with sampled pixels": lambda: logistic(intensity="sampled"),
}


def on(device: str, make: Callable[..., Any], **options: Any) -> Callable[[], Any]:
    """A learner on a device of PyTorch; without it the test is skipped."""

    def made() -> Any:
        if device not in known():
            pytest.skip(f"there is no {device} here")
        return make(device=device, **options)

    return made


for place, device in {"PyTorch": "torch", "a GPU": "cuda"}.items():
    LEARNERS |= {
        f"greedy with {place}": on(device, greedy, intensity="sampled", sample_hidden=True, averaging=0.9),
        f"greedy, tempered, with {place}": on(
            device, greedy, layer={"persistent": "0,1@1", "temperatures": 3, "centering": 0.1}
        ),
        f"up-down with {place}": on(device, updown, persistent=True, restart="0.2>0"),
        f"sgd with {place}": on(device, backprop, dropout=0.2),
        f"sgd from adversarial examples with {place}": on(device, backprop, dropout=0.2, adversarial=0.5),
    }


class Watched:
    """A learner whose state can be looked at, and before whose steps something can happen."""

    def __init__(self, learner: Any, on_step: Callable[[int], object] = lambda _: None) -> None:
        self.learner, self.on_step, self.steps = learner, on_step, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.learner, name)

    def init(self) -> Any:
        self.state = self.learner.init()
        return self.state

    def moment(self, at: float) -> Any:
        self.steps += 1
        self.on_step(self.steps)
        return self.learner.moment(at)


def header(learner: Any, **changes: Any) -> Checkpoint:
    """What a command would put at the head of the file."""
    kind = "dbn" if isinstance(learner, (Greedy, UpDown)) else "network"
    kind = "naive-bayes" if isinstance(learner, NaiveBayesFit) else kind
    values = {"config": learner.config.as_json(), "dataset": {"name": "bars", "sha256": "ab" * 32}, "seed": 1}
    return Checkpoint(**{"kind": kind, "model": {}, **values, **changes})


@dataclass
class Parameter:
    value: np.ndarray

    def tree(self) -> Tree:
        return {"value": self.value}


class Scripted(Shuffled):
    """A learner whose one weight counts the epochs, and whose metrics are as told."""

    name, config, seed, n_examples, batch_size = "scripted", None, 0, 4, 2

    def __init__(self, losses: list[float], *, batch_losses: list[float] | None = None, growth: float = 1.0) -> None:
        self.losses, self.batch_losses, self.growth = losses, batch_losses or [1.0, 3.0], growth
        self.epochs = len(losses)

    def init(self) -> Parameter:
        return Parameter(np.zeros(1))

    def begin_epoch(self, state: Parameter, epoch: int) -> None: ...

    def moment(self, at: float) -> Any:
        return int(2 * (at - int(at))), {}

    def step(self, state: Parameter, rows: Any, moment: Any) -> dict[str, float]:
        state.value += self.growth / 2
        return {"batch_loss": self.batch_losses[moment[0]]}

    def end_epoch(self, state: Parameter, epoch: int) -> dict[str, float]:
        return {"loss": self.losses[epoch]}

    def parameters(self, state: Parameter) -> list[np.ndarray]:
        return [state.value]

    def model(self, state: Parameter) -> Parameter:
        return state


def leaves(tree: Any, path: str = "") -> dict[str, Any]:
    """Every leaf of a tree by its path; arrays with their exact bits."""
    if isinstance(tree, np.ndarray):
        return {path: (tree.dtype.str, tree.shape, tree.tobytes())}
    children = tree if isinstance(tree, dict) else dict(enumerate(tree)) if isinstance(tree, list) else None
    if children is None:
        return {path: tree}
    return {at: leaf for name, child in children.items() for at, leaf in leaves(child, f"{path}/{name}").items()}


def bits(state: Any) -> dict[str, Any]:
    """A state, bit for bit."""
    return leaves(pack(state))


def timeless(history: list[dict[str, float]]) -> list[dict[str, float]]:
    """A history without what the clock says."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


class Counted(Progress):
    """A progress that remembers what it showed: names, steps announced and steps made."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: list[list[Any]] = []

    @contextmanager
    def shown(self, name: str, total: int, unit: str = "batch") -> Iterator[Any]:
        self.bars.append(bar := [name, total, 0])

        def update() -> None:
            bar[2] += 1

        yield SimpleNamespace(update=update)
