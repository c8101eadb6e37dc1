"""The bench measures what it says: the products are those of the theory, every program does its cases."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dbn.comparison.bench import paper, products
from dbn.comparison.bench.cases import Case, all_cases, chosen, small
from dbn.comparison.bench.cores import handover
from dbn.comparison.bench.generated import ROWS, files_for, write
from dbn.comparison.bench.measure import measure
from dbn.comparison.bench.products import multiply_adds, plan
from dbn.comparison.bench.report import run
from dbn.comparison.bench.worker import OURS, Program, Worker, digits
from dbn.data import load
from dbn.errors import DbnError

DIRECTED, MEMORY = 784 * 500 + 500 * 500, 510 * 2000
DEEP = (500, 500, 2000)


@pytest.mark.parametrize(
    ("case", "theory"),
    [
        (Case("", "cd1", images=1000, batch=10), 1000 * 5 * 784 * 500),
        (Case("", "cd1", images=1050), 1050 * 5 * 784 * 500),
        (Case("", "greedy", DEEP, 2500), 2500 * (5 * (DIRECTED + MEMORY) + DIRECTED)),
        (Case("", "updown", DEEP, 1000, k=3), 1000 * (6 * DIRECTED + 9 * MEMORY)),
        (Case("", "updown", DEEP, 1000, k=10), 1000 * (6 * DIRECTED + 23 * MEMORY)),
        (Case("", "finetune", DEEP, 1000), 1000 * (3 * (DIRECTED + 1000 * 1000 + 20_000) - 784 * 500)),
        (Case("", "ais", steps=1000), 100 * 1000 * 2 * 784 * 500),
        (Case("", "sample", DEEP, steps=100), 100 * (2 * DIRECTED + 202 * MEMORY)),
    ],
)
def test_the_products_are_as_many_as_the_theory_says(case: Case, theory: int) -> None:
    assert multiply_adds(case) == theory


@pytest.mark.parametrize("way", ["up", "down", "statistics"])
def test_a_product_has_the_size_that_is_counted(way: str) -> None:
    product = products.Product(way, 3, 4, 5)  # type: ignore[arg-type]
    left, right, out = product.operands(np.ones((4, 5), np.float32))
    assert (left @ right).shape == out.shape
    assert left.size * right.shape[1] == product.multiply_adds


def test_cases_have_names_of_their_own_and_families() -> None:
    cases = all_cases(1000, 4)
    names = [case.name for case in cases]
    assert len(set(names)) == len(names)
    assert [case.name for case in chosen(cases, "updown")] == ["updown-k3", "updown-k10"]
    assert [case.threads for case in chosen(cases, "threads")] == [1, 2, 4]
    assert [case.images for case in chosen(cases, "images")] == [500, 1000, 2000]
    assert [case.hidden for case in chosen(cases, "hidden")] == [(250,), (500,), (1000,), (2000,)]
    assert chosen(cases, None) == cases
    with pytest.raises(DbnError, match="no case 'cd'; choose among cd1-b100, cd1-b10"):
        chosen(cases, "cd")


def test_every_program_of_ours_is_timed_with_all_it_can_do() -> None:
    kinds = {"cd1": "cd1-b100", "greedy": "greedy", "updown": "updown-k3", "finetune": "finetune"}
    kinds |= {"ais": "ais", "sample": "sample"}
    cases = [small(case) for case in all_cases(100, 1) if case.name in kinds.values()]
    rows = {(row.case, row.model): row for row in measure(cases, OURS, rounds=2, threads=1)}
    both = {(case, model) for case in kinds.values() for model in ("products", "dbn")}
    assert rows.keys() == both | {(case, "scikit-learn") for case in ("cd1-b100", "greedy", "finetune")}
    for (_, model), row in rows.items():
        assert 0 < row.quartiles[0] <= row.seconds <= row.quartiles[1]
        assert row.ratio_quartiles[0] <= row.ratio_to_products <= row.ratio_quartiles[1]
        assert row.rounds == 2
        assert row.peak_mb is None
        assert row.handover is None  # of one thread
        if model == "products":
            assert row.ratio_quartiles == (1, 1)


def test_how_far_processors_are_from_each_other_is_measured_where_two_work_together() -> None:
    (case,) = chosen(all_cases(100, 1), "cd1-b100")
    rows = measure([small(case)], OURS[:1], rounds=2, threads=2)
    possible = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1
    assert all((row.handover or 0) > 0.5 if possible else row.handover is None for row in rows)
    assert "handover" in rows[0].as_json() or not possible


def test_threads_go_back_and_forth_and_the_process_stays_where_it_may_run() -> None:
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    handover()
    assert before is None or os.sched_getaffinity(0) == before


def test_a_program_does_not_outlive_what_it_was_started_for() -> None:
    def stopped() -> None:
        with Worker(OURS[0], 1) as worker:
            started.append(worker._process)
            raise KeyboardInterrupt

    started: list[subprocess.Popen[str]] = []
    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_what_is_written(tmp_path: Path) -> None:
    cases = [small(Case("memory", "cd1", images=20, batch=10, fresh=True))]
    absent = Program("another", ("-m", "another"), "no_such_package")
    ballast = np.ones(50_000_000)  # 400 MB in this process are no memory of theirs
    table = run(cases, (*OURS[:2], absent), tmp_path, rounds=1, threads=1, command="python bench.py")
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["absent"] == ["another"]
    assert table.endswith("Not installed, and so without rows: another.")
    assert table in (tmp_path / "table.md").read_text()
    first, second = summary["rows"]
    assert first.keys() == {
        *("case", "model", "images", "batch", "hidden", "threads", "rounds", "seconds", "quartiles"),
        *("ratio_to_products", "ratio_quartiles", "multiply_adds", "ratio_to_dbn", "peak_mb", "device", "command"),
    }
    assert (first["model"], second["model"], second["images"], second["hidden"]) == ("products", "dbn", 20, [10])
    assert 10 < first["peak_mb"] < second["peak_mb"] < ballast.nbytes / 1e6
    assert first["multiply_adds"] == second["multiply_adds"] == 20 * 5 * 784 * 10
    assert second["ratio_to_products"] == pytest.approx(second["seconds"] / first["seconds"])


def test_learning_from_a_file_is_compared_with_learning_from_memory(tmp_path: Path) -> None:
    cases = [small(Case("stream", "stream", images=10**9, fresh=True)), small(Case("ais", "ais", steps=1000))]
    with files_for(cases, tmp_path / "results") as (case, other):
        assert other == cases[1]
        rows = measure([case], (OURS[0], OURS[1], OURS[3]), rounds=2, threads=1)
        streamed = load(f"stream:{case.file}").train
    assert not list((tmp_path / "results").iterdir())
    assert len(streamed) == case.images == 300
    assert [(row.model, row.images, row.rounds) for row in rows] == [
        (model, 300, 2) for model in ("products", "dbn", "dbn-stream")
    ]
    assert all(row.peak_mb for row in rows)
    assert multiply_adds(case) == 300 * 5 * 784 * 10


def test_processes_that_share_mini_batches_are_timed(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    assert [case.ranks for case in chosen(all_cases(100, 4), "scaling")] == [1, 2, 4, 1, 2, 4]
    cases = [small(case) for case in chosen(all_cases(100, 2), "scaling-2")]
    table = run(cases, (OURS[0], OURS[4]), tmp_path, rounds=1, threads=2, command="python bench.py")
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [(row["case"], row["model"], row["threads"]) for row in summary["rows"]] == [
        ("scaling-2", model, 1) for model in ("products", "dbn-ranks")
    ]
    assert all(row["seconds"] > 0 and row["multiply_adds"] == 100 * 5 * 784 * 10 for row in summary["rows"])
    assert paper.tabulated(paper.bounds()) in table
    assert summary["on_paper"] == [vars(bound) for bound in paper.bounds()]


def test_on_paper_messages_take_as_long_as_products_at_the_even_batch() -> None:
    net = paper.Net("by hand", multiply_adds=10.0, bytes=8.0, latency=0.5)
    found = paper.bound(net, ranks=4, weights=8, batch=2)
    assert found.products == 5 * 2 * 8 / 4 / 10
    assert found.messages == 6 * (4 * 2 / 8 + 0.5)
    even = paper.bound(net, ranks=4, weights=8, batch=round(found.even_batch))
    assert even.products == pytest.approx(even.messages)


def test_digits_that_the_disk_has_no_room_for_are_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10**6))
    case = Case("stream", "stream", (500,), images=4000)
    with pytest.raises(DbnError, match=r"digits take .* GB, which .* has no room for"), files_for([case], tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_the_generated_file_is_of_digits(tmp_path: Path) -> None:
    write(tmp_path / "digits.h5", ROWS + 10)
    data, known = load(f"stream:{tmp_path / 'digits.h5'}").train, digits(4000)
    assert data.images.shape == (ROWS + 10, 784)
    assert (np.bincount(data.labels) > ROWS / 20).all()
    sums = {(label, int(image.sum())) for image, label in zip(known.images, known.labels, strict=True)}
    pairs = zip(np.asarray(data.images), data.labels, strict=True)
    assert all((label, int(image.sum())) in sums for image, label in pairs)  # moved, with nothing lost


WITH_A_THREAD = """
import sys, threading, time
from pathlib import Path
from dbn.comparison.bench.worker import serve

def looking_out():
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        pass
    Path(sys.argv[1]).touch()

serve({"cd1": lambda case: threading.Thread(target=looking_out).start})
"""


def test_a_program_has_come_to_rest_before_the_next_begins(tmp_path: Path) -> None:
    rested = tmp_path / "rested"
    with Worker(Program("busy", ("-c", WITH_A_THREAD, str(rested))), 1) as worker:
        worker.time(Case("", "cd1"))
        assert rested.exists()


def test_a_program_that_stops_is_named() -> None:
    with pytest.raises(DbnError, match="the program idle has stopped"):
        Worker(Program("idle", ("-c", "pass")), threads=1)


def test_an_epoch_of_products_is_as_long_as_that_of_the_learner() -> None:
    case = Case("", "cd1", (5,), images=25, batch=10)
    assert [(times, [p.n for p in ps]) for times, ps in plan(case)] == [(2, [10, 10, 10, 20]), (1, [5, 5, 5, 10])]
