from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from dbn.comparison.guesses import Guesses, kept
from dbn.errors import DbnError

ORIGIN = {"data": "ab", "settings": {"k": 3, "hidden": (5, 6)}}
MADE = Guesses("kNN", [0, 1, 1, 2], seed=3, epochs=7, seconds=1.5, origin=ORIGIN)


def test_guesses_are_made_once(tmp_path: Path) -> None:
    path, calls = tmp_path / "new" / "knn.json", []
    first = kept(path, ORIGIN, lambda: calls.append(1) or MADE)
    again = kept(path, ORIGIN, lambda: calls.append(1) or MADE)
    assert len(calls) == 1
    assert first is MADE
    assert again.labels == MADE.labels
    assert json.loads(path.read_text())["labels"] == [0, 1, 1, 2]


def test_guesses_of_another_origin_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "knn.json"
    kept(path, ORIGIN, lambda: MADE)
    with pytest.raises(DbnError, match="other settings or data; delete it"):
        kept(path, {**ORIGIN, "data": "cd"}, lambda: MADE)
    for text in ("{", "[1]", '{"model": 1}', "7"):
        path.write_text(text)
        with pytest.raises(DbnError, match=r"is damaged .*; delete it"):
            kept(path, ORIGIN, lambda: MADE)
    assert path.read_text() == "7"


def test_an_option_that_did_not_exist_yet_counts_as_its_default(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Settings:
        k: int
        power: int = 2

    path = tmp_path / "knn.json"
    kept(path, {"data": "ab", "settings": {"k": 3}}, lambda: replace(MADE, origin={"data": "ab", "settings": {"k": 3}}))
    now = {"data": "ab", "settings": {"k": 3, "power": 2}}
    assert kept(path, now, lambda: MADE, Settings(3)).labels == MADE.labels
    with pytest.raises(DbnError, match="other settings"):
        kept(path, {**now, "settings": {"k": 3, "power": 3}}, lambda: MADE, Settings(3, 3))


def test_a_row_judges_them() -> None:
    row = MADE.row(np.array([0, 1, 2, 2]), published_percent=20.0)
    assert (row.model, row.error_percent, row.seed, row.epochs, row.seconds) == ("kNN", 25, 3, 7, 1.5)
    assert row.published_percent == 20
    assert row.interval_percent[0] == pytest.approx(100 * (1 - 0.975**0.25))  # P(X ≥ 1 of 4) = 2.5 %
    assert replace(MADE, labels=[0, 1, 2, 2]).row(np.array([0, 1, 2, 2])).error_percent == 0
