"""A report says what was measured, by which command, and keeps what an earlier one in the same folder said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dbn.comparison.bench.cases import Case, all_cases, chosen, on, small
from dbn.comparison.bench.findings import said, scaling, streaming
from dbn.comparison.bench.measure import Row, measure
from dbn.comparison.bench.report import drawn, run
from dbn.comparison.bench.tables import compared
from dbn.comparison.bench.worker import OURS
from dbn.errors import DbnError

AIS, SAMPLE = (small(Case(kind, kind, steps=10)) for kind in ("ais", "sample"))


def measured(folder: Path, cases: list[Case], command: str, rounds: int = 1) -> dict[str, Any]:
    """Run the bench, and return the summary."""
    run(cases, OURS[:2], folder, rounds=rounds, threads=1, command=command)
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return summary


def test_cases_that_are_not_measured_anew_stay(tmp_path: Path) -> None:
    first = measured(tmp_path, [AIS, SAMPLE], "main")
    second = measured(tmp_path, [AIS], "again", rounds=2)
    assert [(row["case"], row["model"], row["command"], row["rounds"]) for row in second["rows"]] == [
        *(("sample", model, "main", 1) for model in ("products", "dbn")),
        *(("ais", model, "again", 2) for model in ("products", "dbn")),
    ]
    assert second["rows"][:2] == [row for row in first["rows"] if row["case"] == "sample"]
    assert second["command"] == "again"
    assert second["earlier"] == {"main": {name: first[name] for name in ("environment", "threads", "load_average")}}
    table = (tmp_path / "table.md").read_text()
    assert "`main`: sample. Load" in table
    assert "`again`: ais. Load" in table
    third = measured(tmp_path, [AIS, SAMPLE], "main")
    assert [row["command"] for row in third["rows"]] == ["main"] * 4
    assert third["earlier"] == {}


def test_rows_of_another_machine_are_left_alone(tmp_path: Path) -> None:
    summary = measured(tmp_path, [AIS], "main")
    summary["environment"]["processor"] = "another"
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(DbnError, match=r"measured on another machine .*; give another folder with --output"):
        measured(tmp_path, [SAMPLE], "again")
    assert json.loads((tmp_path / "summary.json").read_text()) == summary


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rows": [{"case": "ais"}]}', '{"rows": 1}'])
def test_a_file_that_is_no_summary_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(DbnError, match=r"is no summary of this bench .*; give another folder with --output"):
        measured(tmp_path, [AIS], "main")
    assert (tmp_path / "summary.json").read_text() == text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"images": 1}, "an epoch of 1 images .* --images"),
        ({"threads": 0}, "by 0 threads; give at least 1 with --threads"),
        ({"threads": -3}, "by -3 threads"),
        ({"stream_gb": 0}, "no image fits in 0 GB; .* --stream-gb"),
        ({"stream_gb": float("nan")}, "no disk has nan GB; .* --stream-gb"),
    ],
)
def test_what_would_time_nothing_is_refused(options: dict[str, int], sentence: str) -> None:
    with pytest.raises(DbnError, match=sentence):
        all_cases(**{"images": 100, "threads": 1, **options})


def test_a_device_does_what_it_can_and_says_where() -> None:
    every = all_cases(100, 2)
    assert on("cpu", every) == every
    names = {case.name.removesuffix("-cuda") for case in on("cuda", every)}
    assert {case.name for case in every} - names == {
        "sample", "memory", "stream", "threads-1", "threads-2", "scaling-1", "scaling-2", "scaling-1-b1000",
        "scaling-2-b1000",
    }  # fmt: skip
    with pytest.raises(DbnError, match="measured on the cpu only"):
        on("cuda", chosen(every, "stream"))


def test_both_programs_compute_with_pytorch_where_they_are_asked_to() -> None:
    pytest.importorskip("torch")
    cases = [small(case) for case in on("torch", all_cases(100, 1)) if case.kind in ("ais", "updown", "finetune")]
    found = measure(cases, OURS[:2], rounds=1, threads=1)
    assert [(row.case, row.model) for row in found[:2]] == [("updown-k3-torch", "products"), ("updown-k3-torch", "dbn")]
    assert {row.device for row in found} == {"torch"}
    assert len(found) == 2 * len(cases)


def test_no_round_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    stream = small(Case("stream", "stream", images=100, fresh=True))
    with pytest.raises(DbnError, match="in 0 rounds; give at least 1 with --rounds"):
        measured(tmp_path / "results", [stream], "main", rounds=0)
    assert not (tmp_path / "results").exists()


def test_pictures_are_of_what_there_is(tmp_path: Path) -> None:
    cases = chosen(all_cases(100, 2), "hidden")
    measured(tmp_path, [small(cases[0])], "one")
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["growth.png"]
    measured(tmp_path, [AIS, small(cases[1])], "two")
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["growth.png", "ratios.png"]


def test_the_figure_of_growth_has_a_panel_for_what_grows() -> None:
    rows = [
        Row(name, "dbn", 100, 10, (5,), 2, 1, 1.5, (1.0, 2.0), 1.25, (1.0, 1.5), 10)
        for name in ("ais", "hidden-5", "images-100", "threads-2")
    ]
    pictures = drawn(rows)
    assert [label.get_text() for label in pictures["ratios"].axes[0].get_yticklabels()] == ["ais"]
    found = {axes.get_xlabel(): np.asarray(axes.lines[0].get_xydata()).tolist() for axes in pictures["growth"].axes}
    assert found == {"hidden units": [[5, 1.5]], "images": [[100, 1.5]], "threads": [[2, 1.5]]}
    elsewhere = drawn([replace(rows[1], case="hidden-5-cuda", device="cuda")])["growth"]
    assert [axes.get_xlabel() for axes in elsewhere.axes] == ["hidden units, cuda"]


def row(case: str, model: str, seconds: float, **others: Any) -> Row:
    """Return a row of 10⁶ images whose products took one second."""
    spread = (seconds, seconds)
    return Row(case, model, 10**6, 100, (500,), 1, 1, seconds, spread, seconds, spread, 10**9, **others)


def test_a_reader_need_not_divide() -> None:
    rows = [
        row("cd1-b100", "products", 1.0, ratio_to_dbn=0.8),
        row("cd1-b100", "dbn", 1.25, ratio_to_dbn=1.0),
        row("cd1-b100", "scikit-learn", 2.5, ratio_to_dbn=2.0),
        row("cd1-b100", "torch-eager", 2.0, ratio_to_dbn=1.6),
        row("updown-k3", "dbn", 1.5, ratio_to_dbn=1.0),
        row("scaling-2", "dbn-ranks", 1.0),
    ]
    assert compared(rows).splitlines()[3:] == ["| cd1-b100 | 1.25 | 2.00 | 1.60 |  |", "| updown-k3 | 1.50 |  |  |  |"]
    assert compared(rows[-1:]) == ""


def test_streaming_and_processes_are_compared_with_doing_without() -> None:
    rows = [
        row("stream", "dbn", 1.9, peak_mb=900.0),
        row("stream", "dbn-stream", 2.0, peak_mb=80.0),
        row("scaling-1", "dbn-ranks", 3.0),
        row("scaling-4", "dbn-ranks", 1.0),
        replace(row("scaling-2-b1000", "dbn-ranks", 2.0), batch=1000),
        replace(row("scaling-1-b1000", "dbn-ranks", 3.0), batch=1000),
    ]
    assert said(rows) == [
        "Streaming 0.784 GB: 0.95 of the rate in memory (aim: ≥ 0.9), at most 80 MB (aim: < 1000; in memory 900).",
        "4 processes with mini-batches of 100: 3.00 × as fast as one (ideal: 4).",
        "2 processes with mini-batches of 1000: 1.50 × as fast as one (ideal: 2).",
    ]
    assert scaling(rows[:2] + rows[3:5]) == []
    assert streaming(rows[1:]) == {}


def test_ratios_are_those_of_each_round() -> None:
    products, ours = measure([AIS], OURS[:2], rounds=3, threads=1)
    assert ours.ratio_to_dbn == 1
    assert products.ratio_to_dbn == pytest.approx(1 / ours.ratio_to_products)
