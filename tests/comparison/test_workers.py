"""The processes that work for a study: who hears Ctrl-C."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack

from dbn.comparison.workers import workers


def hears_interrupts(_: int) -> tuple[int, bool]:
    return os.getpid(), signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_ctrl_c_reaches_the_process_that_waits_and_none_that_works():
    with ExitStack() as stack:
        working = dict(workers(stack, 2)(hears_interrupts, [(i,) for i in range(4)]))
    assert not any(working.values())
    assert hears_interrupts(0)[0] not in working
    assert hears_interrupts(0)[1]
