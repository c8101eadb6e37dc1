"""Arrays from NumPy's .npz files, checked before they are read; pickles are never opened."""

import math
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from dbn.errors import DbnError

BLOCK = 1 << 20


def read_npz(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Read those of the named arrays that a .npz file holds.

    Each array's header says a shape and a type; the bytes after it are counted, in blocks, before an array of
    that size is allocated. Arrays of Python objects, which need pickle, are refused.

    Parameters
    ----------
    path : Path
        A file as `numpy.savez` or `numpy.savez_compressed` writes it.
    names : tuple of str
        The arrays to read; others in the file are ignored.

    Returns
    -------
    dict of arrays
        In the order of `names`, without those that are not there.

    Raises
    ------
    DbnError
        When the file is not a .npz, is damaged, or an array in it is of Python objects or has not the size
        that its header says.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "two.npz"
    ...     np.savez(path, images=np.eye(2), other=np.zeros(3))
    ...     read_npz(path, ("images", "labels"))
    {'images': array([[1., 0.], [0., 1.]])}
    """
    try:
        with zipfile.ZipFile(path) as archive:
            present = set(archive.namelist())
            members = {name: f"{name}.npy" for name in names if f"{name}.npy" in present}
            for member in members.values():
                if archive.getinfo(member).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise DbnError(f"{path} is packed in an unusual way; write it with numpy.savez_compressed")
                with archive.open(member) as stream:
                    _check_member(stream, f"{path}, {member}")
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, SyntaxError, tokenize.TokenError) as error:
        raise DbnError(
            f"{path} is not a .npz file or is damaged ({error}); write it with numpy.savez_compressed"
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise DbnError(f"{path} is packed in an unusual way ({error}); write it with numpy.savez_compressed") from error
    except OSError as error:
        raise DbnError(f"{path} cannot be read ({error.strerror}); check the path and its permissions") from error


def _check_member(stream: IO[bytes], where: str) -> None:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise DbnError(f"{where} is in version {version[0]}.{version[1]} of the format; save it as plain numbers")
    if dtype.hasobject:
        raise DbnError(f"{where} holds Python objects, which are never loaded; save it as an array of numbers")
    size = math.prod(shape) * dtype.itemsize
    length = 0
    while length <= size and (block := stream.read(BLOCK)):
        length += len(block)
    if length != size:
        raise DbnError(
            f"{where}: its header says {size} bytes of data and {'more' if length > size else length} are there; "
            "write the file again"
        )
