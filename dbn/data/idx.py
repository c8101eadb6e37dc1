"""IDX files, the format of MNIST: a header with the array's shape, then its bytes, row by row.

The header is 0, 0, the code of the number type (8: unsigned byte), the number of dimensions, and each
dimension as a 32-bit big-endian integer (LeCun, Cortes and Burges, "The MNIST database", section "File
formats"). Files may be packed with gzip; which ones are is read from their first bytes, not from their name.

A header is a claim. The stream is counted to its end, in blocks, before an array of the claimed size is
allocated, so that neither a damaged header nor a gzip file that unpacks to far more than it should can take
memory.
"""

import gzip
import hashlib
import math
import struct
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from dbn.atomic import replacing
from dbn.errors import DbnError

GZIP_MAGIC = b"\x1f\x8b"
UNSIGNED_BYTE = 8
MAX_DIMENSIONS = 64  # as many as a NumPy array can have
BLOCK = 1 << 20
KINDS = {1: "labels", 3: "images"}


def read_idx(path: Path, *, ndim: int | None = None, sha256: Collection[str] = ()) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, packed with gzip or not.

    Parameters
    ----------
    path : Path
        The file.
    ndim : int, optional
        The number of dimensions it must have: 3 for images, 1 for labels.
    sha256 : collection of str
        If not empty, the file must have one of these sums, taken over its bytes or its unpacked content.

    Returns
    -------
    NDArray of uint8, with the shape in the file's header

    Raises
    ------
    DbnError
        As `check_idx` does.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "labels-idx1-ubyte.gz"
    ...     write_idx(path, np.array([5, 0, 4], dtype=np.uint8))
    ...     read_idx(path, ndim=1)
    array([5, 0, 4], dtype=uint8)
    """
    shape = check_idx(path, ndim=ndim, sha256=sha256)
    array = np.empty(math.prod(shape), np.uint8)
    with _unpacked(path) as stream:
        stream.read(4 + 4 * len(shape))
        for start in range(0, array.size, BLOCK):
            rest = array[start : start + BLOCK]
            block = stream.read(rest.size)
            if len(block) != rest.size:
                raise DbnError(f"{path} changed while it was read; try again")
            rest[:] = np.frombuffer(block, np.uint8)
    return array.reshape(shape)


def check_idx(path: Path, *, ndim: int | None = None, sha256: Collection[str] = ()) -> tuple[int, ...]:
    """Check an IDX file from end to end without holding it in memory; return its shape.

    Parameters
    ----------
    path, ndim, sha256
        As in `read_idx`.

    Returns
    -------
    tuple of int

    Raises
    ------
    DbnError
        When the file is missing, is not an IDX file of unsigned bytes, is damaged, is shorter or longer than
        its header says, has another number of dimensions than `ndim`, or has none of the sums in `sha256`.

    Examples
    --------
    >>> check_idx(Path("no-such-file"))
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: there is no file no-such-file; check the path
    """
    with _unpacked(path) as stream:
        header, shape = _read_header(stream, path)
        _check_dimensions(shape, ndim, path)
        size = math.prod(shape)
        digest = hashlib.sha256(header)
        length = 0
        while length <= size and (block := stream.read(min(BLOCK, size + 1 - length))):
            digest.update(block)
            length += len(block)
    if length < size:
        raise DbnError(
            f"{path} is truncated: its header says {size} bytes of data and {length} are there; copy or fetch it again"
        )
    if length > size:
        raise DbnError(f"{path} goes on after the {size} bytes of data that its header says; copy or fetch it again")
    if sha256 and digest.hexdigest() not in sha256 and sha256_of_file(path) not in sha256:
        raise DbnError(f"{path} is not the published file: its SHA-256 is another; delete it and fetch it again")
    return shape


def write_idx(path: Path, array: NDArray[np.uint8]) -> None:
    """Write an array of unsigned bytes as IDX, packed with gzip if the name ends in ``.gz``.

    The same array always gives the same bytes: gzip's header holds neither a time nor a name. The file
    appears under its name only when it is complete and on the disk.

    Parameters
    ----------
    path : Path
        Where to write; its folder must exist.
    array : NDArray of uint8
        Images (n, rows, columns) or labels (n,), or any other non-empty array.

    Raises
    ------
    DbnError
        When the array is not of uint8, is empty, or has no dimension.

    Examples
    --------
    >>> write_idx(Path("images-idx3-ubyte"), np.zeros((2, 4, 4)))
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: IDX files here hold uint8, not float64; convert with (255 * images).round().astype('uint8')
    """
    if array.dtype != np.uint8:
        raise DbnError(
            f"IDX files here hold uint8, not {array.dtype}; convert with (255 * images).round().astype('uint8')"
        )
    if array.ndim == 0 or array.size == 0:
        raise DbnError(f"an IDX file needs data, and this array has the shape {array.shape}; give at least one row")
    header = struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTE, array.ndim, *array.shape)
    with replacing(path) as file:
        if path.suffix == ".gz":
            with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
                packed.write(header)
                packed.write(array.tobytes())
        else:
            file.write(header)
            file.write(array.tobytes())


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as they are on the disk, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] == GZIP_MAGIC:
                with gzip.GzipFile(fileobj=file) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield file
    except FileNotFoundError:
        raise DbnError(f"there is no file {path}; check the path") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DbnError(f"{path} is a damaged gzip file ({error}); copy or fetch it again") from error
    except OSError as error:
        raise DbnError(f"{path} cannot be read ({error.strerror}); check the path and its permissions") from error


def _read_header(stream: BinaryIO, path: Path) -> tuple[bytes, tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or not 1 <= magic[3] <= MAX_DIMENSIONS:
        raise DbnError(
            f"{path} is not an IDX file: it begins with {magic.hex(' ') or 'nothing'}, not with 00 00 08; "
            "give a file in the format of MNIST"
        )
    if magic[2] != UNSIGNED_BYTE:
        raise DbnError(
            f"{path} holds numbers of type {magic[2]:#04x}; only unsigned bytes (0x08) can be read, "
            "so write the pixels as 0 to 255"
        )
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DbnError(f"{path} is truncated: it ends within its header; copy or fetch it again")
    shape = struct.unpack(f">{magic[3]}I", sizes)
    if 0 in shape:
        raise DbnError(f"{path} holds no data: its header says the shape {shape}; copy or fetch it again")
    return magic + sizes, shape


def _check_dimensions(shape: tuple[int, ...], ndim: int | None, path: Path) -> None:
    if ndim is None or len(shape) == ndim:
        return
    found = KINDS.get(len(shape), f"an array of {len(shape)} dimensions")
    expected = KINDS.get(ndim, f"an array of {ndim} dimensions")
    raise DbnError(
        f"{path} holds {found}, where {expected} were expected; were the images' and the labels' file swapped?"
    )
