"""Arrays from HDF5 files, checked before they are read; nothing outside the file is followed."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from dbn.errors import DbnError

if TYPE_CHECKING:
    import h5py

NUMBERS = "biuf"
MAX_COMPRESSION = 1032  # deflate cannot pack tighter: 258 bytes in two bits (zlib, technical details)


def read_hdf5(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Read those of the named arrays that an HDF5 file holds at its root.

    An HDF5 file can point at other files, and can claim a huge array of which nothing was ever written. Only
    arrays of numbers are read that are stored in the file itself, and wholly.

    Parameters
    ----------
    path : Path
    names : tuple of str
        The arrays to read; others in the file are ignored.

    Returns
    -------
    dict of arrays
        In the order of `names`, without those that are not there.

    Raises
    ------
    DbnError
        When the file is not HDF5 or is damaged, or a name stands for a link, a group, an array kept in other
        files, one that does not hold numbers, or one that is not completely written; or when they would fill
        more than half of this machine's memory.

    Examples
    --------
    >>> import h5py, numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "two.h5"
    ...     with h5py.File(path, "w") as file:
    ...         file["images"] = np.eye(2)
    ...     read_hdf5(path, ("images", "labels"))
    {'images': array([[1., 0.], [0., 1.]])}
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            present = [name for name in names if file.get(name, getlink=True) is not None]
            arrays = {name: check_array(file, name, f"{path}, {name}") for name in present}
            _check_size(sum(array.nbytes for array in arrays.values()), path)
            return {name: array[()] for name, array in arrays.items()}
    except (OSError, RuntimeError, KeyError) as error:
        raise DbnError(f"{path} is not an HDF5 file or is damaged ({error}); write it again") from error


def check_array(file: h5py.File, name: str, where: str) -> h5py.Dataset:
    """Find an array that is stored in the file itself, and wholly; `where` is what an error calls it.

    Raises
    ------
    DbnError
        As `read_hdf5` does.
    """
    import h5py

    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise DbnError(f"{where} is a link, and links are not followed; store the array itself")
    array = file[name]
    if not isinstance(array, h5py.Dataset):
        raise DbnError(f"{where} is a group; store an array under that name")
    if array.is_virtual or array.external:
        raise DbnError(f"{where} is kept in other files; store the array itself")
    if array.shape is None or array.dtype.kind not in NUMBERS:
        raise DbnError(f"{where} holds {array.dtype}, not numbers; store uint8 or floating point")
    if not _is_complete(array):
        raise DbnError(f"{where} says that it has {array.nbytes} bytes, and not all were written; write it again")
    return array


def _check_size(n_bytes: int, path: Path) -> None:
    """Half of the memory is for the arrays, the other half for putting them into order."""
    if not hasattr(os, "sysconf"):
        return
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if n_bytes > memory / 2:
        raise DbnError(
            f"{path} has {n_bytes / 1e9:.3g} GB of arrays, more than half of this machine's {memory / 1e9:.3g} GB; "
            f"leave its images in the file: give it as stream:{path}"
        )


def _is_complete(array: h5py.Dataset) -> bool:
    stored = array.id.get_storage_size()
    if array.chunks is None:
        return bool(stored == array.nbytes)
    chunks = math.prod(-(-n // chunk) for n, chunk in zip(array.shape, array.chunks, strict=True))
    return bool(array.id.get_num_chunks() == chunks and array.nbytes <= stored * MAX_COMPRESSION)
