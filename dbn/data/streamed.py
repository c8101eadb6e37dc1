"""Images that stay in their HDF5 file: bytes, read by blocks of rows into a buffer that holds several blocks."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from dbn.data.hdf5 import check_array
from dbn.errors import DbnError

if TYPE_CHECKING:
    import h5py

BLOCK_BYTES = 1 << 20
"""Of a block, about: enough that finding it costs little beside reading it."""

BUFFER_BYTES = 1 << 27
"""Of the buffer: the more it holds, the better shuffled are the images; with those of MNIST, 171,000."""

MOST_BYTES = 1 << 28
"""Of images that are copied into memory at once: learning and measuring take far fewer."""

FEWEST = 4
"""Blocks that the buffer holds at least: of fewer, an epoch would be hardly shuffled."""


@dataclass(frozen=True)
class Blocks:
    """How rows lie in the blocks by which they are read.

    Attributes
    ----------
    edges : int64 array (n_blocks + 1,)
        Block i is made of the rows edges[i] … edges[i + 1] − 1.
    held : int
        How many blocks are in memory at once.
    """

    edges: NDArray[np.int64]
    held: int


class Streamed:
    """Images (n, pixels), uint8, of which only the blocks are in memory that were asked for last.

    It stands where an array of images does: ``images[rows]`` with an array of rows reads these into a new array, a
    slice is again a `Streamed`, of the same buffer, and NumPy takes it for an array where it computes with it. Rows
    are found fast if they come from few blocks, as in the orders of `dbn.training.order`.

    Examples
    --------
    >>> import h5py, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "two.h5"
    ...     with h5py.File(path, "w") as file:
    ...         file["images"] = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
    ...     images = stream(path, ("images",))["images"]
    >>> images.shape, images[np.array([2, 0])].tolist()
    ((3, 4), [[8, 9, 10, 11], [0, 1, 2, 3]])
    >>> np.asarray(images[1:]).sum(axis=1).tolist()
    [22, 38]
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, buffer: _Buffer, start: int, stop: int) -> None:
        self._buffer, self._start, self._stop = buffer, start, stop

    @property
    def shape(self) -> tuple[int, int]:
        """Images and pixels."""
        return len(self), self._buffer.n_pixels

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """The shape of the array in the file, which may keep rows and columns of pixels apart."""
        return self._buffer.stored_shape

    @property
    def blocks(self) -> Blocks:
        """The blocks, whole or in part, in which these images lie."""
        size = self._buffer.block_rows
        inner = np.arange(self._start // size + 1, -(-self._stop // size)) * size
        return Blocks(np.concatenate([[self._start], inner, [self._stop]]) - self._start, self._buffer.held)

    def __len__(self) -> int:
        return self._stop - self._start

    @overload
    def __getitem__(self, rows: slice) -> Streamed: ...
    @overload
    def __getitem__(self, rows: NDArray[Any]) -> NDArray[np.uint8]: ...
    def __getitem__(self, rows: slice | NDArray[Any]) -> Streamed | NDArray[np.uint8]:
        if not isinstance(rows, slice):
            rows = _numbers(rows, len(self))
            if len(rows) and not 0 <= rows.min() <= rows.max() < len(self):
                raise IndexError(f"rows from {rows.min()} to {rows.max()} of {len(self)} images")
            return self._buffer.rows(rows + self._start)
        start, stop, step = rows.indices(len(self))
        if step != 1:
            raise DbnError("streamed images are taken one after the other; take a slice without a step")
        return Streamed(self._buffer, self._start + start, self._start + max(start, stop))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._buffer.rows(np.arange(self._start, self._stop)).astype(dtype or self.dtype, copy=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (*self._buffer.source, self._start, self._stop)


def _numbers(rows: Any, n: int) -> NDArray[np.int64]:
    """Rows as numbers (m,): an array of these, or of whether each of n rows is wanted."""
    chosen = np.asarray(rows)
    if chosen.dtype == bool and chosen.shape == (n,):
        return np.flatnonzero(chosen)
    if chosen.ndim != 1 or (chosen.dtype.kind not in "iu" and len(chosen)):
        raise DbnError(f"rows of streamed images are a slice, numbers (m,) or {n} truth values; give one of these")
    return chosen.astype(np.int64)


class _Buffer:
    """The blocks of an array (n, …) that were used last, side by side in memory, and which is where."""

    def __init__(self, array: h5py.Dataset, source: tuple[Path, str, int], block_rows: int, held: int) -> None:
        self.source, self.block_rows, self.held = source, block_rows, held
        self.stored_shape: tuple[int, ...] = array.shape
        self.n_pixels = math.prod(array.shape[1:])
        self._array, self._where = array, f"{source[0]}, {source[1]}"
        self._file = array.file.id.get_vfd_handle()
        self._version = self._found()
        n_blocks = -(-len(array) // block_rows)
        self._memory = np.empty((held * block_rows, self.n_pixels), np.uint8)
        self._slot = np.full(n_blocks, -1)
        self._block = np.full(held, -1)
        self._used = np.zeros(held, np.int64)
        self._clock = 0

    def rows(self, rows: NDArray[Any]) -> NDArray[np.uint8]:
        """Copy rows (m,) of the array into a new one (m, pixels); DbnError if they are too many for that."""
        if len(rows) * self.n_pixels > MOST_BYTES:
            raise DbnError(
                f"{self._where}: {len(rows)} images are wanted in memory at once, and streamed ones are for learning "
                "in mini-batches; take smaller ones or fewer images, or a data set that fits into memory"
            )
        blocks = rows // self.block_rows
        if (self._slot[blocks] >= 0).all():
            return self._copied(rows, blocks)
        result = np.empty((len(rows), self.n_pixels), np.uint8)
        wanted = np.unique(blocks)
        for at in range(0, len(wanted), self.held):
            some = wanted[at : at + self.held]
            self._hold(some)
            here = np.isin(blocks, some)
            result[here] = self._copied(rows[here], blocks[here])
        return result

    def _copied(self, rows: NDArray[Any], blocks: NDArray[Any]) -> NDArray[np.uint8]:
        slots = self._slot[blocks]
        self._clock += 1
        self._used[slots] = self._clock
        result: NDArray[np.uint8] = self._memory[slots * self.block_rows + rows % self.block_rows]
        return result

    def _hold(self, blocks: NDArray[Any]) -> None:
        """Read those of the blocks that are not in memory, in the place of those that were used longest ago."""
        self._clock += 1
        self._used[self._slot[blocks][self._slot[blocks] >= 0]] = self._clock
        missing = blocks[self._slot[blocks] < 0]
        for block, slot in zip(missing, np.argsort(self._used, kind="stable"), strict=False):
            if self._block[slot] >= 0:
                self._slot[self._block[slot]] = -1
            self._block[slot] = -1
            start, place = block * self.block_rows, slot * self.block_rows
            n = min(self.block_rows, len(self._array) - start)
            room = self._memory[place : place + n].reshape(n, *self._array.shape[1:])
            try:
                self._array.read_direct(room, np.s_[start : start + n])
            except (OSError, RuntimeError) as error:
                raise DbnError(f"{self._where} cannot be read any more ({error}); write the file again") from error
            if self._found() != self._version:  # HDF5 reads zeros beyond the end of a file that was cut short
                raise DbnError(f"{self._where} changed while it was read; leave the file alone and begin again")
            self._block[slot], self._slot[block] = block, slot

    def _found(self) -> tuple[int, int]:
        """How long the file is, and when it was written last."""
        status = os.fstat(self._file)
        return status.st_size, status.st_mtime_ns


def stream(path: Path, names: tuple[str, ...], buffer_bytes: int = BUFFER_BYTES) -> dict[str, Streamed]:
    """Open those of the named arrays of images that an HDF5 file holds; it stays open as long as they are used.

    Blocks are of whole chunks, if an array is stored in chunks.

    Parameters
    ----------
    path : Path
    names : tuple of str
        Arrays (n, pixels) or (n, rows, columns) of uint8, with n > 0.
    buffer_bytes : int
        How much of each is in memory at once.

    Raises
    ------
    DbnError
        When the file is not HDF5 or is damaged, or an array is not as above, not stored in this file, or its
        chunks are too large to hold several of them.
    """
    import h5py

    try:
        file = h5py.File(path, "r", rdcc_nbytes=0)  # each chunk is read once: HDF5 need keep none
        present = [name for name in names if file.get(name, getlink=True) is not None]
        arrays = {name: check_array(file, name, f"{path}, {name}") for name in present}
    except (OSError, RuntimeError, KeyError) as error:
        raise DbnError(f"{path} is not an HDF5 file or is damaged ({error}); write it again") from error
    return {name: _streamed(array, (path, name, buffer_bytes)) for name, array in arrays.items()}


def _reopened(path: Path, name: str, buffer_bytes: int, start: int, stop: int) -> Streamed:
    """The same images in another process."""
    return stream(path, (name,), buffer_bytes)[name][start:stop]


def _streamed(array: h5py.Dataset, source: tuple[Path, str, int]) -> Streamed:
    path, name, buffer_bytes = source
    where = f"{path}, {name}"
    if array.ndim not in (2, 3) or array.size == 0:
        raise DbnError(f"{where} has the shape {array.shape}; store grey images, as (n, pixels) or (n, rows, columns)")
    if array.dtype != np.uint8:
        raise DbnError(f"{where} holds {array.dtype}, and only bytes are streamed; store uint8 from 0 to 255")
    row_bytes = math.prod(array.shape[1:])
    unit = array.chunks[0] if array.chunks else 1
    wanted = min(BLOCK_BYTES, buffer_bytes // FEWEST)
    block_rows = unit * max(1, wanted // (unit * row_bytes))
    held, n_blocks = buffer_bytes // (block_rows * row_bytes), -(-len(array) // block_rows)
    if held < min(FEWEST, n_blocks):
        raise DbnError(
            f"{where} is stored in chunks of {unit * row_bytes / 1e6:.3g} MB, and of streamed images "
            f"{buffer_bytes / 1e6:.3g} MB are held in memory; write it in chunks of about {BLOCK_BYTES / 1e6:.0f} MB"
        )
    return Streamed(_Buffer(array, source, block_rows, min(held, n_blocks)), 0, len(array))
