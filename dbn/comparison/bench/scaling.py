"""The package as a program that is timed, learning in several processes that share every mini-batch."""

from __future__ import annotations

import multiprocessing
import os
import socket
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError

from dbn.comparison.bench import learners
from dbn.comparison.bench.cases import Case
from dbn.comparison.bench.worker import Work, digits, serve
from dbn.errors import DbnError
from dbn.training.ranks import joined

PATIENCE = 600.0
"""Seconds after which a process that says nothing is taken for dead."""


def _scaling(case: Case) -> Work:
    """Start the processes, as torchrun does; what is timed begins when all are ready, and ends when all are done."""
    if case.ranks == 1:
        return learners.cd1_from(digits(case.images), case)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch.distributed", learners.__name__])  # imported once, not by each process
    gate = context.Barrier(case.ranks + 1, timeout=PATIENCE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for rank in range(case.ranks):
        context.Process(target=_rank, args=(case, rank, port, gate), daemon=True).start()
    _pass(gate)

    def work() -> None:
        _pass(gate)
        _pass(gate)

    return work


def _rank(case: Case, rank: int, port: int, gate: Barrier) -> None:
    try:
        os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(case.ranks)}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        epoch = learners.cd1_from(digits(case.images), case, joined("cpu"))
        gate.wait()
        gate.wait()
        epoch()
        gate.wait()
    except BaseException:
        gate.abort()  # whoever waits shall not wait for this process
        raise


def _pass(gate: Barrier) -> None:
    try:
        gate.wait()
    except BrokenBarrierError:
        raise DbnError("a process of the bench has stopped; its own message above says why") from None


if __name__ == "__main__":
    serve({"scaling": _scaling})
