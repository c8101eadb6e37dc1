import json
from pathlib import Path

import pytest

from dbn.errors import DbnError
from dbn.training.progress import Progress


def lines(path: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_log_holds_one_epoch_a_line(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    progress = Progress(path)
    progress.begin_log([{"epoch": 1.0, "loss": 0.5}])
    with progress.shown("toy", 3) as bar:
        progress.report(bar, {"epoch": 2.0, "loss": float("nan"), "seconds": 0.1})
    assert lines(path) == [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": None, "seconds": 0.1}]
    progress.begin_log([])
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
    with pytest.raises(DbnError, match=r"metrics\.jsonl is not the log of this run; give another --log"):
        Progress(path).begin_log([{"epoch": 1.0}])
    assert path.read_text(encoding="utf-8") == text
    path.write_text('{"epoch": 1.0}\n{"epoch": 2.0}\n')
    Progress(path).begin_log([{"epoch": 1.0}])
    assert lines(path) == [{"epoch": 1}]


def test_what_only_some_epochs_measure_stays_in_sight_until_the_next_layer() -> None:
    class Bar:
        def set_postfix(self, shown: dict[str, str]) -> None:
            self.shown = dict(shown)

    progress, bar = Progress(), Bar()
    progress.report(bar, {"epoch": 1, "layer": 1, "free_energy_gap": 0.5, "validation_nats_ais": -84.51, "seconds": 2})
    assert bar.shown == {"free_energy_gap": "0.5", "validation_nats_ais": "-84.51"}
    progress.report(bar, {"epoch": 2, "layer": 1, "free_energy_gap": 0.25, "dead_units": 0, "update_ratio": 0.1})
    assert bar.shown == {"free_energy_gap": "0.25", "validation_nats_ais": "-84.51"}
    progress.report(bar, {"epoch": 3, "layer": 2, "loss": 3})
    assert bar.shown == {"loss": "3"}
