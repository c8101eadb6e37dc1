"""Commands in two processes, as torchrun starts them: one file, one log, and one of them speaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from ranks_at_work import commanded, together

from dbn.training import checkpoint

COMMANDS = [
    ("pretrain", "--dataset", "tiny", "--hidden", "6,5", "--epochs", "1"),
    ("updown", "dbn", "--epochs", "2"),
    ("finetune", "dbn", "--epochs", "2"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_one_of_two_processes_writes_and_speaks(
    words: tuple[str, ...], tiny: Path, trained: Path, tmp_path: Path
) -> None:
    places = {"tiny": str(tiny), "dbn": str(trained / "dbn.h5")}
    path, log = tmp_path / "net.h5", tmp_path / "log.jsonl"
    command = [places.get(word, word) for word in words]
    first, second = together(2, commanded, [*command, "--batch-size", "10", "--output", str(path), "--log", str(log)])
    assert first.startswith(f"{path}: trained 2 epochs, seed 0\n")
    assert second == ""
    done = checkpoint.load(path)
    assert done.finished
    assert done.config["ranks"] == 2
    assert [json.loads(line) for line in log.read_text().splitlines()] == done.history
    assert [row["epoch"] for row in done.history] == [1, 2]
