"""The one checkpoint format: an HDF5 file that is either the old one or the new one, never half of each.

A file holds only numbers and short texts: no pickles, no links to elsewhere, no compression. So what a dataset
claims to hold can be compared with what the file really stores before any memory is taken. HDF5 leaves some of its
structures without checksums, and can read a damaged one for ever; so a digest of everything else stands in the user
block, the first 512 bytes, and is checked before HDF5 sees the file.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import dbn
from dbn import atomic
from dbn.errors import DbnError
from dbn.training.state import Tree

FORMAT = "dbn-checkpoint"
VERSION = 4
"""2: layers may be directed, with weights of their own up and down. 3: pixels may be Gaussian, with log variances z.
4: a machine says what its hidden units are, which may be rectified linear."""
CHUNK_BYTES = 1 << 20
USER_BLOCK = 512
SEAL = b"dbn-checkpoint sha256 "


@dataclass
class Checkpoint:
    """A model with its history and, while it is being trained, everything needed to go on.

    Parameters
    ----------
    kind : str
        What the model is: ``"dbn"``, ``"network"`` or ``"naive-bayes"``; or ``"study"``, whose cells take its place.
    model : Tree
        Its parameters as nested dicts of arrays, numbers and texts.
    config : dict
        Every option of the run, as JSON values.
    dataset : dict
        ``name`` and ``sha256`` of the data, and what else was decided about them.
    seed : int
        The seed of the run.
    history : list of dict
        One row of metrics an epoch.
    training : Tree, optional
        The state of a run that can be resumed.
    finished : bool
        Whether the file that was read has no such state.
    created, package_version : str
        Filled in when the file is written.
    """

    kind: str
    model: Tree
    config: dict[str, Any]
    dataset: dict[str, Any]
    seed: int
    history: list[dict[str, float]] = field(default_factory=list)
    training: Tree | None = None
    finished: bool = True
    created: str = ""
    package_version: str = ""


def save(path: str | Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint to a temporary file, flush it to disk, and rename it to `path`.

    Raises
    ------
    DbnError
        If the folder cannot be written or the disk is full; what was at `path` is untouched.
    """
    image = _image(checkpoint)
    seal = SEAL + hashlib.sha256(image).hexdigest().encode() + b"\n"
    atomic.write(Path(path), seal.ljust(USER_BLOCK, b"\0") + image)


def _image(checkpoint: Checkpoint) -> bytes:
    """Build the file in memory: HDF5's own writes cannot report a full disk cleanly."""
    # The 1.8 layout has checksums on its metadata; the datasets have their own.
    image = io.BytesIO()
    with h5py.File(image, "w", libver=("v108", "v108")) as file:
        file.attrs.update(
            format=FORMAT,
            version=VERSION,
            package_version=dbn.__version__,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            kind=checkpoint.kind,
            config=json.dumps(checkpoint.config),
            dataset=json.dumps(checkpoint.dataset),
            seed=checkpoint.seed,
        )
        _write(file.create_group("model"), checkpoint.model)
        columns = {name: None for row in checkpoint.history for name in row}
        history = {
            name: np.array([row.get(name, np.nan) for row in checkpoint.history], np.float64) for name in columns
        }
        _write(file.create_group("history", track_order=True), history)
        if checkpoint.training is not None:
            _write(file.create_group("training"), checkpoint.training)
    return image.getvalue()


def _write(group: Any, tree: Mapping[str, Any]) -> None:
    for name, value in tree.items():
        if isinstance(value, dict):
            _write(group.create_group(name), value)
        elif isinstance(value, np.ndarray) and value.size:
            group.create_dataset(name, data=value, chunks=_chunks(value), fletcher32=True)
        elif isinstance(value, np.ndarray):
            group.create_dataset(name, data=value)
        else:
            group.attrs[name] = value


