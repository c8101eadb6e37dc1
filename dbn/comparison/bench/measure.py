"""Programs side by side: rounds in which each does each case, so that a busy machine slows all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

import numpy as np

from dbn.comparison.bench.cases import Case
from dbn.comparison.bench.cores import handover
from dbn.comparison.bench.products import multiply_adds
from dbn.comparison.bench.worker import Program, Time, Worker

PRODUCTS, OURSELVES = "products", "dbn"
"""The programs that all others are compared with."""


@dataclass(frozen=True)
class Row:
    """What a case took with one program, over all rounds.

    Attributes
    ----------
    seconds, quartiles : float, (float, float)
        Median, and where the middle half lies.
    ratio_to_products, ratio_quartiles : float, (float, float)
        The same of the ratios, each to what the products took in the same round.
    ratio_to_dbn : float or None
        Median ratio to what this package took, in the cases that it does.
    multiply_adds : int
        Of the products of the case.
    peak_mb : float or None
        The most memory that the process ever had, where it had nothing else to do.
    handover : float or None
        How far two processors were from each other: the median of what `handover` found before each round, where
        there is more than one thread.
    device : str
        Where it was done.
    command : str
        What was typed to measure it.
    """

    case: str
    model: str
    images: int
    batch: int
    hidden: tuple[int, ...]
    threads: int
    rounds: int
    seconds: float
    quartiles: tuple[float, float]
    ratio_to_products: float
    ratio_quartiles: tuple[float, float]
    multiply_adds: int
    ratio_to_dbn: float | None = None
    peak_mb: float | None = None
    handover: float | None = None
    device: str = "cpu"
    command: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values; what was not measured is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def measure(
    cases: Sequence[Case],
    programs: Sequence[Program],
    rounds: int,
    threads: int,
    command: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Time every case with every program that can do it.

    In each round the programs take turns, and another one begins. Before the first round each does a little of the
    case, untimed.

    Parameters
    ----------
    cases, programs
        What to do, and who; `PRODUCTS` is one of the programs.
    rounds : int
        How often.
    threads : int
        For matrix products, where the case does not say.
    command : str
        What was typed; every row says it.
    say : callable
        Told of every row.

    Raises
    ------
    DbnError
        If a program dies.
    """
    rows = []
    with ExitStack() as stack:
        running: dict[tuple[str, int], Worker] = {}

        def worker(program: Program, count: int) -> Worker:
            if (program.name, count) not in running:
                running[program.name, count] = stack.enter_context(Worker(program, count))
            return running[program.name, count]

        for asked in cases:
            case = replace(asked, threads=asked.threads or threads)
            with ExitStack() as alone:
                if case.fresh:
                    workers = [alone.enter_context(Worker(program, case.threads)) for program in programs]
                else:
                    workers = [worker(program, case.threads) for program in programs]
                times, distances = _rounds(workers, case, rounds)
            distance = median(distances) if distances else None
            for name in times:
                rows.append(_row(case, name, times, distance, command))
                say(f"{case.name}, {name}: {rows[-1].seconds:.3g} s, {rows[-1].ratio_to_products:.2f} × products")
    return rows


def _rounds(workers: Sequence[Worker], case: Case, rounds: int) -> tuple[dict[str, list[Time]], list[float]]:
    """The times of each program, and how far processors were from each other."""
    able = [worker for worker in workers if case.kind in worker.kinds]
    for worker in able:
        worker.time(replace(case, images=min(case.images, 2 * case.batch), steps=min(case.steps, 2)))
    times: dict[str, list[Time]] = {worker.program.name: [] for worker in able}
    distances = []
    for first in range(rounds):
        if case.threads > 1 and (distance := handover()):
            distances.append(distance)
        for i in range(len(able)):
            worker = able[(first + i) % len(able)]
            times[worker.program.name].append(worker.time(case))
    return times, distances


def _row(case: Case, name: str, times: Mapping[str, Sequence[Time]], distance: float | None, command: str) -> Row:
    seconds = {program: np.array([time.seconds for time in found]) for program, found in times.items()}
    low, middle, high = np.quantile(seconds[name], [0.25, 0.5, 0.75]).tolist()
    ratios = seconds[name] / seconds[PRODUCTS]
    ratio_low, ratio, ratio_high = np.quantile(ratios, [0.25, 0.5, 0.75]).tolist()
    return Row(
        case=case.name,
        model=name,
        images=case.images,
        batch=case.batch,
        hidden=case.hidden,
        threads=case.threads,
        rounds=len(ratios),
        seconds=middle,
        quartiles=(low, high),
        ratio_to_products=ratio,
        ratio_quartiles=(ratio_low, ratio_high),
        multiply_adds=multiply_adds(case),
        ratio_to_dbn=float(np.median(seconds[name] / seconds[OURSELVES])) if OURSELVES in seconds else None,
        peak_mb=times[name][-1].peak_mb if case.fresh else None,
        handover=distance,
        device=case.device,
        command=command,
    )
