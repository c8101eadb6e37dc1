"""What is known of the data sets: the list of all, and the figures of one."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dbn.data.dataset import Dataset, in_blocks
from dbn.data.load import load, own_path
from dbn.data.places import find_set
from dbn.data.registry import SETS, Entry, known


@dataclass(frozen=True)
class Description:
    """The figures of a data set.

    Attributes
    ----------
    name, source, licence, found, sha256 : str
    image_shape : tuple of int
        Rows and columns.
    dtype : str
        How pixels are stored, "uint8" or "float32".
    pixel_range : tuple of float
        Lowest and highest pixel in the file's own units: 0 to 255 or 0 to 1.
    mean_intensity : float
        Mean training pixel as a part of white, from 0 to 1.
    train_per_class, test_per_class : tuple of int
        Images of class 0, 1, ….
    """

    name: str
    source: str
    licence: str
    found: str
    image_shape: tuple[int, int]
    dtype: str
    pixel_range: tuple[float, float]
    mean_intensity: float
    train_per_class: tuple[int, ...]
    test_per_class: tuple[int, ...]
    sha256: str


def catalogue(*, data_dir: str | Path | None = None) -> list[tuple[Entry, str | None]]:
    """List the data sets known by name, and where each is: a folder, the package that carries it, or None if not here.

    No pixel is read.

    Parameters
    ----------
    data_dir : str or Path, optional
        The first folder to look in.

    Examples
    --------
    >>> [entry.name for entry, _ in catalogue()]
    ['mnist-5k', 'mnist', 'fashion-mnist', 'kmnist', 'digits']
    """
    return [(entry, _found(entry, data_dir)) for entry in SETS.values()]


def describe(name_or_path: str | Path, *, data_dir: str | Path | None = None) -> Description:
    """Load a data set and state its figures.

    Parameters
    ----------
    name_or_path, data_dir
        As in `load`.

    Raises
    ------
    DbnError
        As `load` does.

    Examples
    --------
    >>> figures = describe("mnist-5k")
    >>> figures.pixel_range, round(figures.mean_intensity, 3), figures.test_per_class
    ((0.0, 255.0), 0.131, (100, 100, 100, 100, 100, 100, 100, 100, 100, 100))
    """
    dataset = load(name_or_path, data_dir=data_dir)
    own = own_path(name_or_path)
    if own is not None:
        return _figures(dataset, source="your own", licence="your own", found=str(own))
    entry = known(str(name_or_path))
    return _figures(dataset, source=entry.source, licence=entry.licence, found=str(_found(entry, data_dir)))


def _found(entry: Entry, data_dir: str | Path | None) -> str | None:
    if not entry.files:
        return "scikit-learn"
    folder = find_set(entry, data_dir)
    return None if folder is None else str(folder)


def _figures(dataset: Dataset, *, source: str, licence: str, found: str) -> Description:
    train, test = dataset.train, dataset.test
    white = 255 if train.images.dtype == np.uint8 else 1
    total = sum(float(block.sum(dtype=np.float64)) for block in in_blocks(train.images))
    return Description(
        name=dataset.name,
        source=source,
        licence=licence,
        found=found,
        image_shape=dataset.image_shape,
        dtype=str(train.images.dtype),
        pixel_range=(
            float(min(block.min() for split in (train, test) for block in in_blocks(split.images))),
            float(max(block.max() for split in (train, test) for block in in_blocks(split.images))),
        ),
        mean_intensity=total / (len(train) * train.images.shape[1]) / white,
        train_per_class=_per_class(train.labels, dataset.n_classes),
        test_per_class=_per_class(test.labels, dataset.n_classes),
        sha256=dataset.sha256,
    )


def _per_class(labels: NDArray[np.int64], n_classes: int) -> tuple[int, ...]:
    return tuple(np.bincount(labels, minlength=n_classes).tolist())