def _chunks(array: Any) -> tuple[int, ...]:
    most = max(1, CHUNK_BYTES // max(array[:1].nbytes, 1))
    pieces = -(-len(array) // most)  # of one size: HDF5 stores the last one as large as the others
    return (-(-len(array) // pieces), *array.shape[1:])


def load(path: str | Path, *, kind: str | None = None, with_training: bool = False) -> Checkpoint:
    """Read a checkpoint.

    Parameters
    ----------
    path : path
        The file.
    kind : str, optional
        Refuse any other kind of model.
    with_training : bool
        Read the training state too, which is as large as the model or larger.

    Raises
    ------
    DbnError
        If the file is missing, not to be read, damaged, of another kind or a newer version, or no checkpoint at all.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise DbnError(f"there is no checkpoint {path}; check the name, or train one with `dbn pretrain`")
        _check_seal(path)
        with h5py.File(path, "r") as file:
            _check_header(file, path, kind)
            read = _Reader(path)
            history = read.group(file, "history")
            return Checkpoint(
                kind=str(file.attrs["kind"]),
                model=read.group(file, "model"),
                config=dict(json.loads(file.attrs["config"])),
                dataset=_dataset(file),
                seed=int(file.attrs["seed"]),
                history=_rows(history),
                training=read.group(file, "training") if with_training and "training" in file else None,
                finished="training" not in file,
                created=str(file.attrs["created"]),
                package_version=str(file.attrs["package_version"]),
            )
    except PermissionError as error:
        raise DbnError(f"{path} may not be read; ask its owner for permission, or take a copy") from error
    except (OSError, LookupError, ValueError, TypeError, AttributeError, RuntimeError, OverflowError) as error:
        raise DbnError(
            f"{path} is damaged or not a checkpoint of dbn ({type(error).__name__}); "
            "restore it from a copy or train it anew"
        ) from error


def _check_seal(path: Path) -> None:
    with path.open("rb") as file:
        block = file.read(USER_BLOCK)
        digest = hashlib.file_digest(file, "sha256").hexdigest().encode()
    if block != (SEAL + digest + b"\n").ljust(USER_BLOCK, b"\0"):
        raise DbnError(
            f"{path} is damaged, was changed since dbn wrote it, or is not a checkpoint of dbn; "
            "restore it from a copy or train it anew"
        )


def _dataset(file: Any) -> dict[str, Any]:
    dataset = dict(json.loads(file.attrs["dataset"]))
    held_out = dataset.get("validation", 0)
    if not isinstance(held_out, int) or held_out < 0:
        raise ValueError(held_out)
    return dataset


def _rows(history: Tree) -> list[dict[str, float]]:
    columns = {name: column.tolist() for name, column in history.items()}
    rows = zip(*columns.values(), strict=True)
    # A metric that a row never had was stored as NaN.
    return [{k: float(v) for k, v in zip(columns, row, strict=True) if v == v} for row in rows]


def _check_header(file: Any, path: Path, kind: str | None) -> None:
    if file.attrs.get("format") != FORMAT:
        raise DbnError(f"{path} is an HDF5 file, but not a checkpoint of dbn; give a file that dbn wrote")
    version = int(file.attrs["version"])
    if version > VERSION:
        raise DbnError(
            f"{path} has checkpoint version {version}, newer than the {VERSION} that dbn {dbn.__version__} reads; "
            "upgrade dbn"
        )
    found = file.attrs["kind"]
    if kind and found != kind:
        raise DbnError(f"{path} holds a {found}, not a {kind}; give the right file, see `dbn info {path}`")


class _Reader:
    """Reads groups of one file, refusing whatever could reach outside it or claim more than it stores."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = path.stat().st_size

    def group(self, parent: Any, name: str) -> Tree:
        group = self._child(parent, name)
        tree: Tree = {key: _plain(value) for key, value in group.attrs.items()}
        for key in group:
            child = self._child(group, key)
            tree[key] = self.group(group, key) if isinstance(child, h5py.Group) else self._array(child)
        return tree

    def _child(self, group: Any, name: str) -> Any:
        if name not in group:
            raise KeyError(name)
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise DbnError(f"{self._path} has a link at {group.name}/{name}; dbn follows none: use the file linked to")
        child = group[name]
        if h5py.h5o.get_info(child.id).rc != 1:  # a group within itself, or one array many times over
            raise DbnError(f"{child.name} in {self._path} is there under two names; the file is not to be trusted")
        return child

    def _array(self, dataset: Any) -> Any:
        if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
            raise TypeError(f"{dataset.name} is neither a group nor an array")
        plain = dataset.dtype.kind in "fiub" and not dataset.is_virtual and not dataset.external
        filters = dataset.id.get_create_plist()
        checked = all(filters.get_filter(i)[0] == h5py.h5z.FILTER_FLETCHER32 for i in range(filters.get_nfilters()))
        self._left -= dataset.nbytes  # what all arrays together claim must be in the file
        if not plain or not checked or dataset.nbytes > dataset.id.get_storage_size() or self._left < 0:
            raise DbnError(
                f"{dataset.name} in {self._path} is not stored as dbn stores arrays "
                f"({dataset.shape} {dataset.dtype}); the file is damaged or not to be trusted"
            )
        return dataset[()]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
