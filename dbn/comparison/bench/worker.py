"""A program that is timed, and how to talk to it: a case a line goes in as JSON, its time comes out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np

import dbn
from dbn.comparison.bench.cases import Case
from dbn.data import load
from dbn.data.dataset import Split
from dbn.errors import DbnError

Work: TypeAlias = Callable[[], object]
"""What is timed. Everything that it begins with has been made before."""

POOLS = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"

LOOKS, EVERY = 100, 0.02
"""How often a program looks, and every so many seconds, whether its threads have come to rest."""


@dataclass(frozen=True)
class Program:
    """A program that calls `serve`.

    Parameters
    ----------
    name : str
        What rows of results call it.
    command : tuple of str
        Arguments of the Python interpreter.
    package : str
        The package that it needs, or none.
    """

    name: str
    command: tuple[str, ...]
    package: str = "dbn"

    @property
    def installed(self) -> bool:
        """Whether its package is there."""
        return find_spec(self.package) is not None


OURS = (
    Program("products", ("-m", "dbn.comparison.bench.products")),
    Program("dbn", ("-m", "dbn.comparison.bench.learners")),
    Program("scikit-learn", ("-m", "dbn.comparison.bench.scikit"), "sklearn"),
    Program("dbn-stream", ("-m", "dbn.comparison.bench.streaming")),
    Program("dbn-ranks", ("-m", "dbn.comparison.bench.scaling"), "torch"),
)
"""The programs that come with this package."""


@dataclass(frozen=True)
class Time:
    """What a case took, and the most memory that its process has had so far, in MB."""

    seconds: float
    peak_mb: float


class Worker:
    """A running program. Used as a context, it ends with it: at once, and with all that it has started, after an error.

    Ctrl-C in a terminal reaches the caller alone.

    Parameters
    ----------
    program : Program
        What to run.
    threads : int
        For its matrix products.
    """

    def __init__(self, program: Program, threads: int) -> None:
        self.program = program
        root = str(Path(dbn.__file__).parents[1])
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and programs
            [sys.executable, *program.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
            env={**os.environ, **dict.fromkeys(POOLS, str(threads)), "PYTHONPATH": path},
        )
        self.kinds = frozenset(json.loads(self._line()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error and self._process.poll() is None:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:  # on Windows
                self._process.kill()
        self._end()

    def time(self, case: Case) -> Time:
        """Do a case, and say what it took.

        Raises
        ------
        DbnError
            If the program dies of it.
        """
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(json.dumps(asdict(case)) + "\n")
        self._process.stdin.flush()
        return Time(**json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline()
        if not line:
            self._end()
            raise DbnError(f"the program {self.program.name} has stopped; its own message above says why")
        return line

    def _end(self) -> None:
        with self._process:  # closes its input, at which it ends
            pass


def serve(kinds: Mapping[str, Callable[[Case], Work]]) -> None:
    """Be a program that is timed: do the cases that come, until no more come.

    Parameters
    ----------
    kinds : mapping of kind to function
        What the program can do. The function makes all that a case begins with; what it returns is timed.
    """
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    print(json.dumps(list(kinds)), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        case = Case(**{**asked, "hidden": tuple(asked["hidden"])})
        work = kinds[case.kind](case)
        started = time.perf_counter()
        work()
        took = time.perf_counter() - started
        del work  # its memory is free before that of the next
        _rest()
        print(json.dumps(asdict(Time(took, _peak_mb()))), file=answers, flush=True)


def _rest() -> None:
    """Wait until no thread computes: those of OpenBLAS look out for work for a tenth of a second, as others begin."""
    for _ in range(LOOKS):
        before = time.process_time()
        time.sleep(EVERY)
        if time.process_time() - before < EVERY / 20:
            return


def digits(n: int) -> Split:
    """Return so many of the embedded digits, as bytes; they come round again where there are more than there are.

    >>> digits(5000).images.shape
    (5000, 784)
    """
    train = load("mnist-5k").train
    return train[np.arange(n) % len(train)]


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # Linux's ru_maxrss begins with what the parent had
        (kib,) = (line.split()[1] for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(kib) * 1024 / 1e6
    import resource  # which Windows does not have

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
