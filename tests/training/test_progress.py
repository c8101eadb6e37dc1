import json
import re
from pathlib import Path

import pytest
from tqdm import tqdm

from dbn.errors import DbnError
from dbn.training.progress import LINE, Progress, beside


def lines(path: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_log_holds_one_epoch_a_line(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    progress = Progress(path)
    progress.begin_log([{"epoch": 1.0, "loss": 0.5}])
    with progress.shown("toy", 3) as bar:
        progress.report(bar, {"epoch": 2.0, "loss": float("nan"), "seconds": 0.1})
    assert lines(path) == [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": None, "seconds": 0.1}]
    progress.begin_log([], overwrite=True)
    assert lines(path) == []


def test_without_a_log_or_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for progress in (Progress(), Progress(bar=True)):
        progress.begin_log([{"epoch": 1.0}])
        with progress.shown("toy", 1) as bar:
            progress.report(bar, {"epoch": 1.0, "loss": 0.5})
    assert capsys.readouterr() == ("", "")


def test_a_log_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DbnError, match="choose another place"):
        Progress(tmp_path / "file" / "metrics.jsonl").begin_log([])
    progress = Progress(tmp_path)
    with progress.shown("toy", 1) as bar, pytest.raises(DbnError, match="choose another file"):
        progress.report(bar, {"epoch": 1.0})


@pytest.mark.parametrize("text", ["a thesis\n", "3\n", '{"letters": 2}\n', "\N{SNOWMAN}"])
def test_a_resumed_run_replaces_nothing_but_a_log(tmp_path: Path, text: str) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(text, encoding="utf-8")
    for history in ([], [{"epoch": 1.0}]):  # interrupted in the first epoch, or later
        with pytest.raises(DbnError, match=r"metrics\.jsonl is not the log of this run; give another --log"):
            Progress(path).begin_log(history)
        assert path.read_text(encoding="utf-8") == text
    Progress(path).begin_log([], overwrite=True)
    assert lines(path) == []


def test_a_resumed_run_goes_on_with_its_own_log_alone(tmp_path: Path) -> None:
    path, rows = tmp_path / "metrics.jsonl", '{"epoch": 1.0, "loss": null}\n{"epoch": 2.0, "loss": 0.5}\n'
    for text in ("", rows, rows + '{"epoch": 3.0, "lo'):  # killed after, or within, a line that no checkpoint has yet
        path.write_text(text)
        Progress(path).begin_log([{"loss": float("nan"), "epoch": 1.0}])
        assert lines(path) == [{"epoch": 1, "loss": None}]
    for history in ([], [{"epoch": 1.0, "loss": 0.25}], [{"epoch": 1.0}, {"epoch": 2.0, "loss": 0.75}]):
        path.write_text(rows)
        with pytest.raises(DbnError, match=r"metrics\.jsonl is not the log of this run; give another --log"):
            Progress(path).begin_log(history)
        assert path.read_text() == rows


def test_what_only_some_epochs_measure_stays_in_sight_until_the_next_layer() -> None:
    class Bar:
        def set_postfix_str(self, shown: str) -> None:
            self.shown = shown

    progress, bar = Progress(), Bar()
    nats = {"validation_nats_ais": -84.51, "validation_nats_reverse_ais": -84.79}
    progress.report(bar, {"epoch": 1, "layer": 1, "reconstruction_error": 0.0671, "free_energy_gap": 0.5, **nats})
    assert bar.shown == "nats -84.5/-84.8, gap 0.5, rec 0.067"
    progress.report(bar, {"epoch": 2, "layer": 1, "free_energy_gap": 0.25, "dead_units": 0, "update_ratio": 0.1})
    assert bar.shown == "nats -84.5/-84.8, gap 0.2, rec 0.067"
    progress.report(bar, {"epoch": 3, "layer": 2, "loss": 3, "validation_error_percent": 10.25, "seconds": 2})
    assert bar.shown == "val 10.2 %, loss 3"


MEASURED = {
    "reconstruction_error": 0.0671,
    "recognition_error": 0.031,
    "train_error_percent": 2.9,
    "validation_error_percent": 3.14,
    "free_energy_gap": 2.513,
    "validation_nats_ais": -173.94,
    "validation_nats_reverse_ais": -173.88,
}


@pytest.mark.parametrize(("hours", "whole"), [(0, "val 3.14 %, rec 0.067"), (8, "val 3.14 %, ")])
def test_80_columns_hold_the_time_left_the_log_likelihood_the_gap_and_the_error(hours: int, whole: str) -> None:
    line = tqdm.format_meter(
        76_500, 153_000, 3600 * hours + 100, ncols=79, prefix="pretrain", bar_format=LINE, postfix=beside(MEASURED)
    )  # of 80 columns tqdm leaves the last one free
    assert len(line) == 79
    assert re.match(r"pretrain 50%\|.\| (8:)?01:40 left, nats -173\.9/-173\.9, gap 2\.5, " + whole, line)


def test_the_log_may_be_named_by_a_text(tmp_path: Path) -> None:
    progress = Progress(f"{tmp_path}/log.jsonl")
    with progress.shown("toy", 1) as bar:
        progress.report(bar, {"epoch": 1.0})
    assert lines(tmp_path / "log.jsonl") == [{"epoch": 1.0}]
