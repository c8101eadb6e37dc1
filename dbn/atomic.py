"""Files that are either the old one or the new one, never half of the new one."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dbn.errors import DbnError

UNFLUSHED = {errno.EACCES, errno.EPERM, errno.EINVAL, errno.EBADF, errno.ENOTSUP}
"""How systems say that folders cannot be flushed: Windows cannot open them, shared and old network ones refuse."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes ``path``'s place only when the block ends without an error.

    The bytes go to a temporary file beside ``path``, are flushed to the disk, and the file is renamed.
    After an error or an interruption the temporary file is gone and ``path`` is as it was.
    A link stays, and what it leads to is replaced.

    Parameters
    ----------
    path : Path
        Where the finished file belongs; its folder must exist.

    Yields
    ------
    BinaryIO
        The temporary file, open for reading and writing; its name is in ``.name``.

    Raises
    ------
    OSError
        When the folder cannot be written to.
    DbnError
        When ``path`` is a folder, a device or a pipe.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "greeting"
    ...     with replacing(target) as file:
    ...         _ = file.write(b"hello")
    ...         before = target.exists()
    ...     before, target.read_bytes()
    (False, b'hello')
    """
    path = _followed(path)
    temporary = _beside(path)
    try:
        # not tempfile: its files can be read by their owner alone, also after the renaming
        with temporary.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _flush_folder(path.parent)
    finally:
        with suppress(OSError):  # there may be no such folder
            temporary.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all; its folder is made if need be.

    Raises
    ------
    DbnError
        When the folder cannot be written to or the disk is full; what was at `path` is untouched.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(content)


def check_writable(path: Path) -> None:
    """Refuse a place where no file can be made, before hours are spent on what belongs there; DbnError."""
    path = _followed(path)
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        probe = _beside(path)  # several processes may look at once
        probe.open("xb").close()
        probe.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.part")  # a long name leaves no room for more


def _followed(path: Path) -> Path:
    """Where a link leads to; DbnError if something is there that is no file."""
    if path.is_dir():
        raise DbnError(f"{path} is a folder; give the name of a file")
    if path.exists() and not path.is_file():
        raise DbnError(f"{path} is a device or a pipe, which no file may replace; give the name of a file")
    if not path.is_symlink():
        return path
    with suppress(OSError, RuntimeError):  # which some Pythons raise where a link leads to itself
        if not (there := path.resolve()).is_symlink():
            return there
    raise DbnError(f"{path} is a link that leads nowhere; give the name of a file")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise DbnError(f"cannot write {path}: a part of that path is no folder; choose another place") from error
    except OSError as error:
        raise DbnError(
            f"cannot write {path}: {error.strerror or error}; free some space or choose another place"
        ) from error


def _flush_folder(folder: Path) -> None:
    """Flush the new name to the disk too, where the system can; the file is whole already."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in UNFLUSHED:
            raise
