"""What runs in the processes that tests start: learners of one run, each of another rank."""

import io
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from toys import LEARNERS, Watched, backprop, bars, bits, greedy, header, machine

from dbn.cli import main
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy, GreedyConfig
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.ops.numpy import Rng
from dbn.training import loop
from dbn.training.loop import InterruptedRunError, Run, train
from dbn.training.ranks import Ranks, joined
from dbn.training.runs import Output, train_to_file
from dbn.training.state import pack

WAIT = 60
"""Seconds after which a process that says nothing has failed."""


def together(count: int, work: Callable[..., Any], *args: Any) -> list[Any]:
    """Do work(*args) in so many processes, as torchrun starts them; what each returns, None if it died."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch.distributed", "scipy.optimize", "dbn.comparison.compare"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ends, processes = [], []
    for rank in range(count):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_at_work, args=(there, rank, count, port, work, args))
        process.start()
        there.close()
        ends.append(here)
        processes.append(process)
    found = [_answer(end) for end in ends]
    for process in processes:
        process.join(WAIT)
        assert not process.is_alive()
    return found


def _answer(end: Connection) -> Any:
    assert end.poll(WAIT), "a process hangs"
    try:
        found = end.recv()
    except EOFError:
        return None
    if isinstance(found, BaseException):
        raise found
    return found


def _at_work(end: Connection, rank: int, count: int, port: int, work: Callable[..., Any], args: Any) -> None:
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count)}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    try:
        end.send(work(*args))
    except Exception as error:  # noqa: BLE001 -- the test shall see it
        end.send(error)


class Replay(Rng):
    """The numbers of a single process: each rank is handed those of its own examples and chains.

    Streams of a single process draw a row for each; only swaps of tempered chains are drawn a column for each.
    """

    def __init__(self, name: str, ranks: Ranks, chains: int) -> None:
        super().__init__(1, name)
        self.ranks, self.chains = ranks, chains

    def uniform(self, shape: tuple[int, ...]) -> np.ndarray:
        return self._mine(super().uniform, shape)

    def normal(self, shape: tuple[int, ...]) -> np.ndarray:
        return self._mine(super().normal, shape)

    def _mine(self, draw: Callable[[tuple[int, ...]], np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        rank, count = self.ranks.rank, self.ranks.count
        if shape[1:] == (self.chains,):
            return draw((shape[0], self.chains * count))[:, rank::count]
        full = shape[0] and shape[0] % self.chains == 0
        return draw((shape[0] * count if full else LAST, *shape[1:]))[rank::count]


BATCH, EXAMPLES, LAST = 8, 17, 1
"""Examples of a mini-batch, of an epoch, and of its last mini-batch, of which only the first rank has any.

