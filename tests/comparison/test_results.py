from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from dbn.comparison import results
from dbn.comparison.results import Row, Summary, environment, write
from dbn.comparison.significance import McNemar
from dbn.errors import DbnError

ROWS = [
    Row("good", 1.23456, (1.02345, 1.49999), seed=3, epochs=30, seconds=12.345),
    Row("bad", 8.0, (7.5, 8.6), seed=3, epochs=2, seconds=0.04),
]
PAIR = McNemar("good", "bad", only_first_wrong=2, only_second_wrong=70, p_value=1.2345e-9)


def summary(evaluated_on: str = "test", pairs: list[McNemar] | None = None) -> Summary:
    dataset = {"name": "dots", "sha256": "0" * 64}
    return Summary("compare", "dbn compare", dataset, environment(), evaluated_on, ROWS, pairs or [])


def test_the_table_by_hand() -> None:
    assert summary().table().splitlines() == [
        "| model | test error % | 95 % interval | seed | epochs | seconds |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| good | 1.23 | 1.02 – 1.50 | 3 | 30 | 12 |",
        "| bad | 8.00 | 7.50 – 8.60 | 3 | 2 | 0 |",
    ]
    assert summary(pairs=[PAIR]).table().splitlines()[4:] == [
        "",
        "| McNemar's exact test | only the first errs | only the second errs | p |",
        "| --- | ---: | ---: | ---: |",
        "| good / bad | 2 | 70 | 1.2e-09 |",
    ]


def test_published_errors_stand_beside_ours() -> None:
    rows = [replace(ROWS[0], published_percent=1.5), ROWS[1]]
    found = replace(summary(), rows=rows)
    assert found.table().splitlines() == [
        "| model | test error % | 95 % interval | published % | seed | epochs | seconds |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| good | 1.23 | 1.02 – 1.50 | 1.5 | 3 | 30 | 12 |",
        "| bad | 8.00 | 7.50 – 8.60 | – | 3 | 2 | 0 |",
    ]
    assert [row.get("published_percent") for row in found.as_json()["rows"]] == [1.5, None]


def test_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "study"
    whole = summary(pairs=[PAIR])
    write(folder, whole.as_json(), whole.table())
    found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert found["rows"][0] == {
        "model": "good",
        "test_error_percent": 1.2346,
        "interval_percent": [1.0234, 1.5],
        "seed": 3,
        "epochs": 30,
        "seconds": 12.3,
    }
    assert found["pairs"] == [
        {"first": "good", "second": "bad", "only_first_wrong": 2, "only_second_wrong": 70, "p_value": 1.2345e-9}
    ]
    table = (folder / "table.md").read_text(encoding="utf-8")
    assert table == f"# compare\n\n`dbn compare`\n\n{whole.table()}\n"
    assert sorted(path.name for path in folder.iterdir()) == ["summary.json", "table.md"]


def test_the_same_figures_keep_the_hardware_that_they_were_got_by(tmp_path: Path) -> None:
    first = summary()
    write(tmp_path, first.as_json(), first.table())
    again = replace(first, command="dbn --resume", environment={"processor": "another"}, config={"a new option": 0})
    write(tmp_path, again.as_json(), again.table())
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8")) == first.as_json()
    assert "`dbn compare`\n" in (tmp_path / "table.md").read_text(encoding="utf-8")
    other = replace(again, rows=[replace(ROWS[0], seed=4)])
    write(tmp_path, other.as_json(), other.table())
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8")) == other.as_json()
    (tmp_path / "summary.json").write_text("no JSON")
    write(tmp_path, first.as_json(), first.table())
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8")) == first.as_json()


def test_a_validation_error_is_not_called_a_test_error(tmp_path: Path) -> None:
    assert "| validation error % |" in summary("validation").table()
    row = summary("validation").as_json()["rows"][0]
    assert row["validation_error_percent"] == 1.2346
    assert "test_error_percent" not in row


def test_the_environment_names_the_gpu_where_one_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = SimpleNamespace(is_available=lambda: True, get_device_name=lambda: "NVIDIA H100")
    torch = SimpleNamespace(__version__="2.13.0", version=SimpleNamespace(cuda="13.0"), cuda=gpu)
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert environment().items() >= {"torch": "2.13.0", "cuda": "13.0", "gpu": "NVIDIA H100"}.items()
    monkeypatch.delitem(sys.modules, "torch")
    assert "gpu" not in environment()


@pytest.mark.parametrize(
    ("told", "processor"),
    [
        (
            "model\t\t: 17\ncpu family\t: 25\nmodel name\t: AMD EPYC\n\nmodel\t\t: 1\n",
            "AMD EPYC, cpu family 25, model 17",
        ),
        ("model name\t: POWER9\n", "POWER9"),
    ],
)
def test_processors_that_are_named_alike_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, told: str, processor: str
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: told)
    assert results._processor() == processor


def test_the_environment_is_text_without_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    found = environment()
    assert {"python", "dbn", "numpy", "scipy", "h5py", "system", "processor", "cores", "blas"} == found.keys()
    assert all(isinstance(value, str) for value in found.values())
    assert int(found["cores"]) >= 1


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DbnError, match=r"cannot write .*summary\.json.* choose another place"):
        write(tmp_path / "file", summary().as_json(), "a table")
