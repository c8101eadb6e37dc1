"""How far two processors are from each other, which times with more than one thread depend on."""

from __future__ import annotations

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np

NUMBERS = 50_000
"""Of the array that goes to and fro: 200 kB stay in a core's own cache."""

TIMES = 200
"""That it goes, of which the median is taken."""


def handover() -> float | None:
    """Measure how long a core takes to update what another has just written, as a multiple of what is its own.

    On AMD EPYC it is 1.1 to 1.6 where the two share a cache, and 2 to 3.5 where not. A host may move the
    processors of a virtual machine from the one to the other at any time. Then products of two threads slow down, and
    still more all that one thread does between them with what both have written.

    Returns
    -------
    float or None
        None where there is one processor only, or threads cannot be told where to run.

    >>> found = handover()
    >>> found is None or found > 0.5
    True
    """
    processors = sorted(os.sched_getaffinity(0))[:2] if hasattr(os, "sched_setaffinity") else []
    if len(processors) < 2:
        return None
    array = np.zeros(NUMBERS, np.float32)

    def update() -> float:
        began = time.perf_counter()
        np.add(array, 1, out=array)
        return time.perf_counter() - began

    def stay(processor: int) -> None:
        os.sched_setaffinity(0, {processor})  # of this thread

    with ExitStack() as stack:
        here, there = (stack.enter_context(ThreadPoolExecutor(1, initializer=stay, initargs=(p,))) for p in processors)
        others, own = [], []
        for _ in range(TIMES):
            there.submit(update).result()
            others.append(here.submit(update).result())
            own.append(here.submit(update).result())
    return statistics.median(others) / statistics.median(own)
