"""The error that a user sees: one sentence that says what was wrong and what to do about it."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from dbn.streams import lasting


class DbnError(Exception):
    """Something the user can mend: bad data, a bad file, a bad option, a run that diverged.

    The command line and the scripts print the message alone and exit with status 1; no traceback.

    >>> raise DbnError("no data set 'mnits'; known are mnist, mnist-5k")
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: no data set 'mnits'; known are mnist, mnist-5k
    """


@contextmanager
def mendable() -> Iterator[None]:
    """Turn everything else that the user can mend, or has done, into a `DbnError` with its sentence.

    Raises
    ------
    DbnError
        After Ctrl-C or a scheduler's SIGTERM, if memory runs out or a number is too large, if a GPU fails, or if the
        system refuses a file.

    >>> with mendable():
    ...     raise OverflowError("too large to convert")
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: a number is too large (too large to convert); give smaller ones
    """
    try:
        with lasting(), _terminable(), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of overflow: a run that diverges ends with a sentence
            yield
    except KeyboardInterrupt as error:
        raise DbnError(
            "stopped at once; files that were already written are whole, and commands with --resume go on from them"
        ) from error
    except MemoryError as error:
        raise DbnError(
            "this machine has not enough memory for that; use smaller layers, batches or data, or ask for less"
        ) from error
    except OverflowError as error:
        raise DbnError(f"a number is too large ({error}); give smaller ones") from error
    except RuntimeError as error:
        if not any(name in str(error) for name in ("CUDA", "NCCL")):
            raise
        raise DbnError(_of_gpu(str(error))) from error
    except OSError as error:
        what = f"use {error.filename}" if error.filename else "read or write"
        raise DbnError(
            f"cannot {what}: {error.strerror or error}; check the path, the permissions and the space left"
        ) from error


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that the processes that it has started end, too."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _of_gpu(message: str) -> str:
    """What to do about an error of PyTorch's; its message goes on for a page.

    >>> _of_gpu("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has …")
    'the GPU has not enough memory for that; use smaller layers, batches or data, or compute on the cpu'
    """
    if "out of memory" in message:
        return "the GPU has not enough memory for that; use smaller layers, batches or data, or compute on the cpu"
    return (
        f"the GPU stopped ({message.splitlines()[0]}); set DBN_CUDA_GRAPHS=0, so that no steps are recorded, or "
        "compute on the cpu"
    )


@contextmanager
def script() -> Iterator[None]:
    """End a script as a command ends: with `Error: ` and the sentence on stderr, and exit status 1.

    >>> with script():
    ...     raise DbnError("a study needs at least one seed")
    Traceback (most recent call last):
    ...
    SystemExit: Error: a study needs at least one seed
    """
    try:
        with mendable():
            yield
    except DbnError as error:
        raise SystemExit(f"Error: {error}") from error
