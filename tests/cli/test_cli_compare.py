"""`dbn compare`: its results, and that they survive kill -9."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dbn.data import load
from dbn.models import load_model
from dbn.training import checkpoint

SMALL = ("--hidden", "10,12", "--pretrain-epochs", 20, "--finetune-epochs", 20)
MODELS = ("logistic-regression", "dbn-generative", "dbn-discriminative", "network-random-start")


@pytest.fixture(scope="module")
def compared(call: Callable[..., str], tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a comparison, and what it printed."""
    folder = tmp_path_factory.mktemp("compared") / "study"
    return folder, call("compare", "--dataset", tiny, *SMALL, "--output", folder)


def summary_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "summary.json").read_text())


def test_the_table_is_printed_and_kept(compared: tuple[Path, str]) -> None:
    folder, told = compared
    table = (folder / "table.md").read_text()
    assert table.startswith("# compare\n\n`dbn compare --dataset ")
    printed = told.replace("\r", "\n").split("| model |")[1].split("\n\ntables, figures")[0]
    assert printed in table
    assert told.endswith(f"tables, figures and checkpoints: {folder}\n")
    assert {path.name for path in folder.iterdir()} == {
        *(f"{name}.h5" for name in MODELS),
        *("figures", "summary.json", "table.md"),
    }
    expected = {"learning-curves", "weights", "samples", "confusion", "fine-tuning", "error-bars", "reconstructions"}
    assert expected <= {path.stem for path in (folder / "figures").iterdir()}


def test_metrics_of_every_epoch_are_logged_beside_the_checkpoints(
    call: Callable[..., str], compared: tuple[Path, str], tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = compared
    command = ("compare", "--dataset", tiny, "--hidden", "5,6", "--pretrain-epochs", 2, "--finetune-epochs", 4)
    saved: list[tuple[str, int]] = []

    def save(path: Path, written: checkpoint.Checkpoint, real: Any = checkpoint.save) -> None:
        saved.append((Path(path).stem, len(written.history)))
        real(path, written)

    monkeypatch.setattr(checkpoint, "save", save)
    call(*command, "--output", tmp_path / "study", "--log", "--every", 2)
    assert [epochs for name, epochs in saved if name == "dbn-generative"] == [2, 4]
    for name in MODELS:
        rows = [json.loads(line) for line in (tmp_path / "study" / f"{name}.jsonl").read_text().splitlines()]
        history = checkpoint.load(tmp_path / "study" / f"{name}.h5").history
        assert [row["epoch"] for row in rows] == list(range(1, len(history) + 1))
    call(*command, "--output", tmp_path / "study", "--overwrite")
    assert not list((tmp_path / "study").glob("*.jsonl"))
    assert not list(folder.glob("*.jsonl"))


def test_the_checkpoints_give_the_summary_s_errors(
    call: Callable[..., str], compared: tuple[Path, str], tiny: Path
) -> None:
    folder, _ = compared
    summary = summary_of(folder)
    described = {"name": str(tiny), "sha256": load(tiny).sha256, "validation": 0}
    assert summary["dataset"] == {**described, "evaluated_on": "test"}
    for row in summary["rows"]:
        told = json.loads(call("evaluate", folder / f"{row['model']}.h5", "--json"))
        assert told["error_percent"] == pytest.approx(row["test_error_percent"], abs=1e-4)
        assert told["interval_percent"] == pytest.approx(row["interval_percent"], abs=1e-4)
    assert [row["epochs"] for row in summary["rows"]] == [50, 40, 20, 20]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_and_resumed_equals_undisturbed(
    call: Callable[..., str],
    spawn: Callable[..., subprocess.Popen[str]],
    compared: tuple[Path, str],
    tiny: Path,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "study"
    command = ("compare", "--dataset", tiny, *SMALL, "--output", folder)
    run = spawn(*command)
    while run.poll() is None and not (folder / "dbn-generative.h5").exists():
        time.sleep(0.002)
    run.kill()
    run.communicate(timeout=60)
    assert run.returncode == -9
    assert not (folder / "summary.json").exists()
    call(*command, "--resume")
    ours, theirs = summary_of(folder), summary_of(compared[0])
    for row in (*ours["rows"], *theirs["rows"]):
        del row["seconds"]
    assert {**ours, "command": ""} == {**theirs, "command": ""}
    images = load(tiny).test.images.astype(np.float32) / 255
    for name in MODELS:
        resumed, undisturbed = (load_model(at / f"{name}.h5") for at in (folder, compared[0]))
        np.testing.assert_array_equal(resumed.predict_proba(images), undisturbed.predict_proba(images))


def test_a_folder_with_results_is_left_alone(
    refused: Callable[..., str], compared: tuple[Path, str], tiny: Path
) -> None:
    folder, _ = compared
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    said = refused("compare", "--dataset", tiny, *SMALL, "--output", folder)
    assert said.startswith(f"{folder} already holds results; use --resume to go on with them, --overwrite to replace")
    said = refused("compare", "--dataset", tiny, *SMALL, "--output", folder, "--resume", "--seed", 1)
    assert "was begun with seed 0, not 1" in said
    said = refused("compare", "--dataset", tiny, "--hidden", 9, "--output", folder, "--resume")
    assert "was begun with config: hidden [10, 12], not [9]" in said
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
