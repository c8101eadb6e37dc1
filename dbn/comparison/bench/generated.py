"""A file of digits as large as one likes, to see whether learning from disk keeps up with learning from memory."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from dbn.comparison.bench.cases import PIXELS, Case
from dbn.comparison.bench.worker import digits
from dbn.data.streamed import BLOCK_BYTES
from dbn.errors import DbnError

ROWS = BLOCK_BYTES // PIXELS
"""Images that are written at a time: a chunk of the file."""


@contextmanager
def files_for(cases: Sequence[Case], folder: Path) -> Iterator[list[Case]]:
    """Write the file that the cases of kind ``stream`` learn from, name it in them, and delete it in the end.

    Raises
    ------
    DbnError
        If it cannot be written.
    """
    images = max((case.images for case in cases if case.kind == "stream"), default=0)
    if not images:
        yield list(cases)
        return
    folder.mkdir(parents=True, exist_ok=True)
    needed = (images + ROWS) * (PIXELS + 1)
    if shutil.disk_usage(folder).free < 1.1 * needed:  # HDF5 does not survive a full disk
        raise DbnError(f"{images:,} digits take {needed / 1e9:.3g} GB, which {folder} has no room for; make room there")
    with tempfile.TemporaryDirectory(dir=folder, prefix="generated-") as room:
        path = Path(room) / "digits.h5"
        try:
            write(path, images)
        except OSError as error:
            raise DbnError(f"{images} digits cannot be written to {folder} ({error}); make room there") from error
        yield [replace(case, file=str(path)) if case.kind == "stream" else case for case in cases]


def write(path: Path, n: int) -> None:
    """Write `n` digits: the embedded ones in random order, each chunk of them moved by another few pixels.

    Those to test with are one chunk.
    """
    import h5py

    rng, some = np.random.default_rng(0), digits(4000)
    with h5py.File(path, "w") as file:
        images = file.create_dataset("images", (n, PIXELS), np.uint8, chunks=(min(n, ROWS), PIXELS))
        labels = file.create_dataset("labels", (n,), np.uint8)
        for at in range(0, n, ROWS):
            rows, (down, right) = rng.integers(0, len(some), min(ROWS, n - at)), rng.integers(-2, 3, 2)
            square = some.images[rows].reshape(-1, 28, 28)
            images[at : at + ROWS] = np.roll(square, (down, right), (1, 2)).reshape(-1, PIXELS)
            labels[at : at + ROWS] = some.labels[rows]
        file["test_images"], file["test_labels"] = some.images[:ROWS], some.labels[:ROWS]


def forget(path: Path) -> None:
    """Let the system drop what it keeps of a file in memory, where it can, so that reading it means the disk."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
