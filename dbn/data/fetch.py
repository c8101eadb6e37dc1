"""Downloads: each mirror in turn, checked, and only then put into place."""

from pathlib import Path

from dbn.atomic import check_writable, replacing
from dbn.data.idx import check_idx
from dbn.data.places import find_file, home
from dbn.data.registry import File, known
from dbn.errors import DbnError

TIMEOUT = 30.0  # seconds without an answer or a byte


def fetch(name: str, *, data_dir: str | Path | None = None, progress: bool = False) -> Path:
    """Download a registered data set's files, those that are not there already.

    Parameters
    ----------
    name : str
        One of the names in `registry.SETS`.
    data_dir : str or Path, optional
        The set is put into ``data_dir/name``. Without it: into the folder that ``DBN_DATA`` names, else the
        checkout's ``data/``, else the user's cache.
    progress : bool
        Show a progress bar for each file on standard error.

    Returns
    -------
    Path
        The folder that holds the files.

    Raises
    ------
    DbnError
        When the set is not one to be fetched, the folder cannot be written to, or no mirror gives a file that
        has the published checksum. Nothing incomplete or unchecked is left behind.

    Examples
    --------
    >>> fetch("digits")
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: digits is not fetched: it comes with scikit-learn; load it by its name
    """
    entry = known(name)
    if not entry.mirrors:
        carrier = "dbn" if entry.files else "scikit-learn"
        raise DbnError(f"{name} is not fetched: it comes with {carrier}; load it by its name")
    folder = home(data_dir) / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DbnError(f"{folder} cannot be made ({error.strerror}); choose another folder") from error
    for file in entry.files:
        if not _is_there(folder, file):
            _download(file, entry.mirrors, folder, progress)
    return folder


def _is_there(folder: Path, file: File) -> bool:
    path = find_file(folder, file.name)
    if path is None:
        return False
    try:
        check_idx(path, ndim=file.ndim, sha256=file.sums)
    except DbnError:
        return False
    return True


def _download(file: File, mirrors: tuple[str, ...], folder: Path, progress: bool) -> None:
    target = folder / f"{file.name}.gz"
    check_writable(target)
    failures = []
    for mirror in mirrors:
        failure = _try_mirror(mirror + target.name, target, file, progress)
        if failure is None:
            return
        failures.append(f"{mirror} ({failure})")
    raise DbnError(
        f"{target.name} could not be fetched from {' or '.join(failures)}; connect to the network and try again, "
        f"or put the file into {folder} by hand, or use --dataset mnist-5k, which needs no download"
    )


def _try_mirror(url: str, target: Path, file: File, progress: bool) -> str | None:
    """Download from one mirror; return None, or a few words on why it failed."""
    import pooch
    import requests

    # some mirrors would otherwise unpack the file on its way, and it would not have its published sum
    plain = {"Accept-Encoding": "identity"}
    download = pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT, chunk_size=1 << 16, headers=plain)
    try:
        with replacing(target) as temporary:
            download(url, temporary, None)
            temporary.flush()
            check_idx(Path(temporary.name), ndim=file.ndim, sha256=file.sums)
    except DbnError:
        return "not the published file: its checksum is wrong"
    except requests.HTTPError as error:
        return "no such file there" if error.response is None else f"HTTP status {error.response.status_code}"
    except requests.Timeout:
        return "no answer in time"
    except requests.RequestException:
        return "no connection, or it broke off"
    except OSError as error:
        raise DbnError(f"{target} cannot be written ({error.strerror}); choose another folder") from error
    return None
