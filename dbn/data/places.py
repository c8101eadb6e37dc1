"""Where data sets are looked for on this machine, and where fetched ones are put."""

import os
from pathlib import Path

import dbn
from dbn.data.registry import Entry
from dbn.errors import DbnError

PACKAGE = Path(dbn.__file__).parent
EMBEDDED = PACKAGE / "data" / "embedded"
"""Where a built wheel holds the files of the checkout's ``data/``; a checkout has no such folder."""


def places(data_dir: str | Path | None) -> list[Path]:
    """List the folders in which a data set NAME may be, as ``<folder>/NAME/<file>``, the first to be tried first.

    They are: `data_dir`, if given; the folder named by the environment variable ``DBN_DATA``, if set; the
    ``data/`` of the checkout that this package runs from, or what of it was installed with the package; and the
    user's cache.

    Parameters
    ----------
    data_dir : str, Path or None

    Returns
    -------
    list of Path
        They need not exist.

    Raises
    ------
    DbnError
        When DBN_DATA begins with the home of a user whom nobody knows.

    Examples
    --------
    >>> places("my-data")[0].name
    'my-data'
    """
    named = [] if data_dir is None else [Path(data_dir)]
    if folder := os.environ.get("DBN_DATA"):
        named.append(_expanded(folder))
    return [*named, _checkout() or EMBEDDED, *_cache()]


def home(data_dir: str | Path | None) -> Path:
    """Choose where fetched data sets are put: the first of `places` outside an installed package; DbnError without."""
    found = next((place for place in places(data_dir) if place != EMBEDDED), None)
    if found is None:
        raise DbnError("there is no home folder to keep data sets in; name a folder with --data-dir or DBN_DATA")
    return found


def find_file(folder: Path, name: str) -> Path | None:
    """Find ``name.gz`` or ``name`` in a folder, packed before unpacked; None if neither is there."""
    candidates = (folder / f"{name}.gz", folder / name)
    return next((path for path in candidates if os.path.isfile(path)), None)  # noqa: PTH113  # nor one that is not ours to see


def find_set(entry: Entry, data_dir: str | Path | None) -> Path | None:
    """Find the first folder that holds all files of a registered data set; None if there is none.

    Parameters
    ----------
    entry : Entry
        With at least one file.
    data_dir : Path or None
        As in `places`.

    Examples
    --------
    >>> from dbn.data.registry import known
    >>> find_set(known("mnist-5k"), None).name
    'mnist-5k'
    """
    folders = [place / entry.name for place in places(data_dir)]
    return next((at for at in folders if all(find_file(at, file.name) for file in entry.files)), None)


def _expanded(folder: str) -> Path:
    try:
        return Path(folder).expanduser()
    except RuntimeError as error:
        raise DbnError(
            f"DBN_DATA is {folder}, and there is no such home folder; name a folder that is there"
        ) from error


def _cache() -> list[Path]:
    """The user's cache; none where the user has no home."""
    import pooch

    try:
        return [Path(pooch.os_cache("dbn"))]
    except RuntimeError:
        return []


def _checkout() -> Path | None:
    data = PACKAGE.parent / "data"
    return data if (data / "README.md").is_file() and (PACKAGE.parent / "pyproject.toml").is_file() else None
