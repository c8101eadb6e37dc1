"""`dbn study`: what it prints and writes, that it goes on, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dbn.training import checkpoint

MODELS = ("naive-bayes", "logistic-regression")


@pytest.fixture(scope="module")
def done(call: Callable[..., str], tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("study") / "out"
    said = call(
        *("study", "--dataset", tiny, "--labels", "3,30", "--seeds", 2, "--models", ",".join(MODELS)),
        *("--output", folder),
    )
    return folder, said


def test_it_prints_the_table_and_writes_all(done: tuple[Path, str]) -> None:
    folder, said = done
    summary = json.loads((folder / "summary.json").read_text())
    assert {(row["model"], row["n_labels"], row["seeds"]) for row in summary["rows"]} == {
        (model, n, 2) for model in MODELS for n in (3, 30)
    }
    assert summary["command"].startswith("dbn study --dataset")
    assert summary["dataset"]["evaluated_on"] == "test"
    for model in MODELS:
        rows = {row["n_labels"]: row for row in summary["rows"] if row["model"] == model}
        low, high = rows[30]["interval_percent"]
        mean = rows[30]["test_error_percent"]
        assert low <= mean <= high
        assert max(rows[n]["test_error_percent"] for n in (3, 30)) < 40  # chance is 67
        assert f"| {model} | {rows[3]['test_error_percent']:.2f} ± " in said
    assert said.count("seed 1: ") == 4
    with Image.open(folder / "figures" / "label-curves.png") as picture:
        assert picture.width > 500
    assert checkpoint.load(folder / "cells.h5").kind == "study"


def test_info_tells_what_cells_there_are(
    done: tuple[Path, str], call: Callable[..., str], refused: Callable[..., str]
) -> None:
    file = done[0] / "cells.h5"
    told = json.loads(call("info", file, "--json"))
    assert (told["kind"], told["cells"], told["n_labels"], told["seeds"]) == ("study", 8, [3, 30], [0, 1])
    assert told["models"] == sorted(MODELS)
    assert not {"seed", "epochs_done", "state", "last_epoch"} & set(told)  # a study has no epochs, and may always go on
    assert "the file holds a 'study', and known models are dbn" in refused("evaluate", file)


def test_it_goes_on_with_more_seeds(done: tuple[Path, str], call: Callable[..., str], tiny: Path) -> None:
    folder, _ = done
    said = call(
        *("study", "--dataset", tiny, "--labels", "3,30", "--seeds", 3, "--models", ",".join(MODELS)),
        *("--output", folder, "--resume"),
    )
    assert said.count("seed 2: ") == 4
    assert "seed 1: " not in said


def test_validation_images_judge_in_the_place_of_test_images(
    call: Callable[..., str], tiny: Path, tmp_path: Path
) -> None:
    options = ("--labels", 30, "--seeds", 1, "--models", "naive-bayes", "--validate", "--output", tmp_path / "out")
    said = call("study", "--dataset", tiny, *options)
    assert "| validation error %" in said
    assert "±" not in said
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["rows"][0]["validation_error_percent"] < 50
    assert summary["rows"][0]["interval_percent"] == [None, None]  # one seed has no spread


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--models", "perceptron"), "there is no model 'perceptron' in the study; choose among naive-bayes"),
        (("--labels", "4"), "cannot be drawn evenly from 3 classes"),
        (("--labels", "some"), "--labels takes whole numbers from 1"),
        (("--labels", ""), "--labels takes whole numbers from 1"),
        (("--models", ""), "there is no model '' in the study"),
        (("--labels", "3", "--jobs", "999999"), "choose about as many --jobs as cores"),
        (("--seeds", "0"), "not in the range"),
        (("--resume", "--overwrite"), "give one of them"),
    ],
)
def test_what_it_refuses(
    options: tuple[str, ...], says: str, refused: Callable[..., str], tiny: Path, tmp_path: Path
) -> None:
    assert says in refused("study", "--dataset", tiny, "--output", tmp_path / "out", *options)


def test_a_folder_that_holds_results_is_kept(done: tuple[Path, str], refused: Callable[..., str], tiny: Path) -> None:
    folder, _ = done
    assert "already holds results" in refused("study", "--dataset", tiny, "--output", folder)
    assert "a changed study is a new one" in refused(
        "study", "--dataset", "mnist-5k", "--models", "naive-bayes", "--output", folder, "--resume"
    )


def test_overwrite_replaces_all_that_is_there_but_only_if_the_new_study_can_begin(
    call: Callable[..., str], refused: Callable[..., str], tiny: Path, tmp_path: Path
) -> None:
    cells, net = tmp_path / "cells.h5", tmp_path / "runs" / "pretrained-seed0.h5"
    options = ("study", "--dataset", tiny, "--seeds", 1, "--models", "naive-bayes , logistic-regression")
    call(*options, "--labels", 3, "--output", tmp_path)
    net.parent.mkdir()
    net.write_bytes(b"of other settings")
    before = cells.read_bytes()
    for wrong in (("--labels", 4), ("--labels", 3, "--jobs", 999999)):
        refused(*options, *wrong, "--output", tmp_path, "--overwrite")
        assert (cells.read_bytes(), net.exists()) == (before, True)
    said = call(*options, "--labels", 30, "--output", tmp_path, "--overwrite")
    assert json.loads(call("info", cells, "--json"))["n_labels"] == [30]
    assert "logistic-regression, 30 labels, seed 0: " in said
    assert not net.exists()
