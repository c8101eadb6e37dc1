"""The one loop: epochs, mini-batches, history, progress, checkpoints, resuming, early stopping."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np

from dbn import ops
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng
from dbn.training.progress import Progress
from dbn.training.ranks import Ranks
from dbn.training.schedules import Numbers
from dbn.training.state import Tree, arrays, own
from dbn.training.stopping import EarlyStopping

Metrics: TypeAlias = dict[str, float]

AGREE = 10
"""Mini-batches after which ranks ask each other whether one of them was interrupted; a single process always knows."""

EXPLODED = 1e4  # no weight of a machine that learns comes near; float32 overflows far above


class Model(Protocol):
    """What a checkpoint can hold."""

    def tree(self) -> Tree:
        """The parameters as nested dicts."""


class Learner(Protocol):
    """What the loop drives. A learner owns its config and data; all that changes is in the state.

    The config is a dataclass whose fields are the options that a checkpoint stores as JSON. Of several ranks each has
    a learner of its own, for the same rows; their states differ in streams, and in the fields that `state.OWN` names.
    """

    name: str
    config: Any
    seed: int
    epochs: int
    n_examples: int
    batch_size: int
    device: str
    ranks: Ranks
    stages: int

    def init(self) -> Any:
        """Make the state before the first step, from the config and the seed alone."""

    def order(self, epoch: int) -> Array:
        """Return the order of the examples in an epoch, from the seed alone: a permutation of 0 … n_examples − 1."""

    def begin_epoch(self, state: Any, epoch: int) -> None:
        """Prepare what follows from the state: also called when a run resumes in mid-epoch."""

    def moment(self, at: float) -> tuple[object, Numbers]:
        """Return what the schedules say at epoch `at` (a fraction): choices, and numbers.

        The choices, compared by ==, decide which operations a step consists of; the numbers, always of the same names,
        go into them.
        """

    def step(self, state: Any, rows: Array, moment: tuple[Any, Numbers]) -> Metrics:
        """Learn from the examples `rows` in place; return metrics of the batch.

        Of a device these are arrays of no dimension, which nothing reads before the epoch ends. As a GPU repeats steps
        whose choices and number of rows are alike without this function (see `ops.torch.captured`), arrays of the state
        are written over and never replaced; and so are those metrics by the next step.
        """

    def end_epoch(self, state: Any, epoch: int) -> Metrics:
        """Measure the monitors of a finished epoch."""

    def parameters(self, state: Any) -> list[Array]:
        """The arrays that are learned."""

    def model(self, state: Any) -> Model:
        """The model as it stands; it shares its arrays with the state."""


@dataclass
class Run:
    """A training in progress: with the learner's state, everything the next step needs.

    `seconds` is what the epoch had taken when it was interrupted.
    """

    state: Any
    epoch: int = 0
    batch: int = 0
    sums: Metrics = field(default_factory=dict)
    history: list[Metrics] = field(default_factory=list)
    best_epoch: int = -1
    best: list[Array] = field(default_factory=list)
    seconds: float = 0.0


class InterruptedRunError(DbnError):
    """The user pressed Ctrl-C; a checkpoint to resume from has been written."""


def train(
    learner: Learner,
    run: Run,
    *,
    save: Callable[[Run], None] | None = None,
    every: int = 1,
    progress: Progress | None = None,
    stopping: EarlyStopping | None = None,
) -> Run:
    """Drive `learner` from where `run` stands to its last epoch.

    Parameters
    ----------
    learner : Learner
        What learns, and from what.
    run : Run
        ``Run(learner.init())`` to begin, or a restored one to go on exactly where it was.
    save : callable, optional
        Writes a checkpoint; called on all ranks, every `every` epochs before the last, and when Ctrl-C is pressed.
    every : int
        Epochs between checkpoints.
    progress : Progress, optional
        Shows the epochs and logs their metrics.
    stopping : EarlyStopping, optional
        Remember the model of the best epoch and return to it; not for several machines that learn in turn.

    Raises
    ------
    DbnError
        If a metric or a weight is no longer a finite, sensible number; or if learning shall stop early, but machines
        that learn in turn would then be left as they began.
    InterruptedRunError
        After Ctrl-C, once the checkpoint is written.
    KeyboardInterrupt
        After Ctrl-C, if nothing saves; the run is whole all the same, and can go on.
    """
    _check_stages(learner, stopping)
    progress = progress or Progress()
    n_batches, ranks = math.ceil(learner.n_examples / learner.batch_size), learner.ranks
    together, step = 1 if ranks.count == 1 else AGREE, partial(learner.step, run.state)
    if ranks.count == 1:
        streams = [part for part in own(run.state).values() if isinstance(part, Rng)]
        step = ops.on(learner.device).captured(step, streams, learner.parameters(run.state)[0])
    with _interrupts() as interrupted, progress.shown(learner.name, learner.epochs * n_batches) as bar:
        bar.update(run.epoch * n_batches + run.batch)
        while run.epoch < learner.epochs and not (stopping and stopping.is_over(run.epoch, run.best_epoch)):
            started = time.perf_counter() - run.seconds
            learner.begin_epoch(run.state, run.epoch)
            order = learner.order(run.epoch)
            while run.batch < n_batches:
                rows = order[run.batch * learner.batch_size : (run.batch + 1) * learner.batch_size]
                metrics = step(rows, learner.moment(run.epoch + run.batch / n_batches))
                if not any(map(ops.is_array, metrics.values())):
                    _refuse_nan(metrics, f"epoch {run.epoch + 1}, mini-batch {run.batch + 1}")
                for name, value in metrics.items():
                    run.sums[name] = run.sums.get(name, 0.0) + value * len(rows)
                run.batch += 1
                bar.update(1)
                if run.batch < n_batches and run.batch % together == 0 and ranks.any(interrupted()):
                    run.seconds = time.perf_counter() - started
                    _stop(run, save)
            ranks.any(False)  # whether one of them has died is known before a GPU is waited for, which would not end
            row = {"epoch": float(run.epoch + 1)}
            row |= {name: float(total) / learner.n_examples for name, total in run.sums.items()}
            _refuse_nan(row, f"epoch {run.epoch + 1}")
            _refuse_exploded(learner.parameters(run.state), run)
            row |= learner.end_epoch(run.state, run.epoch)
            row["seconds"] = time.perf_counter() - started
            run.history.append(row)
            run.epoch, run.batch, run.sums, run.seconds = run.epoch + 1, 0, {}, 0.0
            if stopping and stopping.improves(run.history, run.best_epoch):
                run.best_epoch, run.best = run.epoch, copied_model(learner, run)
            progress.report(bar, row)
            if ranks.any(interrupted()):
                _stop(run, save)
            if save and run.epoch % every == 0 and run.epoch < learner.epochs:
                save(run)
    if stopping and run.best:
        for array, best in zip(arrays(learner.model(run.state).tree()), run.best, strict=True):
            array[...] = best
    return run


def _check_stages(learner: Learner, stopping: EarlyStopping | None) -> None:
    if stopping and learner.stages > 1:
        raise DbnError(
            f"stopping early would leave some of {learner.stages} machines as they began; train one of them at a time"
        )


def fitted(learner: Learner) -> Any:
    """Train a learner from its beginning to its end, without a file; return its model."""
    return learner.model(train(learner, Run(learner.init())).state)


def copied_model(learner: Learner, run: Run) -> list[Array]:
    """Copy the arrays of the model as it stands, which with averaged weights are not those that learn."""
    return [ops.of(array).copy(array) for array in arrays(learner.model(run.state).tree())]


def _stop(run: Run, save: Callable[[Run], None] | None) -> None:
    run.sums = {name: float(total) for name, total in run.sums.items()}
    _refuse_nan(run.sums, f"epoch {run.epoch + 1}")
    if not save:
        raise KeyboardInterrupt
    save(run)
    within = f"in epoch {run.epoch + 1}, after {run.batch} of its mini-batches"
    raise InterruptedRunError(f"interrupted {within if run.batch else f'after epoch {run.epoch}'}")


def _refuse_nan(metrics: Metrics, where: str) -> None:
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise DbnError(
                f"the {name.replace('_', ' ')} is {value} in {where}: "
                "learning has diverged; lower the learning rate or the momentum"
            )


def _refuse_exploded(parameters: list[Array], run: Run) -> None:
    largest = np.max([float(abs(array).max()) for array in arrays(parameters)], initial=0)  # NaN, if one is
    if not largest < EXPLODED:
        raise DbnError(
            f"the weights exploded in epoch {run.epoch + 1} (largest {largest:.3g}): "
            "lower the learning rate or raise the weight decay"
        )


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Note Ctrl-C, or a scheduler's SIGTERM, instead of raising in mid-update; a second one raises at once."""
    pressed: list[int] = []

    def note(number: int, _frame: Any) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield lambda: False
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(pressed)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
