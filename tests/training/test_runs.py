import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import LEARNERS, Scripted, Watched, backprop, bits, greedy, header, leaves, timeless

from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint
from dbn.training.loop import InterruptedRunError
from dbn.training.runs import Output, train_to_file
from dbn.training.stopping import EarlyStopping

HERE = Path(__file__).parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "net.h5"


class Crash(Exception):
    """The machine goes down just after a checkpoint was written."""


def crash_after_saving(epoch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    save = checkpoint.save

    def crashing(path: Path, written: Checkpoint) -> None:
        save(path, written)
        if written.training is not None and written.training["run"]["epoch"] == epoch:
            monkeypatch.setattr(checkpoint, "save", save)
            raise Crash

    monkeypatch.setattr(checkpoint, "save", crashing)


def whole(learner: Any, tmp_path: Path, stopping: EarlyStopping | None = None) -> tuple[Any, Checkpoint]:
    """Final state and file of a run that nothing interrupted."""
    watched = Watched(learner)
    done = train_to_file(watched, header(learner), Output(tmp_path / "whole.h5"), stopping)
    return watched.state, done


def assert_same_run(learner: Watched, done: Checkpoint, expected: tuple[Any, Checkpoint], path: Path) -> None:
    state, uninterrupted = expected
    assert bits(learner.state) == bits(state)
    for found in (done, checkpoint.load(path, with_training=True)):
        assert leaves(found.model) == leaves(uninterrupted.model)
        assert timeless(found.history) == timeless(uninterrupted.history)
        assert found.training is None


@pytest.mark.parametrize("name", LEARNERS)
def test_a_crash_after_any_epoch_changes_no_bit(
    name: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = whole(LEARNERS[name](), tmp_path)
    for epoch in range(1, LEARNERS[name]().epochs):
        learner = Watched(LEARNERS[name]())
        crash_after_saving(epoch, monkeypatch)
        with pytest.raises(Crash):
            train_to_file(learner, header(learner.learner), Output(path, overwrite=True))
        learner = Watched(LEARNERS[name]())
        done = train_to_file(learner, header(learner.learner), Output(path, resume=True))
        assert_same_run(learner, done, expected, path)


@pytest.mark.parametrize("name", LEARNERS)
def test_ctrl_c_in_every_step_changes_no_bit(name: str, path: Path, tmp_path: Path) -> None:
    expected = whole(LEARNERS[name](), tmp_path)
    interruptions = []
    while not interruptions or checkpoint.load(path, with_training=True).training is not None:
        learner = Watched(LEARNERS[name](), lambda _: signal.raise_signal(signal.SIGINT))
        try:
            done = train_to_file(learner, header(learner.learner), Output(path, resume=True))
        except InterruptedRunError as interruption:
            interruptions.append(str(interruption))
            assert learner.steps == 1
    assert len(interruptions) > 2
    assert all(said.endswith(f"; {path} has it all: give the same command to go on") for said in interruptions)
    assert_same_run(learner, done, expected, path)


def test_an_epoch_whose_metrics_cannot_be_written_is_kept(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = whole(greedy(), tmp_path)
    learner, log = Watched(greedy()), tmp_path / "full" / "log.jsonl"
    monkeypatch.setattr(Path, "open", failing(log, Path.open))
    with pytest.raises(InterruptedRunError) as stopped:
        train_to_file(learner, header(learner.learner), Output(path, every=100, log=log))
    monkeypatch.undo()
    assert str(stopped.value) == (
        f"cannot write metrics to {log}: No space left on device; choose another file; {path} has it all: give the "
        "same command with --resume to go on"
    )
    learner = Watched(greedy())
    done = train_to_file(learner, header(learner.learner), Output(path, resume=True, log=log))
    assert_same_run(learner, done, expected, path)


def failing(log: Path, opened: Any) -> Any:
    """A way to open files that finds the disk full when it comes to a line of the log."""

    def open_(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if path == log and mode == "a":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(path, mode, *arguments, **options)

    return open_


def test_kill_9_at_any_moment_changes_no_bit(path: Path, tmp_path: Path) -> None:
    expected = whole(greedy(), tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "OPENBLAS_NUM_THREADS": "1"}
    moments = np.random.default_rng(0).uniform(0, 0.1, 3)  # of a run of 0.48 s at least
    for moment in moments:
        run = subprocess.Popen(
            [sys.executable, HERE / "interruptible_run.py", path], env=environment, stdout=subprocess.PIPE, text=True
        )
        with run:
            assert run.stdout is not None
            assert run.stdout.readline() == "training\n"
            time.sleep(moment)
            run.kill()
        assert run.returncode == -signal.SIGKILL
        if path.exists():
            assert checkpoint.load(path, with_training=True).training is not None
    learner = Watched(greedy())
    done = train_to_file(learner, header(learner.learner), Output(path, resume=True))
    assert_same_run(learner, done, expected, path)


def scripted_header() -> Checkpoint:
    return Checkpoint("network", {}, {"losses": "told"}, {"name": "none"}, 0)


LOSSES = [3.0, 1.0, 2.0, 4.0, 0.0]
STOPPING = EarlyStopping("loss", 2)


@pytest.mark.parametrize("interrupted_in", range(1, 9))
def test_early_stopping_returns_to_the_best_after_a_resume(interrupted_in: int, path: Path) -> None:
    learner = Watched(Scripted(LOSSES), lambda step: step == interrupted_in and signal.raise_signal(signal.SIGINT))
    with pytest.raises(InterruptedRunError):
        train_to_file(learner, scripted_header(), Output(path), STOPPING)
    resumed = Watched(Scripted(LOSSES))
    done = train_to_file(resumed, scripted_header(), Output(path, resume=True), STOPPING)
    assert learner.steps + resumed.steps == 8
    assert done.model["value"] == 2
    assert [row["loss"] for row in done.history] == LOSSES[:4]


def test_early_stopping_of_a_network_returns_to_the_same_bits(path: Path, tmp_path: Path) -> None:
    def learner() -> Any:
        return backprop(epochs=12, learning_rate="2")

    stopping = EarlyStopping("validation_loss", 3)
    expected = whole(learner(), tmp_path, stopping)
    losses = [row["validation_loss"] for row in expected[1].history]
    assert int(np.argmin(losses)) == len(losses) - 4
    for _ in range(100):
        watched = Watched(learner(), lambda _: signal.raise_signal(signal.SIGINT))
        try:
            done = train_to_file(watched, header(watched.learner), Output(path, resume=True), stopping)
            break
        except InterruptedRunError:
            continue
    assert_same_run(watched, done, expected, path)


def test_what_is_there_is_not_overwritten_unasked(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a thesis")
    learner = Watched(greedy())
    with pytest.raises(DbnError, match=r"already there; use --resume .* --overwrite"):
        train_to_file(learner, header(learner.learner), Output(path))
    with pytest.raises(DbnError, match="not a checkpoint"):
        train_to_file(learner, header(learner.learner), Output(path, resume=True))
    assert path.read_text() == "a thesis"
    assert learner.steps == 0
    train_to_file(learner, header(learner.learner), Output(path, overwrite=True))
    assert checkpoint.load(path).kind == "dbn"


def test_a_finished_run_is_returned_as_it_is(path: Path) -> None:
    learner = backprop()
    done = train_to_file(learner, header(learner), Output(path))
    before = path.read_bytes()
    again = Watched(backprop())
    found = train_to_file(again, header(learner), Output(path, resume=True))
    assert leaves(found.model) == leaves(done.model)
    assert found.history == done.history
    assert again.steps == 0
    assert path.read_bytes() == before


@pytest.fixture
def unfinished(path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """An SGD run that crashed after its first epoch."""
    crash_after_saving(1, monkeypatch)
    with pytest.raises(Crash):
        train_to_file(backprop(), header(backprop()), Output(path))
    return checkpoint.load(path, with_training=True)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (
            {"config": {**header(backprop()).config, "learning_rate": "0.3"}},
            "config: learning_rate '0.05>0', not '0.3'",
        ),
        ({"config": {**header(backprop()).config, "new": 1}}, "config: new None, not 1"),
        ({"seed": 2}, "seed 1, not 2"),
        ({"kind": "dbn"}, "kind 'network', not 'dbn'"),
        ({"dataset": {"name": "bars", "sha256": "cd" * 32}}, "data set: sha256"),
    ],
)
def test_another_run_s_file_is_not_resumed(
    change: dict[str, Any], names: str, path: Path, unfinished: Checkpoint
) -> None:
    before = path.read_bytes()
    with pytest.raises(DbnError, match="was begun with " + re.escape(names)):
        train_to_file(backprop(), replace(header(backprop()), **change), Output(path, resume=True))
    assert path.read_bytes() == before


def test_the_same_data_may_have_another_name(path: Path, unfinished: Checkpoint) -> None:
    data = {**unfinished.dataset, "name": "/elsewhere/bars.npz"}
    done = train_to_file(backprop(), replace(header(backprop()), dataset=data), Output(path, resume=True))
    assert done.dataset["name"] == "/elsewhere/bars.npz"


def without_new_options(found: Checkpoint) -> Checkpoint:
    """A file as it was written before machines could learn to classify, and their learning had other helps."""
    new = {"generative", "discriminative", "centering", "temperatures", "fast_rate"}
    layers = [{name: value for name, value in layer.items() if name not in new} for layer in found.config["layers"]]
    config = {name: value for name, value in found.config.items() if name != "visible"}
    for layer in found.training["state"]["layers"].values() if found.training else ():
        assert [layer.pop(name) for name in ("offsets", "replicas", "fast")] == [{}, {}, {}]
        assert layer["rbm"].pop("z").size == 0
    return replace(found, config={**config, "layers": layers})


def test_a_run_begun_before_there_was_an_option_goes_on_with_its_default(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = whole(greedy(), tmp_path)
    crash_after_saving(1, monkeypatch)
    with pytest.raises(Crash):
        train_to_file(greedy(), header(greedy()), Output(path))
    old = without_new_options(checkpoint.load(path, with_training=True))
    assert old.config != header(greedy()).config
    checkpoint.save(path, old)
    hybrid = greedy(layers=(CDConfig(epochs=2), CDConfig(epochs=2, k="1>3", sparsity_cost=0.01, generative="0.5")))
    with pytest.raises(DbnError, match=r"was begun with config: layers 2 generative '1', not '0\.5'; resume with"):
        train_to_file(hybrid, header(hybrid), Output(path, resume=True))
    learner = Watched(greedy())
    done = train_to_file(learner, header(learner.learner), Output(path, resume=True))
    assert_same_run(learner, done, expected, path)
    checkpoint.save(path, without_new_options(done))
    again = Watched(greedy())
    train_to_file(again, header(again.learner), Output(path, resume=True))
    assert again.steps == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda training: training.pop("run"),
        lambda training: training.pop("state"),
        lambda training: training["run"].pop("best"),
        lambda training: training["run"].update(epoch="first"),
        lambda training: training["run"].update(epoch=-1),
        lambda training: training["run"].update(epoch=0.5),
        lambda training: training["run"].update(epoch=4),
        lambda training: training["run"].update(batch=-1),
        lambda training: training["run"].update(batch=4),
        lambda training: training["run"].update(sums=1.0),
        lambda training: training["run"].update(best={"0": np.zeros(2)}),
        lambda training: training["state"].update(pixels="{}"),
        lambda training: training["state"].update(pixels="no json"),
        lambda training: training["state"].update(pixels=3),
        lambda training: training["state"]["weights"].update({"0": np.zeros(2)}),
        lambda training: training["state"]["velocity"].clear(),
    ],
)
def test_a_training_state_that_is_incomplete_is_refused(damage: Any, path: Path, unfinished: Checkpoint) -> None:
    damage(unfinished.training)
    checkpoint.save(path, unfinished)
    with pytest.raises(DbnError, match=r"incomplete|does not fit"):
        train_to_file(backprop(), header(backprop()), Output(path, resume=True))


def test_the_file_of_a_run_in_progress_holds_its_model(unfinished: Checkpoint) -> None:
    assert unfinished.training is not None
    assert leaves(unfinished.model["layers"]["0"]["W"]) == leaves(unfinished.training["state"]["weights"]["0"])
    assert [row["epoch"] for row in unfinished.history] == [1]


@pytest.mark.parametrize(("every", "expected"), [(1, [1, 2, 3, 4]), (2, [2, 4]), (7, [])])
def test_every_so_many_epochs(every: int, expected: list[int], path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved, save = [], checkpoint.save

    def noted(path: Path, written: Checkpoint) -> None:
        saved.append(written.training["run"]["epoch"] if written.training else "finished")
        save(path, written)

    monkeypatch.setattr(checkpoint, "save", noted)
    train_to_file(Scripted([1.0] * 5), scripted_header(), Output(path, every=every))
    assert saved == [*expected, "finished"]


def test_every_0_epochs_is_refused(path: Path) -> None:
    with pytest.raises(DbnError, match="every 1 or more epochs, not 0"):
        Output(path, every=0)


def test_a_file_is_gone_on_from_or_replaced(path: Path) -> None:
    with pytest.raises(DbnError, match="resume goes on with what is there and overwrite replaces it; choose one"):
        Output(path, resume=True, overwrite=True)


def test_an_interrupted_replacement_is_gone_on_from_without_replacing_it_again(path: Path) -> None:
    learner = Watched(Scripted(LOSSES), lambda step: step == 2 and signal.raise_signal(signal.SIGINT))
    with pytest.raises(InterruptedRunError, match="give the same command with --resume instead of --overwrite to"):
        train_to_file(learner, scripted_header(), Output(path, overwrite=True))


def test_a_run_that_diverges_leaves_its_last_good_checkpoint(path: Path) -> None:
    with pytest.raises(DbnError, match="exploded in epoch 3"):
        train_to_file(Scripted([1.0] * 4, growth=4000.0), scripted_header(), Output(path))
    found = checkpoint.load(path, with_training=True)
    assert found.model["value"] == 8000
    assert len(found.history) == 2


def test_a_finished_run_can_be_logged_afterwards(path: Path, tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    done = train_to_file(Scripted([1.0] * 3), scripted_header(), Output(path))
    train_to_file(Scripted([1.0] * 3), scripted_header(), Output(path, resume=True, log=log))
    assert [json.loads(line) for line in log.read_text().splitlines()] == done.history


def test_the_log_of_a_resumed_run_has_every_epoch_once(path: Path, tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    learner = Watched(Scripted(LOSSES), lambda step: step == 5 and signal.raise_signal(signal.SIGINT))
    with pytest.raises(InterruptedRunError):
        train_to_file(learner, scripted_header(), Output(path, every=9, log=log))
    done = train_to_file(Scripted(LOSSES), scripted_header(), Output(path, resume=True, log=log))
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert rows == done.history
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5]


def test_numpy_s_numbers_are_options_too(path: Path) -> None:
    learner = greedy(hidden=tuple(np.array([6, 5])), layer={"centering": np.float32(0.25)})
    written = replace(header(learner), config=learner.config.as_json())
    train_to_file(learner, written, Output(path))
    assert checkpoint.load(path).config["hidden"] == [6, 5]
    assert checkpoint.load(path).config["layers"][0]["centering"] == 0.25
    done = train_to_file(learner, written, Output(path, resume=True))  # they are the options that it was begun with
    assert done.finished


def test_options_that_no_file_can_hold_are_refused_before_anything_is_learned(path: Path) -> None:
    learner = Watched(greedy())
    with pytest.raises(TypeError, match="PosixPath"):
        train_to_file(learner, replace(header(greedy()), config={"folder": path}), Output(path))
    assert learner.steps == 0


def test_paths_may_be_texts(tmp_path: Path) -> None:
    learner = greedy()
    train_to_file(learner, header(learner), Output(f"{tmp_path}/net.h5", log=f"{tmp_path}/log.jsonl"))
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 4
    assert checkpoint.load(tmp_path / "net.h5").finished