No layer has as many units as a rank has chains, 8, 4 or 2: so `Replay` can tell them apart.
"""


@dataclass(frozen=True)
class Case:
    """A learner, and its options."""

    kind: str
    options: dict[str, Any]

    def learner(self, ranks: Ranks) -> Any:
        return {"greedy": _greedy, "updown": _updown, "backprop": _backprop}[self.kind](ranks, **self.options)


def _greedy(
    ranks: Ranks, layer: dict[str, Any], top: dict[str, Any] | None = None, visible: str = "bernoulli", **options: Any
) -> Greedy:
    low = machine((visible, 9), n_hidden=6, seed=1, scale=0.3)
    high = machine(("softmax", 2), ("bernoulli", 6), n_hidden=5, seed=2, scale=0.3)
    layers = (CDConfig(epochs=2, **layer), CDConfig(epochs=2, **layer, **(top or {})))
    config = GreedyConfig((6, 5), layers, BATCH, visible=visible, **options)  # type: ignore[arg-type]
    return Greedy(config, bars(EXAMPLES), (3, 3), 2, 1, bars(20, seed=9), DBN((low, high), (3, 3)), ranks=ranks)


def _updown(ranks: Ranks, labels: bool = True, **options: Any) -> UpDown:
    groups = (("softmax", 2), ("bernoulli", 5)) if labels else (("bernoulli", 5),)
    low, middle = (machine(("bernoulli", n), n_hidden=m, seed=n, scale=0.5) for n, m in ((9, 6), (6, 5)))
    net = DBN((low, middle, machine(*groups, n_hidden=7, scale=0.5)), (3, 3))
    config = UpDownConfig(2, "0.1", "2", batch_size=BATCH, **options)
    return UpDown(config, net, bars(EXAMPLES), 1, bars(20, seed=9), ranks=ranks)


def _backprop(ranks: Ranks, outputs: str = "softmax", **options: Any) -> Any:
    rng = np.random.default_rng(0)
    weights = tuple(rng.normal(scale=0.5, size=size) for size in ((9, 6), (6, 5), (5, 2)))
    learner = backprop(bars(EXAMPLES), batch_size=BATCH, epochs=2, **options)
    net = Network(weights, tuple(rng.normal(size=len(W.T)) for W in weights), ("sigmoid", "relu", outputs))
    return type(learner)(learner.config, net, bars(EXAMPLES), 1, bars(20, seed=9), ranks=ranks)


CASES = {
    "cd": Case("greedy", {"layer": {"k": "2", "sample_visible": True, "weight_decay": "0.01", "sparsity_cost": 0.5}}),
    "sampled": Case("greedy", {"layer": {}, "intensity": "sampled", "sample_hidden": True, "averaging": 0.9}),
    "persistent, fast, centred": Case(
        "greedy", {"layer": {"persistent": "0,1@1", "fast_rate": "0.1", "centering": 0.1}}
    ),
    "tempered": Case("greedy", {"layer": {"persistent": "1", "temperatures": 3, "centering": 0.5}}),
    "hybrid": Case("greedy", {"layer": {"sparsity_cost": 0.1}, "top": {"generative": "0.1", "discriminative": "1"}}),
    "gaussian": Case("greedy", {"layer": {"learning_rate": "0.01", "persistent": "1"}, "visible": "gaussian"}),
    "up-down": Case("updown", {"averaging": 0.9}),
    "up-down, persistent": Case("updown", {"persistent": True, "labels": False, "intensity": "sampled"}),
    "up-down, clamped": Case("updown", {"persistent": True, "clamped": 0.5}),
    "sgd": Case("backprop", {"weight_decay": 0.01, "dropout": 0.2, "intensity": "sampled"}),
    "adversarial": Case("backprop", {"weight_decay": 0.01, "dropout": 0.2, "adversarial": 0.5}),
    "squared error": Case("backprop", {"loss": "squared-error", "outputs": "sigmoid", "momentum": "0"}),
    "lbfgs": Case("backprop", {"optimiser": "lbfgs", "weight_decay": 0.01}),
}


def replayed() -> dict[str, Any]:
    """Let learners learn, in float64, with the numbers of a single process; their parameters and histories."""
    ranks = joined("cpu")
    with ExitStack() as stack:
        for module in ("generative.greedy", "generative.updown", "discriminative.backprop"):
            stack.enter_context(patch(f"dbn.{module}.to_visible", _doubled))
        for module in ("generative.greedy", "generative.watching", "training.mistakes", "discriminative.backprop"):
            stack.enter_context(patch(f"dbn.{module}.mean_visible", lambda images, _: images / 255))
        return {name: _learned(case.learner(ranks), ranks) for name, case in CASES.items()}


def _learned(learner: Any, ranks: Ranks) -> Any:
    state = learner.init()
    chains = ranks.part(BATCH)
    for number, holder in enumerate([state, *getattr(state, "layers", ())]):
        for name, part in vars(holder).items():
            if isinstance(part, Rng):
                setattr(holder, name, Replay(f"{name}-{number}", ranks, chains))
        for states in [holder.chains, *([holder.replicas.h] if holder.replicas else [])] if number else []:
            rows = holder.rng.bernoulli(np.full_like(states.reshape(-1, states.shape[-1]), 0.5))
            states[...] = rows.reshape(states.shape)
    if isinstance(learner, UpDown) and learner.config.persistent:
        learner._place_chains(state)
    run = train(learner, Run(state))
    return pack(learner.parameters(run.state)), run.history


def _doubled(images: np.ndarray, intensity: str, rng: Rng) -> np.ndarray:
    """Pixels in float64, and so all that is computed from them."""
    return rng.bernoulli(images / 255) if intensity == "sampled" else images / 255


def learner_of(name: str, ranks: Ranks) -> Any:
    """One of the toys, as it is on a rank."""
    learner = LEARNERS[name]()
    learner.ranks = ranks
    return learner


def interrupted(folder: Path, names: list[str]) -> list[Any]:
    """Train toys, one after the other, with and without interruptions."""
    loop.AGREE = 1
    ranks = joined("cpu")
    return [_interrupted(folder, name, ranks) for name in names]


def _interrupted(folder: Path, name: str, ranks: Ranks) -> Any:
    """Train a toy without and with interruptions, of which only the second rank is told; its states, what was said."""
    said: list[str] = []
    whole = Watched(learner_of(name, ranks))
    train_to_file(whole, header(whole.learner), Output(folder / f"{name} whole.h5"))
    while True:
        learner = Watched(learner_of(name, ranks), _told_at_times(ranks))
        try:
            train_to_file(learner, header(learner.learner), Output(folder / f"{name}.h5", resume=True))
        except InterruptedRunError as interruption:
            said.append(str(interruption))
            continue
        return bits(whole.state), bits(learner.state), said, bits(learner.learner.parameters(learner.state))


def _told_at_times(ranks: Ranks) -> Callable[[int], object]:
    return lambda step: ranks.rank == 1 and step == 3 and signal.raise_signal(signal.SIGTERM)


def killed(path: Path, name: str, step: int) -> str:
    """Train a toy until the second rank is killed in a step; what the others say then, or "done"."""
    ranks = joined("cpu")
    dies = ranks.rank == 1 and step
    learner = Watched(learner_of(name, ranks), lambda at: at == dies and os.kill(os.getpid(), signal.SIGKILL))
    try:
        train_to_file(learner, header(learner.learner), Output(path, resume=True))
    except DbnError as error:
        return str(error)
    return "done"


def unlike(path: Path) -> str:
    """Begin with another seed on each rank; what is said."""
    ranks = joined("cpu")
    learner = greedy(seed=ranks.rank)
    learner.ranks = ranks
    try:
        train_to_file(learner, header(learner), Output(path))
    except DbnError as error:
        return str(error)
    return "done"


def commanded(words: list[str]) -> str:
    """Give a command, as `dbn` takes it; what is printed."""
    with redirect_stdout(io.StringIO()) as text:
        main(words, standalone_mode=False)
    return text.getvalue()
