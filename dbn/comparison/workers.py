"""Who does the work of a study: processes of this machine, or a Dask cluster."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeAlias

from dbn.errors import DbnError

Parallel: TypeAlias = Callable[[Callable[..., Any], list[tuple[Any, ...]]], Iterator[Any]]
"""Calls a function with each of a list of arguments, and yields what it returns, in the order in which it comes."""

MOST = 1000
"""More processes on one machine are a slip of the pen."""


def workers(stack: ExitStack, jobs: int, scheduler: str | None = None) -> Parallel:
    """Hire processes on this machine, or those of a Dask cluster.

    Parameters
    ----------
    stack : ExitStack
        Lets a cluster go when it ends.
    jobs : int
        Processes on this machine.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers are used instead. A call whose worker dies is made again by another.

    Raises
    ------
    DbnError
        If there would be no process or too many, Dask is not installed, or no scheduler answers.

    >>> with ExitStack() as stack:
    ...     sorted(workers(stack, 1)(pow, [(2, 3), (3, 2)]))
    [8, 9]
    """
    import joblib

    if not 1 <= jobs <= MOST:
        raise DbnError(f"1 to {MOST} processes can work side by side, not {jobs}; choose about as many --jobs as cores")
    if scheduler:
        stack.enter_context(joblib.parallel_config(backend="dask", client=stack.enter_context(_client(scheduler))))

    def parallel(function: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> Iterator[Any]:
        pool = joblib.Parallel(
            n_jobs=-1 if scheduler else jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs"
        )
        with _unheard():
            results: Iterator[Any] = pool(joblib.delayed(function)(*some) for some in arguments)
        return results

    return parallel


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep Ctrl-C until the end. Processes that start here never hear it; whoever waits for them lets them go."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    from joblib.externals.loky.backend import resource_tracker as loky_tracker

    for tracker in (resource_tracker, loky_tracker):  # they start with the first process, and would let signals through
        tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _client(address: str) -> Any:
    try:
        import distributed
    except ImportError:
        raise DbnError('--scheduler needs Dask; install it with `pip install "dbn[cluster]"`') from None
    connect: Any = distributed.Client
    try:
        return connect(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise DbnError(
            f"no Dask scheduler answers at {address} ({error}); check the address and that it runs"
        ) from None
