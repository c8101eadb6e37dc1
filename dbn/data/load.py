"""One way to a data set, whether it has a name here or is a person's own."""

from pathlib import Path

import numpy as np

from dbn.data.class_order import split_by_class
from dbn.data.dataset import Dataset, Split, check_split
from dbn.data.idx import read_idx
from dbn.data.own import load_own, load_streamed
from dbn.data.places import find_file, find_set, places
from dbn.data.registry import SETS, Entry, known
from dbn.errors import DbnError

DIGITS_TEST_PER_CLASS = 36
STREAM = "stream:"
"""Before the path of an HDF5 file: leave its images there."""


def load(name_or_path: str | Path, *, data_dir: str | Path | None = None) -> Dataset:
    """Load a data set by name or path; nothing is ever downloaded here.

    Parameters
    ----------
    name_or_path : str or Path
        - ``mnist-5k``, which comes with this package;
        - ``digits``, scikit-learn's 8 x 8 digits, pixel/16 as float32: the last 36 of each class are the test
          images, the other 1,437 the training images, both dealt out class by class (see `split_by_class`);
        - ``mnist``, ``fashion-mnist`` or ``kmnist``, once fetched or put into place; each file is checked
          against its SHA-256;
        - the path of a file or folder of your own, as `load_own` reads it. A name that is also a folder's
          is taken as the name: write ``./mnist`` for the folder;
        - or ``stream:`` and the path of an HDF5 file, whose images stay there, see `load_streamed`.
    data_dir : str or Path, optional
        The first folder to look in; see `places` for the others.

    Returns
    -------
    Dataset

    Raises
    ------
    DbnError
        When there is no such name or path, the set is not on this machine, or a file is damaged or is not the
        published one.

    Examples
    --------
    >>> digits = load("mnist-5k")
    >>> digits.train.images.shape, digits.test.labels[:12].tolist()
    ((4000, 784), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    """
    own = own_path(name_or_path)
    if own is not None:
        return load_streamed(own) if str(name_or_path).startswith(STREAM) else load_own(own)
    entry = known(str(name_or_path))
    if entry.files:
        return _load_registered(entry, located(entry, data_dir))
    return _load_digits(entry)


def own_path(name_or_path: str | Path) -> Path | None:
    """Take what is not a registered name, and exists or looks like a path, as the path of a person's own data.

    What follows ``stream:`` is a path.

    Raises
    ------
    DbnError
        When it can only be a path, and nothing is there.

    Examples
    --------
    >>> own_path("mnist") is None
    True
    >>> own_path("scans/letters.npz")
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: there is no file scans/letters.npz; check the path
    """
    if str(name_or_path) in SETS:
        return None
    path = path_in(name_or_path)
    if path.exists():
        return path
    if str(path) != str(name_or_path) or isinstance(name_or_path, Path) or len(path.parts) > 1 or path.suffix:
        raise DbnError(f"there is no file {path}; check the path")
    return None


def path_in(name_or_path: str | Path) -> Path:
    """The path in what may also be a name, or begin with ``stream:``.

    >>> path_in("stream:scans/letters.h5").stem, path_in("mnist").stem
    ('letters', 'mnist')
    """
    return Path(str(name_or_path).removeprefix(STREAM))


def located(entry: Entry, data_dir: str | Path | None) -> Path:
    """Find the folder of a registered set that has files.

    Raises
    ------
    DbnError
        When it is not on this machine, saying where it was looked for and how to get it.
    """
    folder = find_set(entry, data_dir)
    if folder is not None:
        return folder
    looked = ", ".join(str(place / entry.name) for place in places(data_dir))
    if not entry.mirrors:
        raise DbnError(f"{entry.name} is not complete in {looked}; install dbn again")
    raise DbnError(
        f"{entry.name} is not on this machine; run `dbn data fetch {entry.name}`, or put its four files into one "
        f"of {looked}, or use mnist-5k, which needs no download"
    )


def _load_registered(entry: Entry, folder: Path) -> Dataset:
    arrays = []
    for file in entry.files:
        path = find_file(folder, file.name) or folder / file.name
        arrays.append(read_idx(path, ndim=file.ndim, sha256=file.sums))
    train = check_split(arrays[0], arrays[1], entry.n_classes, where=f"training images of {entry.name}")
    test = check_split(arrays[2], arrays[3], entry.n_classes, where=f"test images of {entry.name}")
    return Dataset.of(entry.name, train, test, entry.image_shape, entry.n_classes)


def _load_digits(entry: Entry) -> Dataset:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    whole = Split((pixels / 16).astype(np.float32), labels.astype(np.int64))
    n_test = np.full(entry.n_classes, DIGITS_TEST_PER_CLASS)
    train_rows, test_rows = split_by_class(whole.labels, n_test)
    return Dataset.of(entry.name, whole[train_rows], whole[test_rows], entry.image_shape, entry.n_classes)
