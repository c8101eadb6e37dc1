"""What a model guessed for every test image, kept in a file: a study goes on where it was, and anyone can check it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dbn import atomic
from dbn.comparison.metrics import error_percent, interval_percent
from dbn.comparison.results import Row
from dbn.errors import DbnError
from dbn.ops.numpy import Array
from dbn.training.options import completed


@dataclass(frozen=True)
class Guesses:
    """The guesses of one model and how it came to them.

    Attributes
    ----------
    model : str
        Its name.
    labels : list of int
        A guess for each test image.
    seed, epochs, seconds
        Of its training; `epochs` is 0 for a model that has none.
    origin : dict
        What the guesses depend on, as JSON values: settings, digests of data and weights.
    """

    model: str
    labels: list[int]
    seed: int
    epochs: int
    seconds: float
    origin: dict[str, Any]

    def row(self, truth: Array, published_percent: float | None = None) -> Row:
        """Judge the guesses by the true labels (n,)."""
        guesses = np.array(self.labels)
        return Row(
            model=self.model,
            error_percent=error_percent(guesses, truth),
            interval_percent=interval_percent(int(np.count_nonzero(guesses != truth)), len(truth)),
            seed=self.seed,
            epochs=self.epochs,
            seconds=self.seconds,
            published_percent=published_percent,
        )


def kept(path: Path, origin: dict[str, Any], guess: Callable[[], Guesses], settings: Any = None) -> Guesses:
    """Read the guesses at `path`, or make them and keep them there.

    Parameters
    ----------
    path : Path
        A JSON file.
    origin : dict
        What the guesses depend on, as JSON values.
    guess : callable
        Makes them; called only if there is no file yet.
    settings : dataclass, optional
        Whose JSON values are the origin's ``settings``; an option that the file does not know yet counts as its
        default.

    Raises
    ------
    DbnError
        If the file is damaged or has another origin, or cannot be written.
    """
    if path.exists():
        try:
            found = Guesses(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise DbnError(f"{path} is damaged ({type(error).__name__}); delete it, and it is made anew") from error
        there = {**found.origin}
        if settings is not None:
            there["settings"] = completed(there.get("settings"), settings)
        if there != json.loads(json.dumps(origin)):
            raise DbnError(f"{path} was made with other settings or data; delete it, or choose another folder")
        return found
    made = guess()
    atomic.write(path, (json.dumps(asdict(made)) + "\n").encode())
    return made
