"""The cells of a study, one trained model each, in a file: a study goes on where it was, and anyone can check it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn.errors import DbnError
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint
from dbn.training.options import completed

if TYPE_CHECKING:
    from dbn.training.state import Tree

KIND = "study"


@dataclass(frozen=True, order=True)
class Cell:
    """One model, trained once: which one, from how many labelled images, with which seed."""

    model: str
    n_labels: int
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What a trained model did: wrong guesses among `n` images, and the seconds that its training took."""

    wrong: int
    n: int
    seconds: float

    @property
    def error_percent(self) -> float:
        """The error in percent.

        >>> Outcome(3, 200, 1.0).error_percent
        1.5
        """
        return 100 * self.wrong / self.n


def as_json(part: Any) -> dict[str, Any]:
    """Return a dataclass as JSON values, as a file gives them back: tuples are lists.

    >>> as_json(Cell("joint-rbm", 100, 0))
    {'model': 'joint-rbm', 'n_labels': 100, 'seed': 0}
    """
    values: dict[str, Any] = json.loads(json.dumps(asdict(part)))
    return values


def save(path: Path, found: dict[Cell, Outcome], config: dict[str, Any], dataset: dict[str, Any]) -> None:
    """Write what was found so far as a checkpoint of kind ``study``: one column a field, one row a cell.

    Parameters
    ----------
    path : Path
        The file; it is replaced as a whole.
    found : dict of Cell to Outcome
        Cells; the column `model` counts in the sorted names of the group's attribute `models`.
    config, dataset : dict
        What the study is, as JSON values: `load` refuses the file to any other.

    Raises
    ------
    DbnError
        If the file cannot be written.
    """
    cells = sorted(found)
    names = sorted({cell.model for cell in cells})
    columns: Tree = {
        "models": " ".join(names),
        "model": np.array([names.index(cell.model) for cell in cells], np.int64),
        "n_labels": np.array([cell.n_labels for cell in cells], np.int64),
        "seed": np.array([cell.seed for cell in cells], np.int64),
        "wrong": np.array([found[cell].wrong for cell in cells], np.int64),
        "n": np.array([found[cell].n for cell in cells], np.int64),
        "seconds": np.array([found[cell].seconds for cell in cells], np.float64),
    }
    checkpoint.save(path, Checkpoint(KIND, columns, config, dataset, 0))


def load(path: Path, parts: dict[str, Any], dataset: dict[str, Any]) -> dict[Cell, Outcome]:
    """Read what was found so far; nothing if there is no file.

    Parameters
    ----------
    path : Path
        The file.
    parts : dict of str to dataclass
        What the study is; an option that the file does not know yet counts as its default.
    dataset : dict
        Its data, as JSON values.

    Raises
    ------
    DbnError
        If the file is damaged, or belongs to a study with other settings or data.
    """
    if not path.exists():
        return {}
    found = checkpoint.load(path, kind=KIND)
    settings = {name: completed(value, parts.get(name)) for name, value in found.config.items()}
    config = {name: as_json(part) for name, part in parts.items()}
    for part, there, here in (("settings", settings, config), ("data", found.dataset, dataset)):
        known = there if part == "settings" else there.keys() | here.keys()  # more models make no other study
        changed = sorted(name for name in known if there.get(name) != here.get(name))
        if changed:
            raise DbnError(
                f"{path} holds a study with other {part} ({', '.join(changed)}); a changed study is a new one: choose "
                "another --output, or replace this one with --overwrite"
            )
    try:
        columns = found.model
        names = columns["models"].split()
        rows = zip(
            *(columns[name].tolist() for name in ("model", "n_labels", "seed", "wrong", "n", "seconds")), strict=True
        )
        return {Cell(names[model], labels, seed): Outcome(wrong, n, s) for model, labels, seed, wrong, n, s in rows}
    except (KeyError, IndexError, AttributeError, ValueError) as error:
        raise DbnError(f"{path} is incomplete ({error}); delete it and run the study anew") from error
