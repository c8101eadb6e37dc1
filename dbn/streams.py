"""Standard output and error of a command: who reads them may leave early, or never have been there."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class Lasting:
    """A stream that outlives its reader: what is written after that is dropped, and the work goes on.

    Names of files that the stream's encoding cannot write have their bytes escaped.

    Parameters
    ----------
    stream : text stream
        What is written to, as long as it is read.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or drop, a text."""
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            encoding = self._stream.encoding
            self.write(text.encode(encoding, "backslashreplace").decode(encoding))
        except OSError as error:
            if not _is_broken(error):
                raise
            self._let_go()
        return len(text)

    def flush(self) -> None:
        """Hand on what was written; OSError, and the rest is dropped, if it cannot be kept."""
        try:
            self._stream.flush()
        except OSError as error:  # such as of a full disk; Python would try again when it ends
            self._let_go()
            if not _is_broken(error):
                raise

    def _let_go(self) -> None:
        nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for as long as the command runs
        with suppress(OSError, ValueError):  # what it has kept back goes there too, when Python ends
            os.dup2(nowhere.fileno(), self._stream.fileno())
        self._stream = nowhere

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":  # click would write to that itself
            raise AttributeError(name)
        return getattr(self._stream, name)


def _is_broken(error: OSError) -> bool:
    """Whether the reader has left, which Windows says otherwise."""
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)


@contextmanager
def lasting() -> Iterator[None]:
    """Let standard output and error last as long as the block.

    >>> with lasting():
    ...     print("hello")
    hello
    """
    before = sys.stdout, sys.stderr
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        during = [Lasting(stream or nowhere) for stream in before]
        sys.stdout, sys.stderr = during
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
            for stream in during:
                stream.flush()
