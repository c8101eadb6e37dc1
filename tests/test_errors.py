"""What the user can mend or has done ends in a sentence; what only we can mend does not."""

from __future__ import annotations

import re
import signal
import warnings
from pathlib import Path

import pytest

from dbn.errors import DbnError, mendable, script


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DbnError("no such data; give others"), "no such data; give others"),
        (
            KeyboardInterrupt(),
            "stopped at once; files that were already written are whole, and commands with --resume go on from them",
        ),
        (OverflowError("too large to convert"), "a number is too large (too large to convert); give smaller ones"),
        (
            MemoryError(),
            "this machine has not enough memory for that; use smaller layers, batches or data, or ask for less",
        ),
        (
            RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB"),
            "the GPU has not enough memory for that; use smaller layers, batches or data, or compute on the cpu",
        ),
        (
            RuntimeError("CUDA error: an illegal memory access was encountered\nCompile with …"),
            (
                "the GPU stopped (CUDA error: an illegal memory access was encountered); set DBN_CUDA_GRAPHS=0, so "
                "that no steps are recorded, or compute on the cpu"
            ),
        ),
        (OSError("no space"), "cannot read or write: no space; check the path, the permissions and the space left"),
    ],
)
def test_what_the_user_can_mend_is_a_sentence(error: BaseException, sentence: str) -> None:
    with pytest.raises(DbnError, match=f"^{re.escape(sentence)}$"), mendable():
        raise error
    with pytest.raises(SystemExit, match=f"^Error: {re.escape(sentence)}$"), script():
        raise error


def test_a_scheduler_s_sigterm_ends_the_work_as_ctrl_c_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(DbnError, match=r"^stopped at once; files that were already written are whole"), mendable():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_file_that_the_system_refuses_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "net.h5"
    with pytest.raises(DbnError, match=f"^cannot use {re.escape(str(missing))}: No such file"), mendable():
        missing.read_bytes()


def test_what_only_we_can_mend_stays_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), script():
        _ = 1 / 0
    with pytest.raises(RuntimeError, match="generator"), script():
        raise RuntimeError("generator raised StopIteration")


def test_numbers_that_overflow_are_not_warned_of_twice() -> None:
    """A run that diverges ends with a sentence; other warnings are still errors here."""
    with mendable():
        warnings.warn("overflow", RuntimeWarning, stacklevel=1)
        with pytest.raises(UserWarning):
            warnings.warn("old", UserWarning, stacklevel=1)
