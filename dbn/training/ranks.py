"""Processes that learn together: each from its share of every mini-batch, with chains and random streams of its own.

What a step averages over a mini-batch is added up over all ranks before anything is learned, so that all of them make
the one update that a single process would make with the whole mini-batch, and keep the same weights.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dbn import ops
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Processes
from dbn.training.device import chosen

TORCHRUN = ("WORLD_SIZE", "RANK", "MASTER_ADDR", "MASTER_PORT")
"""What torchrun tells the processes that it starts."""


@dataclass(frozen=True)
class Ranks:
    """All processes of a run, and which of them this is; by default there is only this one.

    Parameters
    ----------
    processes : Processes
        How to reach them; see `dbn.ops`.
    """

    processes: Processes = field(default_factory=Processes)

    @property
    def rank(self) -> int:
        """The number of this process, from 0. The first one writes what the run leaves."""
        return self.processes.rank

    @property
    def count(self) -> int:
        """How many there are."""
        return self.processes.count

    def named(self, stream: str) -> str:
        """Name this rank's own random stream: that of a single process has no more to its name.

        >>> ALONE.named("layer-1/cd")
        'layer-1/cd'
        """
        return stream if self.count == 1 else f"{stream}/rank-{self.rank}"

    def part(self, n: int) -> int:
        """Return how many of n chains are this rank's; all ranks have as many, or else DbnError.

        >>> ALONE.part(100)
        100
        """
        if n % self.count:
            raise DbnError(
                f"{self.count} processes cannot share mini-batches of {n} evenly; choose a multiple of {self.count}"
            )
        return n // self.count

    def share(self, rows: Array) -> tuple[Array, Batch]:
        """Return those rows of a mini-batch that are this rank's, every `count`-th, and what it must know of the whole.

        The chain of position i belongs to the same rank as the example there, also in a smaller mini-batch.
        """
        if self.count == 1:
            return rows, WHOLE
        return rows[self.rank :: self.count], Batch(len(rows), self)

    def total(self, *parts: Any) -> tuple[Any, ...]:
        """Add up arrays of one type, and numbers, over all ranks: in two messages, which go side by side."""
        numbers = [part for part in parts if not np.ndim(part)]
        arrays = [part for part in parts if np.ndim(part)]
        engine = ops.of(arrays[0])
        flat = engine.concatenate([array.ravel() for array in arrays])
        sums = engine.copy(engine.full((len(numbers),), 0, flat), engine.float64)
        for i, number in enumerate(numbers):
            sums[i] = number
        with _told():
            self.processes.add(flat, *([sums] if numbers else []))
        left, at, found = iter(sums), 0, []
        for part in parts:
            if np.ndim(part):
                size = math.prod(part.shape)
                found.append(flat[at : at + size].reshape(part.shape))
                at += size
            else:
                found.append(next(left))
        return tuple(found)

    def any(self, flag: bool) -> bool:
        """Whether the flag is set on any rank: all of them get the same answer, without waiting for their GPUs."""
        if self.count == 1:
            return flag
        flags = np.array([float(flag)])
        with _told():
            self.processes.add(flags)
        return bool(flags[0])

    def gather(self, thing: Any) -> list[Any]:
        """Return what each rank has given."""
        with _told():
            return self.processes.gather(thing)

    def check_alike(self, thing: Any) -> None:
        """Refuse to begin if another rank has not given the same; DbnError."""
        found = self.gather(thing)
        if any(other != found[0] for other in found):
            raise DbnError(
                "the processes do not begin alike; give all of them the same command, data and version, and an "
                "--output that they all see"
            )


@dataclass(frozen=True)
class Batch:
    """The mini-batch of which this process has a share; `WHOLE` if that is all of it.

    Parameters
    ----------
    n : int
        Examples of the whole.
    ranks : Ranks
        Who has the others.
    """

    n: int
    ranks: Ranks

    def sizes(self, examples: int, chains: int, *, persistent: bool) -> tuple[int, int]:
        """Return how many examples and chains all ranks have, if this one has so many.

        >>> WHOLE.sizes(60, 100, persistent=True)
        (60, 100)
        """
        if self.ranks.count == 1:
            return examples, chains
        return self.n, chains * self.ranks.count if persistent else self.n

    def total(self, *parts: Any) -> tuple[Any, ...]:
        """Add up what each rank's share contributes to means over the whole: arrays of one type, and numbers.

        >>> WHOLE.total(0.5)
        (0.5,)
        """
        return parts if self.ranks.count == 1 else self.ranks.total(*parts)


ALONE = Ranks()
WHOLE = Batch(0, ALONE)


def mean(x: Array, n: int, **options: Any) -> Array:
    """Return what x (m, …) contributes to the mean over n rows, of which it has m: (…).

    >>> mean(np.array([[1.0], [3.0]]), 2), mean(np.array([[1.0], [3.0]]), 4)
    (array([2.]), array([1.]))
    """
    result: Array = x.mean(axis=0, **options) if n == len(x) else x.sum(axis=0, **options) / n
    return result


def started() -> bool:
    """Whether torchrun has started this process as one of several."""
    return all(name in os.environ for name in TORCHRUN) and os.environ["WORLD_SIZE"] not in {"", "1"}


def joined(device: str) -> Ranks:
    """Meet the other processes that torchrun has started; without torchrun there are none.

    They exchange their sums by gloo, or by NCCL if they compute on GPUs, of which each takes one.

    Parameters
    ----------
    device : str
        One that `dbn.training.device.chosen` knows.

    Raises
    ------
    DbnError
        If there is no PyTorch to speak through, no GPU for each, or the others do not come.

    >>> joined("cpu") is ALONE
    True
    """
    if not started():
        return ALONE
    device = chosen(device)
    try:
        return Ranks(ops.on("torch").Processes(device))
    except ImportError as error:
        raise DbnError("processes speak to each other through PyTorch; install it with dbn[torch]") from error
    except (RuntimeError, ValueError) as error:
        raise DbnError(
            f"the processes that torchrun has started cannot meet ({_reason(error)}); start no more on a "
            "machine than it has GPUs, if they compute there, and look whether the network lets them through"
        ) from error


@contextmanager
def _told() -> Iterator[None]:
    """Say in one sentence that a process is gone."""
    try:
        yield
    except RuntimeError as error:
        raise DbnError(
            f"another process of this run has ended or cannot be reached ({_reason(error)}); give the same command "
            "with --resume to go on from the last checkpoint"
        ) from error


def _reason(error: Exception) -> str:
    """The first sentence of PyTorch's message, without the place in its source."""
    return str(error).partition("\n")[0].split("] ", 1)[-1].split(". ")[0].strip(". ") or type(error).__name__
