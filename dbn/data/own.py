"""A person's own data: a .npz or HDF5 file with named arrays, a pair of IDX files, or MNIST's four."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dbn.data.class_order import last_sixth, split_by_class
from dbn.data.dataset import Dataset, check_split, check_whole_numbers
from dbn.data.hdf5 import read_hdf5
from dbn.data.idx import read_idx
from dbn.data.npz import read_npz
from dbn.data.places import find_file
from dbn.data.registry import QUADRUPLE
from dbn.data.streamed import BUFFER_BYTES, Streamed, stream
from dbn.errors import DbnError

Arrays = dict[str, NDArray[Any]]
NAMES = ("images", "labels", "test_images", "test_labels")
KERAS = ("x_train", "y_train", "x_test", "y_test")
HDF5_SUFFIXES = (".h5", ".hdf5")


def load_own(path: Path) -> Dataset:
    """Load a data set from a file or folder.

    - ``.npz``, ``.h5`` or ``.hdf5``: arrays ``images`` and ``labels``, and, if you have a test set,
      ``test_images`` and ``test_labels``; or ``x_train``, ``y_train``, ``x_test`` and ``y_test``, as Keras has them;
    - the images' file of an IDX pair, with ``images-idx3`` in its name: the labels are read from the file
      beside it whose name has ``labels-idx1`` there;
    - a folder with MNIST's four file names, each with or without ``.gz``.

    Without test images the last sixth of each class (rounded down, but at least one where the class has two)
    becomes the test set, and both parts are dealt out class by class; see `split_by_class`. Images are
    (n, rows, columns), (n, rows, columns, 1) or (n, pixels): a square number of pixels is taken as a square image, any
    other as one row. Classes are numbered from 0, and each must occur.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Dataset
        Named after the file or folder.

    Raises
    ------
    DbnError
        When the file is none of these, is damaged, or its pixels or labels are not as `check_split` asks.
    """
    if path.is_dir():
        arrays = _read_quadruple(path)
    elif path.suffix.lower() == ".npz":
        arrays = _named(read_npz, path)
    elif path.suffix.lower() in HDF5_SUFFIXES:
        arrays = _named(read_hdf5, path)
    elif "images-idx3" in path.name or "images.idx3" in path.name:
        arrays = _read_pair(path)
    else:
        raise DbnError(
            f"{path} is of no known kind; give a .npz, .h5 or .hdf5 file with images and labels, a file named "
            "...images-idx3-ubyte, or a folder with MNIST's four files"
        )
    gray = {name: array[..., 0] if array.ndim == 4 and array.shape[3] == 1 else array for name, array in arrays.items()}
    return _assemble(path, gray)


def files_of(path: Path) -> list[Path]:
    """The files that `load_own` reads at a path, as far as they are there.

    >>> files_of(Path("no-such-file"))
    []
    """
    if path.is_dir():
        found = [find_file(path, name) for name in QUADRUPLE]
    else:
        found = [path, find_file(path.parent, _name_of_labels(path))] if path.is_file() else []
    return [file for file in found if file]


def load_streamed(path: Path, buffer_bytes: int = BUFFER_BYTES) -> Dataset:
    """Load a data set whose images stay in their HDF5 file, so that it may be larger than memory.

    Arrays have the names of `load_own`; images are bytes. They keep the order of the file, so that they are read in
    long stretches: without test images the last sixth of all is the test set, and images held out for validation are
    the last ones, wherefore the file must not be sorted by class. Labels are in memory.

    Parameters
    ----------
    path : Path
        Of an HDF5 file.
    buffer_bytes : int
        How much of the images is in memory at once.

    Raises
    ------
    DbnError
        As `load_own` and `stream` do; and if the last sixth of the images has not all classes.
    """
    if path.suffix.lower() not in HDF5_SUFFIXES:
        raise DbnError(f"{path} is no HDF5 file, of which alone images are streamed; give a .h5 or .hdf5 file")
    arrays: dict[str, Any] = {**stream(path, NAMES[::2], buffer_bytes), **read_hdf5(path, NAMES[1::2])}
    _check_names(path, arrays)
    n_classes = _count_classes(arrays, str(path))
    whole = check_split(arrays["images"], arrays["labels"], n_classes, where=str(path))
    cut = len(whole) - len(whole) // 6
    if len(np.unique(whole.labels[cut:])) < n_classes:
        raise DbnError(
            f"{path}: the last sixth of the images has not all {n_classes} classes; shuffle images and labels alike"
        )
    if "test_images" in arrays:
        train = whole
        test = check_split(arrays["test_images"], arrays["test_labels"], n_classes, where=f"{path}, test images")
    else:
        train, test = whole[:cut], whole[cut:]
    return Dataset.of(_name(path), train, test, _image_shape(path, arrays), n_classes)


def _read_quadruple(folder: Path) -> Arrays:
    paths = [find_file(folder, name) for name in QUADRUPLE]
    missing = [name for name, path in zip(QUADRUPLE, paths, strict=True) if path is None]
    if missing:
        raise DbnError(f"{folder} has no {' and no '.join(missing)} (.gz or not); add it, or give a file's path")
    found = [path for path in paths if path is not None]
    return {name: read_idx(path, ndim=3 if "images" in name else 1) for name, path in zip(NAMES, found, strict=True)}


def _named(read: Callable[[Path, tuple[str, ...]], Arrays], path: Path) -> Arrays:
    if arrays := read(path, NAMES):
        return arrays
    keras = read(path, KERAS)
    return {name: keras[theirs] for name, theirs in zip(NAMES, KERAS, strict=True) if theirs in keras}


def _read_pair(path: Path) -> Arrays:
    images = read_idx(path, ndim=3)
    name = _name_of_labels(path)
    labels = find_file(path.parent, name)
    if labels is None:
        raise DbnError(f"{path} has no labels beside it; put them into {name} or {name}.gz in the same folder")
    return {"images": images, "labels": read_idx(labels, ndim=1)}


def _name_of_labels(images: Path) -> str:
    return images.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")


def _assemble(path: Path, arrays: Arrays) -> Dataset:
    _check_names(path, arrays)
    images, labels = arrays["images"], arrays["labels"]
    n_classes = _count_classes(arrays, str(path))
    whole = check_split(images, labels, n_classes, where=str(path))
    if "test_images" in arrays:
        # Dealt out, so that a validation split, the last of these, holds all classes even if the file is sorted.
        train_rows, _ = split_by_class(whole.labels, np.zeros(n_classes, np.int64))
        train = whole[train_rows]
        test = check_split(arrays["test_images"], arrays["test_labels"], n_classes, where=f"{path}, test images")
    else:
        train_rows, test_rows = split_by_class(whole.labels, last_sixth(whole.labels, n_classes))
        if len(test_rows) == 0:
            raise DbnError(f"{path}: no class has two images, so none can be kept to test with; add images")
        train, test = whole[train_rows], whole[test_rows]
    return Dataset.of(_name(path), train, test, _image_shape(path, arrays), n_classes)


def _check_names(path: Path, arrays: Arrays) -> None:
    missing = [name for name in NAMES[:2] if name not in arrays]
    if missing:
        raise DbnError(
            f"{path} has no array {' and no '.join(missing)}; store images and labels (zeros, if there are none) under "
            "those names, or under Keras's x_train and y_train"
        )
    if ("test_images" in arrays) != ("test_labels" in arrays):
        raise DbnError(f"{path} has only one of test_images and test_labels; store both or neither")


def _count_classes(arrays: dict[str, Any], where: str) -> int:
    """Count the classes by their highest label; each number below it must occur, and in training."""
    given = [arrays[name] for name in NAMES[1::2] if name in arrays]
    for one in given:
        check_whole_numbers(one, where=where)
    labels = [np.unique(one) for one in given]
    classes = np.unique(np.concatenate(labels))
    if not np.array_equal(classes, np.arange(len(classes))):
        shown = ", ".join(f"{label:g}" for label in classes[:5]) + (", …" if len(classes) > 5 else "")
        raise DbnError(
            f"{where}: the labels are {shown}, and classes are numbered 0, 1, 2, … without gaps; "
            "renumber them with numpy.searchsorted(numpy.unique(labels), labels), and test_labels with the same unique"
        )
    if len(labels[0]) < len(classes):
        absent = np.setdiff1d(classes, labels[0])[0]
        raise DbnError(f"{where}: class {absent:g} has test images alone; add some to learn from, or leave it out")
    return len(classes)


def _image_shape(path: Path, arrays: dict[str, Any]) -> tuple[int, int]:
    """The rows and columns of all images."""
    shape, *others = (_rows_and_columns(arrays[name]) for name in NAMES[::2] if name in arrays)
    for other in others:
        if other != shape:
            raise DbnError(
                f"{path}: training images are {shape[0]} x {shape[1]} pixels, and test images {other[0]} x {other[1]}; "
                "store images of one size"
            )
    return shape


def _rows_and_columns(images: Any) -> tuple[int, int]:
    shape = images.stored_shape if isinstance(images, Streamed) else images.shape
    return (shape[1], shape[2]) if len(shape) == 3 else shape_of(shape[1])


def shape_of(pixels: int) -> tuple[int, int]:
    """Rows and columns of images of which only the number of pixels is known: square ones, or else a single row.

    >>> shape_of(64), shape_of(30)
    ((8, 8), (1, 30))
    """
    side = math.isqrt(pixels)
    return (side, side) if side * side == pixels else (1, pixels)


def _name(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(path.suffix) or path.name
