"""What a study writes of cells that are made up: every change, what depth does, and seconds that are counted once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from toys import bars

from dbn.comparison.cells import Cell, Outcome
from dbn.comparison.crossing import Change, Crossing
from dbn.comparison.depth import Shift
from dbn.comparison.study_report import write_small_sets, write_study
from dbn.comparison.study_settings import standard
from dbn.comparison.study_table import table
from dbn.data import Dataset

COUNTS = 10, 100, 1000
WRONG = {
    "naive-bayes": (600, 300, 200),
    "logistic-regression": (500, 200, 100),
    "joint-rbm": (500, 300, 200),
    "discriminative-rbm": (400, 400, 100),
    "dbn-up-down": (500, 300, 200),
    "dbn-backprop": (600, 200, 100),
}
SECONDS = {"dbn-up-down": 60.0, "dbn-backprop": 60.0, "joint-rbm": 20.0}


def cells(seeds: int) -> dict[Cell, Outcome]:
    return {
        Cell(model, n, seed): Outcome(wrong, 1000, SECONDS.get(model, 0.0))
        for model, row in WRONG.items()
        for n, wrong in zip(COUNTS, row, strict=True)
        for seed in range(seeds)
    }


def write(found: dict[Cell, Outcome], folder: Path) -> tuple[dict[str, Any], str]:
    data = Dataset.of("bars", bars(20, seed=0), bars(20, seed=1), (3, 3), 2)
    said = write_study(standard(60_000, 10), found, data, folder, command="dbn study")
    assert said in (folder / "table.md").read_text(encoding="utf-8")
    return json.loads((folder / "summary.json").read_text(encoding="utf-8")), said


def test_the_table_names_every_change_and_those_that_do_not_cross(tmp_path: Path) -> None:
    _, said = write(cells(1), tmp_path)
    first, second = "naive-bayes", "logistic-regression"
    for row in (
        f"| {first} | {second} | {second} | no change up to 1,000 labels: they do not cross | – |",
        "| joint-rbm | discriminative-rbm | discriminative-rbm | joint-rbm from 32; discriminative-rbm from 316 | – |",
        "| dbn-up-down | dbn-backprop | dbn-up-down | dbn-backprop from 32 | – |",
        "With one seed there are no intervals, and a change may be chance.",
    ):
        assert row in said.splitlines()


def test_seeds_give_changes_their_intervals(tmp_path: Path) -> None:
    _, said = write(cells(6), tmp_path)
    change = "dbn-backprop from 32 (95 % interval 32 – 32, in 100 % of samples)"
    assert f"| dbn-up-down | dbn-backprop | dbn-up-down | {change} | 100 % of samples |" in said.splitlines()
    assert "With one seed" not in said


@pytest.mark.parametrize(
    ("seeds", "spread", "interval"),
    [
        (1, "one seed: no interval", None),
        (5, "in 100 % of samples", None),
        (6, "95 % interval 0.10 – 0.10, in 100 % of samples", [0.1, 0.1]),
    ],
)
def test_what_depth_does_is_told(seeds: int, spread: str, interval: list[float] | None, tmp_path: Path) -> None:
    summary, said = write(cells(seeds), tmp_path)
    assert (
        "- labelled images only: discriminative-rbm is better than joint-rbm from 316 labels on; dbn-backprop is "
        f"better than dbn-up-down from 32 labels on, which is 0.10 times as many ({spread})."
    ) in said.splitlines()
    (found,) = summary["depth"]
    assert (found["ratio"], found["interval"]) == (pytest.approx(0.1), interval)


def test_a_pair_that_does_not_cross_has_no_ratio() -> None:
    crossed = [
        Crossing("a", "b", (10, 1000), "b", (), None),
        Crossing("c", "d", (10, 1000), "d", (Change(50.0, "c", None, None),), None),
    ]
    said = table({}, crossed, [Shift("few", ("a", "b"), ("c", "d"), None, None, None, None)], "test")
    assert said.splitlines()[-1] == (
        "- few: a and b do not cross from 10 to 1,000 labels (b is the better one); "
        "c is better than d from 50 labels on, so that no ratio can be given."
    )


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    found = cells(2) | {Cell("joint-rbm", 10, 7): Outcome(1, 1000, 0.0)}
    _, said = write(found, tmp_path)
    assert "Left out: 1 trainings, with seeds that not every number of labels" in said


def test_models_that_are_trained_together_have_their_seconds_counted_once(tmp_path: Path) -> None:
    summary, said = write(cells(2), tmp_path)
    took = summary["training_seconds"]
    assert {name: seconds for name, seconds in took.items() if seconds} == {
        "dbn-up-down / dbn-backprop": 6 * 60.0,
        "joint-rbm": 6 * 20.0,
    }
    assert "The trainings took 8 minutes in all, without the pre-training." in said.splitlines()


def test_small_sets_are_written_with_their_crossings(tmp_path: Path) -> None:
    found = {
        cell: outcome for cell, outcome in cells(3).items() if cell.model in ("naive-bayes", "logistic-regression")
    }
    write_small_sets({"breast_cancer": found}, tmp_path, command="python scripts/ng_jordan.py")
    summary = json.loads((tmp_path / "small-sets.json").read_text(encoding="utf-8"))
    assert summary["command"] == "python scripts/ng_jordan.py"
    assert (summary["config"]["naive-bayes"]["smoothing"], summary["config"]["logistic-regression"]["penalty"]) == (
        0.01,
        0.001,
    )
    told = summary["sets"]["breast_cancer"]
    assert told["halves"] == 3
    errors = {(row["model"], row["n_labels"]): row["test_error_percent"] for row in told["rows"]}
    assert errors == {
        (model, n): WRONG[model][i] / 10
        for model in ("naive-bayes", "logistic-regression")
        for i, n in enumerate(COUNTS)
    }
    (crossing,) = told["crossings"]
    assert (crossing["better"], crossing["changes"], crossing["share"]) == ("logistic-regression", [], 1)
    with Image.open(tmp_path / "figures" / "small-sets.png") as picture:
        assert min(picture.size) > 300


def test_label_counts_can_be_drawn_evenly_from_any_number_of_classes() -> None:
    assert standard(60_000, 10).n_labels == (10, 30, 100, 300, 1000, 3000, 10_000, 60_000)
    assert standard(60_000, 3).n_labels == (9, 30, 99, 300, 999, 3000, 9999, 60_000)
    assert standard(500, 26).n_labels == (26, 104, 312, 500)


@pytest.mark.parametrize(("n_train", "epochs"), [(60_000, 20), (4000, 20), (100, 200)])
def test_pre_training_makes_a_thousand_updates_of_a_machine_at_least(n_train: int, epochs: int) -> None:
    assert [layer.epochs for layer in standard(n_train, 3).pretrain.layers] == [epochs] * 3
