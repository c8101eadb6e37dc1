"""pretrain, finetune and baseline: what they write, and that going on equals never having stopped."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dbn.comparison.compare import preset
from dbn.data import load
from dbn.discriminative.network import Network
from dbn.generative.greedy import Greedy
from dbn.generative.naive_bayes import NaiveBayes, fit
from dbn.generative.smoothing import CANDIDATES
from dbn.models import load_model
from dbn.training import checkpoint
from dbn.training.state import arrays, digest

TRAINING = (
    *("--hidden", "12,16", "--epochs", "10", "--batch-size", "10", "--learning-rate", "0.2"),
    *("--momentum", "0.5,0.9@5", "--persistent", "0"),
)
LONG = ("--hidden", "12,16", "--epochs", "400", "--batch-size", "10", "--every", "1000")


def lines(path: Path) -> list[dict[str, Any]]:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]


def assert_same_run(one: Path, other: Path) -> None:
    """Every array, and every metric but the time, is the same to the last bit."""
    a, b = checkpoint.load(one, with_training=True), checkpoint.load(other, with_training=True)
    assert a.training is None
    assert b.training is None
    for left, right in zip(arrays(a.model), arrays(b.model), strict=True):
        np.testing.assert_array_equal(left, right)
    assert [{**row, "seconds": 0} for row in a.history] == [{**row, "seconds": 0} for row in b.history]


def test_pretrain_learns_and_logs_a_line_an_epoch(trained: Path) -> None:
    found, logged = checkpoint.load(trained / "dbn.h5"), lines(trained / "dbn.jsonl")
    assert [row["epoch"] for row in logged] == list(range(1, 21))
    assert [row["layer"] for row in logged] == [1] * 10 + [2] * 10
    assert logged == found.history
    assert logged[9]["reconstruction_error"] < 0.8 * logged[0]["reconstruction_error"]
    assert logged[-1]["validation_error_percent"] < 20  # of three classes: chance is 67
    assert found.dataset["validation"] == 201 // 6
    assert [layer["learning_rate"] for layer in found.config["layers"]] == ["0.2", "0.2"]


def test_per_layer_values_and_schedules_reach_the_layers(call: Callable[..., str], tiny: Path, tmp_path: Path) -> None:
    output = tmp_path / "net.h5"
    options = (
        "--hidden",
        "5, 6, 7",
        "--epochs",
        "1/2",
        "--k",
        "1/1/1>3",
        "--persistent",
        "0/0,1@1",
        "--momentum",
        "0.5",
    )
    said = call("pretrain", "--dataset", tiny, *options, "--no-labels", "--validation", 0, "--output", output)
    assert said == f"{output}: trained 4 epochs, seed 0\n"
    config = checkpoint.load(output).config
    assert config["hidden"] == [5, 6, 7]
    rows = [(layer["epochs"], layer["k"], layer["persistent"], layer["momentum"]) for layer in config["layers"]]
    assert rows == [(1, "1", "0", "0.5"), (1, "1", "0", "0.5"), (2, "1>3", "0,1@1", "0.5")]


def test_helps_of_persistent_chains_reach_the_layers(call: Callable[..., str], tiny: Path, tmp_path: Path) -> None:
    output = tmp_path / "net.h5"
    helps = ("--centering", "0.01", "--temperatures", "3/1", "--fast-rate", "0/0,0.1@1", "--persistent", "1")
    call("pretrain", "--dataset", tiny, "--hidden", "5,6", "--epochs", 2, *helps, "--output", output)
    layers = checkpoint.load(output).config["layers"]
    assert [layer["centering"] for layer in layers] == [0.01, 0.01]
    assert [layer["temperatures"] for layer in layers] == [3, 1]
    assert [layer["fast_rate"] for layer in layers] == ["0", "0,0.1@1"]


@pytest.mark.parametrize(
    ("helps", "expected"),
    [
        (("--temperatures", 3), ["1", "1"]),
        (("--temperatures", "1/3"), ["0", "1"]),
        (("--fast-rate", "0.1/0"), ["1", "0,1@1"]),
        (("--temperatures", "1/3", "--persistent", "1/0,1@1"), ["1", "0,1@1"]),
    ],
)
def test_chains_with_helps_are_persistent_unless_told_otherwise(
    call: Callable[..., str], tiny: Path, tmp_path: Path, helps: tuple[object, ...], expected: list[str]
) -> None:
    output = tmp_path / "net.h5"
    call("pretrain", "--dataset", tiny, "--hidden", "5,6", "--epochs", 2, *helps, "--output", output)
    assert [layer["persistent"] for layer in checkpoint.load(output).config["layers"]] == expected


def test_pixels_may_be_gaussian(call: Callable[..., str], tiny: Path, tmp_path: Path) -> None:
    output, later, network = tmp_path / "net.h5", tmp_path / "later.h5", tmp_path / "network.h5"
    options = ("--hidden", "12,16", "--epochs", 10, "--batch-size", 10, "--learning-rate", "0.05/0.2")
    call("pretrain", "--dataset", tiny, "--visible", "gaussian", *options, "--persistent", 0, "--output", output)
    found = checkpoint.load(output)
    assert found.config["visible"] == "gaussian"
    assert found.history[-1]["validation_error_percent"] < 20
    assert "error percent" in call("evaluate", output)
    assert "gaussian" in call("info", output)
    call("sample", output, "--output", tmp_path / "samples.png", "--steps", 2)
    call("pretrain", "--start", output, "--epochs", 1, "--output", later)
    assert checkpoint.load(later).config["visible"] == "gaussian"
    assert [layer["learning_rate"] for layer in checkpoint.load(later).config["layers"]] == ["0.01>0", "0.03>0"]
    call("finetune", output, "--epochs", 5, "--output", network)
    assert checkpoint.load(network).history[-1]["validation_error_percent"] < 20


def test_hidden_units_may_be_rectified(
    call: Callable[..., str], refused: Callable[..., str], tiny: Path, tmp_path: Path
) -> None:
    output, later, network = tmp_path / "net.h5", tmp_path / "later.h5", tmp_path / "network.h5"
    options = ("--dataset", tiny, "--visible", "gaussian", "--hidden-units", "rectified", "--epochs", 1)
    call("pretrain", *options, "--hidden", "12,10,16", "--output", output)
    found = checkpoint.load(output).config
    assert found["hidden_units"] == "rectified"
    assert [layer["learning_rate"] for layer in found["layers"]] == ["0.0003>0", "0.0003>0", "0.01>0"]
    assert "hidden units: rectified" in call("info", output)
    call("pretrain", "--start", output, "--epochs", "0/0/1", "--output", later)
    assert checkpoint.load(later).config["hidden_units"] == "rectified"
    call("pretrain", *options[:2], *options[4:], "--hidden", "12,16", "--output", later, "--overwrite")
    assert "log-likelihood in closed form" in refused("likelihood", later)
    call("finetune", output, "--epochs", 1, "--output", network)
    assert load_model(network).units == ("softplus", "softplus", "sigmoid", "softmax")
    for units, twin in (((), ("softplus", "softplus", "sigmoid")), (("--units", "sigmoid"), ("sigmoid",) * 3)):
        call("finetune", output, "--random-start", *units, "--epochs", 1, "--output", network, "--overwrite")
        assert load_model(network).units == (*twin, "softmax")
        assert checkpoint.load(network).config.get("units") == (units[1] if units else None)
    assert "up-down learning is of binary units" in refused("updown", output, "--output", tmp_path / "up.h5")


def test_what_is_not_given_is_as_in_the_comparison(call: Callable[..., str], tiny: Path, tmp_path: Path) -> None:
    standard = preset(len(load(tiny).train), 1, 1)
    net, network = tmp_path / "net.h5", tmp_path / "network.h5"
    call("pretrain", "--dataset", tiny, "--hidden", "5,6,7", "--epochs", 1, "--output", net)
    call("finetune", net, "--epochs", 1, "--output", network)
    found = checkpoint.load(net).config
    assert found["layers"] == [asdict(layer) for layer in standard.pretrain.layers]
    assert found["batch_size"] == standard.pretrain.batch_size
    tuned = checkpoint.load(network).config
    assert {name: tuned[name] for name in ("learning_rate", "momentum", "batch_size", "weight_decay")} == {
        name: getattr(standard.finetune, name) for name in ("learning_rate", "momentum", "batch_size", "weight_decay")
    }


def test_the_seed_decides(call: Callable[..., str], tiny: Path, trained: Path, tmp_path: Path) -> None:
    for seed in (0, 1):
        call("pretrain", "--dataset", tiny, *TRAINING, "--seed", seed, "--output", tmp_path / f"{seed}.h5")
    assert_same_run(tmp_path / "0.h5", trained / "dbn.h5")
    again, other = (checkpoint.load(tmp_path / f"{seed}.h5").model["layers"]["0"]["W"] for seed in (0, 1))
    assert not np.array_equal(again, other)


def test_finetune_starts_from_the_net_and_its_twin_from_random_weights(
    call: Callable[..., str], trained: Path, tmp_path: Path
) -> None:
    found = checkpoint.load(trained / "network.h5")
    assert found.config["random_start"] is False
    assert found.dataset["validation"] == 33  # the images that pretrain held out
    assert found.history[-1]["validation_error_percent"] < 20
    for extra, near in (((), True), (("--random-start",), False)):
        output = tmp_path / f"{near}.h5"
        call("finetune", trained / "dbn.h5", "--epochs", 1, "--learning-rate", "0", *extra, "--output", output)
        net, network = checkpoint.load(trained / "dbn.h5").model, checkpoint.load(output).model
        assert np.array_equal(net["layers"]["0"]["W"], network["layers"]["0"]["W"]) is near


@pytest.mark.parametrize("optimiser", ["lbfgs", "cg"])
def test_finetune_takes_scipy_s_optimisers(
    call: Callable[..., str], trained: Path, tmp_path: Path, optimiser: str
) -> None:
    output = tmp_path / "network.h5"
    call("finetune", trained / "dbn.h5", "--optimiser", optimiser, "--epochs", 2, "--output", output)
    found = checkpoint.load(output)
    assert found.config["batch_size"] == 1000
    assert found.history[1]["loss"] < found.history[0]["loss"] < np.log(3)


@pytest.mark.parametrize("batch_size", [1, 20])
def test_finetune_by_the_squared_error(
    call: Callable[..., str], tiny: Path, trained: Path, tmp_path: Path, batch_size: int
) -> None:
    output = tmp_path / "network.h5"
    options = ("--loss", "squared-error", "--epochs", 30, "--batch-size", batch_size)
    call("finetune", trained / "dbn.h5", *options, "--output", output)
    net = load_model(output)
    assert isinstance(net, Network)
    assert net.units == ("sigmoid", "sigmoid", "sigmoid")
    assert checkpoint.load(output).history[-1]["validation_error_percent"] < 20
    assert "error percent" in call("evaluate", output, "--dataset", tiny)


def test_the_squared_error_has_a_rate_that_learns(call: Callable[..., str], tmp_path: Path) -> None:
    """With the rate of the cross-entropy, nets of rectified units stay at chance: 90 %."""
    net, output = tmp_path / "net.h5", tmp_path / "network.h5"
    call("pretrain", "--dataset", "mnist-5k", "--hidden", "100,100", "--epochs", 1, "--output", net)

    def error(units: str, *options: object) -> float:
        given = ("--random-start", "--units", units, "--loss", "squared-error", "--epochs", 2, *options)
        call("finetune", net, *given, "--output", output, "--overwrite")
        return checkpoint.load(output).history[-1]["validation_error_percent"]

    assert error("relu") < 15
    found = checkpoint.load(output).config
    assert found["momentum"] == "0"
    assert found["learning_rate"] == "1>0"  # 20 / mean ‖h‖² is more
    assert error("softplus") < 70
    assert error("relu", "--learning-rate", "0.05>0", "--momentum", 0.9) > 80


@pytest.mark.parametrize("units", ["sigmoid", "relu", "relu,tanh"])
def test_a_random_start_may_have_other_units(
    call: Callable[..., str], tiny: Path, trained: Path, tmp_path: Path, units: str
) -> None:
    output = tmp_path / "network.h5"
    command = ("finetune", trained / "dbn.h5", "--random-start", "--units", units, "--epochs", 5, "--batch-size", 10)
    call(*command, "--output", output)
    net = load_model(output)
    assert isinstance(net, Network)
    assert net.units == (*(units.split(",") * 2)[:2], "softmax")
    found = checkpoint.load(output)
    assert found.config.get("units", "sigmoid") == units
    assert found.history[-1]["validation_error_percent"] < 20
    assert "error percent" in call("evaluate", output, "--dataset", tiny)


def test_one_kind_for_each_layer_or_for_all_is_the_same_run(
    call: Callable[..., str], trained: Path, tmp_path: Path
) -> None:
    output = tmp_path / "network.h5"
    command = ("finetune", trained / "dbn.h5", "--random-start", "--epochs", 1, "--output", output, "--units")
    call(*command, "relu, relu")
    assert load_model(output).units == ("relu", "relu", "softmax")
    assert checkpoint.load(output).config["units"] == "relu"
    call(*command, "relu", "--resume")


def test_finetune_notes_labels_that_the_net_has_seen(call: Callable[..., str], trained: Path, tmp_path: Path) -> None:
    def said(*options: object) -> str:
        return call(
            "finetune", trained / "dbn.h5", "--epochs", 1, "--overwrite", "--output", tmp_path / "x.h5", *options
        )

    assert "note: the net has learned with the labels of some validation images" in said("--validation", 50)
    assert "note:" not in said("--validation", 20)


def test_the_net_s_own_data_have_the_same_images_held_out_whether_they_are_named_or_not(
    call: Callable[..., str], tiny: Path, tmp_path: Path
) -> None:
    net, network = tmp_path / "net.h5", tmp_path / "network.h5"
    call("pretrain", "--dataset", tiny, "--hidden", 5, "--epochs", 1, "--validation", 20, "--output", net)
    for dataset in ((), ("--dataset", tiny)):
        call("finetune", net, "--epochs", 1, "--overwrite", "--output", network, *dataset)
        assert checkpoint.load(network).dataset["validation"] == 20


def test_baseline_chooses_its_penalty(call: Callable[..., str], tiny: Path, trained: Path, tmp_path: Path) -> None:
    found = checkpoint.load(trained / "logistic.h5")
    assert len(found.history) == 5  # a round for each of four penalties, and the final fit
    errors = {row["penalty"]: row["validation_error_percent"] for row in found.history[:4]}
    assert errors[found.history[-1]["penalty"]] == min(errors.values())
    output = tmp_path / "one.h5"
    said = call("baseline", "--dataset", tiny, "--penalty", 0.5, "--rounds", 1, "--output", output)
    assert said.startswith(f"{output}: L2 penalty 0.5, loss ")
    assert checkpoint.load(output).config["penalties"] == [0.5]


@pytest.mark.parametrize("pixels", ["bernoulli", "gaussian"])
def test_baseline_fits_naive_bayes(
    call: Callable[..., str], tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pixels: str
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ("baseline", "--dataset", tiny, "--model", f"{pixels}-naive-bayes")
    said = call(*command)
    path = Path(f"{pixels}-naive-bayes.h5")
    found = checkpoint.load(path)
    errors = {row["smoothing"]: row["validation_error_percent"] for row in found.history[:-1]}
    chosen = found.history[-1]["smoothing"]
    assert list(errors) == list(CANDIDATES[pixels])
    assert errors[chosen] == min(errors.values())
    assert said.startswith(f"{path}: smoothing {chosen:g}, training error ")
    model = load_model(path)
    assert isinstance(model, NaiveBayes)
    data = load(tiny)
    expected = fit(pixels, data.train, 3, chosen)  # type: ignore[arg-type]
    np.testing.assert_array_equal(model.mean, expected.mean)
    told = json.loads(call("evaluate", path, "--json"))
    wrong = model.predict(data.test.images / 255) != data.test.labels
    assert told["error_percent"] == pytest.approx(100 * wrong.mean())
    assert told["error_percent"] < 10  # of three classes: chance is 67
    said = call("info", path)
    assert said.startswith("kind: naive-bayes\nlayers: [16]\nclasses: 3\nparameters: ")
    call("plot", path, "--output", "figures")
    drawn = {"learning-curves.png", "samples.png", "confusion.png"}
    assert {path.name for path in Path("figures").iterdir()} - {"errors.png"} == drawn
    before = path.read_bytes()
    call(*command, "--resume")
    assert path.read_bytes() == before


def test_the_memory_learns_as_its_weights_say(call: Callable[..., str], tiny: Path, tmp_path: Path) -> None:
    command = ("pretrain", "--dataset", tiny, *TRAINING, "--discriminative", 1)
    for generative, learned in (("0", False), ("0.01", True)):
        output = tmp_path / f"{generative}.h5"
        said = call(*command, "--generative", generative, "--output", output)
        assert "validation error of the label of least free energy: " in said
        found = checkpoint.load(output)
        weights = [(layer["generative"], layer["discriminative"]) for layer in found.config["layers"]]
        assert weights == [("1", "0"), (generative, "1")]
        assert found.history[-1]["loss"] < 0.5 * found.history[10]["loss"]
        assert found.history[-1]["validation_error_percent"] < 20
        assert ("reconstruction_error" in found.history[-1]) is learned
        assert "reconstruction_error" in found.history[0]


def test_a_net_without_labels_goes_on_with_them(call: Callable[..., str], trained: Path, tmp_path: Path) -> None:
    output = tmp_path / "labelled.h5"
    options = ("--epochs", "0/5", "--discriminative", 1, "--learning-rate", "0.2")
    command = ("pretrain", "--start", trained / "plain.h5", *options, "--output", output)
    said = call(*command)
    assert said.startswith(f"{output}: trained 5 epochs, seed 0\nvalidation error of the label of least free energy: ")
    found, source = checkpoint.load(output), checkpoint.load(trained / "plain.h5")
    assert found.config["hidden"] == [12, 16]
    assert found.dataset == source.dataset  # the same data, and the same images held out
    assert found.config["start"] == digest(source.model)
    assert found.history[-1]["validation_error_percent"] < 20
    before, after = source.model["layers"], found.model["layers"]
    np.testing.assert_array_equal(after["0"]["W"], before["0"]["W"])
    assert after["1"]["W"].shape == (3 + 12, 16)
    assert np.corrcoef(after["1"]["W"][3:].ravel(), before["1"]["W"].ravel())[0, 1] > 0.5
    call(*command, "--resume")
    deeper = tmp_path / "deeper.h5"
    call("pretrain", "--start", trained / "plain.h5", "--hidden", "12,16,7", "--epochs", "0/1", "--output", deeper)
    model = checkpoint.load(deeper).model["layers"]
    np.testing.assert_array_equal(model["1"]["W"], before["1"]["W"])
    assert model["2"]["units"] == "softmax:3 bernoulli:16"


def test_a_finished_run_resumes_into_itself(call: Callable[..., str], tiny: Path, tmp_path: Path) -> None:
    command = ("pretrain", "--dataset", tiny, *TRAINING, "--output", tmp_path / "net.h5", "--resume")
    said = call(*command)
    before = (tmp_path / "net.h5").read_bytes()
    assert call(*command) == said
    assert (tmp_path / "net.h5").read_bytes() == before


def test_a_full_disk_costs_no_checkpoint(
    call: Callable[..., str],
    refused: Callable[..., str],
    tiny: Path,
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = ("pretrain", "--dataset", tiny, *TRAINING, "--output", tmp_path / "net.h5")
    synced: list[int] = []

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > 4:  # two checkpoints: each file, and its folder
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        said = refused(*command)
    assert said == f"cannot write {tmp_path}/net.h5: No space left on device; free some space or choose another place"
    assert [path.name for path in tmp_path.iterdir()] == ["net.h5"]
    assert len(checkpoint.load(tmp_path / "net.h5").history) == 2
    call(*command, "--resume")
    assert_same_run(tmp_path / "net.h5", trained / "dbn.h5")


def test_a_second_ctrl_c_stops_at_once_and_leaves_the_last_checkpoint(
    call: Callable[..., str],
    refused: Callable[..., str],
    tiny: Path,
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = ("pretrain", "--dataset", tiny, *TRAINING, "--output", tmp_path / "net.h5")
    moment = Greedy.moment

    def impatient(learner: Greedy, at: float) -> Any:
        if at > 5.5:
            raise KeyboardInterrupt  # what the second Ctrl-C raises
        return moment(learner, at)

    with monkeypatch.context() as user:
        user.setattr(Greedy, "moment", impatient)
        said = refused(*command)
    assert (
        said == "stopped at once; files that were already written are whole, and commands with --resume go on from them"
    )
    assert len(checkpoint.load(tmp_path / "net.h5").history) == 5
    call(*command, "--resume")
    assert_same_run(tmp_path / "net.h5", trained / "dbn.h5")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_twice_over_equals_no_ctrl_c(
    call: Callable[..., str], spawn: Callable[..., subprocess.Popen[str]], tiny: Path, tmp_path: Path
) -> None:
    whole, parts, log = tmp_path / "whole.h5", tmp_path / "parts.h5", tmp_path / "parts.jsonl"
    command = ("pretrain", "--dataset", tiny, *LONG)
    for resume in ([], ["--resume"]):
        before = len(lines(log)) if log.exists() else 0
        run = spawn(*command, "--output", parts, "--log", log, *resume)
        while run.poll() is None and (not log.exists() or log.read_text().count("\n") < before + 3):
            time.sleep(0.005)
        run.send_signal(signal.SIGINT)
        said, complained = run.communicate(timeout=60)
        assert run.returncode == 1, complained
        assert said == ""
        assert re.match("Error: interrupted (in epoch .* mini-batches|after epoch \\d+); ", complained)
        again = "the same command" if resume else "the same command with --resume"
        assert complained.endswith(f"; {parts} has it all: give {again} to go on\n")
        assert complained.count("\n") == 1  # and no progress bar, for this is no terminal
        found = checkpoint.load(parts, with_training=True)
        assert found.training is not None
        assert lines(log) == found.history
    call(*command, "--output", parts, "--log", log, "--resume")
    call(*command, "--output", whole)
    assert_same_run(parts, whole)
    assert [row["epoch"] for row in lines(log)] == list(range(1, 801))


def test_a_terminal_gets_a_bar_with_rate_and_time_left(spawn: Callable[..., Any], tiny: Path, tmp_path: Path) -> None:
    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))  # rows and columns
    run = spawn("pretrain", "--dataset", tiny, *TRAINING, "--output", tmp_path / "net.h5", stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 1 << 16):
            shown += chunk
    except OSError:  # how Linux says that the other side has closed
        pass
    os.close(ours)
    run.communicate(timeout=60)
    last = shown.decode().strip().split("\r")[-1]
    assert re.match(r"pretrain 100%\|.+\| 00:00 left, gap -?\d+\.\d, val [\d.]+ %, rec 0\.\d+, .*batch/s", last)
    assert len(last) < 80


UPDOWN = ("--epochs", 4, "--batch-size", 12, "--k", "1,2@2", "--learning-rate", "0.1>0", "--averaging", "0.9")


@pytest.fixture(scope="module")
def fine_tuned(call: Callable[..., str], trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("updown") / "updown.h5"
    said = call("updown", trained / "dbn.h5", *UPDOWN, "--output", output)
    assert said.startswith(f"{output}: trained 4 epochs, seed 0\nvalidation error of the generative classifier: ")
    return output


def test_updown_leaves_a_net_that_the_other_commands_take(
    call: Callable[..., str], fine_tuned: Path, tmp_path: Path
) -> None:
    found = checkpoint.load(fine_tuned)
    assert found.dataset["validation"] == 201 // 6
    assert set(found.model["layers"]["0"]) == {"R", "c", "G", "b"}
    assert found.config["averaging"] == 0.9
    error = found.history[-1]["validation_error_percent"]
    assert error < 20  # of three classes: chance is 67
    assert all(0 < abs(row["free_energy_gap"]) < 10 for row in found.history)
    told = json.loads(call("evaluate", fine_tuned, "--split", "validation", "--all-methods", "--json"))
    assert told["error_percent"] == pytest.approx(error)
    assert all(told[f"error_percent_by_{name}"] < 30 for name in ("one_pass", "gibbs_sampling", "mean_of_passes"))
    call("sample", fine_tuned, "--steps", 2, "--output", tmp_path / "samples.png")
    call("info", fine_tuned)
    call("plot", fine_tuned, "--output", tmp_path / "figures")
    call("finetune", fine_tuned, "--epochs", 1, "--output", tmp_path / "network.h5")
    call("updown", fine_tuned, *UPDOWN, "--persistent", "--shuffled", "--output", tmp_path / "again.h5")


def test_updown_interrupted_equals_uninterrupted(
    call: Callable[..., str], spawn: Callable[..., Any], trained: Path, tmp_path: Path
) -> None:
    options = ("--epochs", 300, "--batch-size", 3, "--k", "1", "--averaging", "0.9", "--persistent", "--every", 1000)
    whole, cut = tmp_path / "whole.h5", tmp_path / "cut.h5"
    call("updown", trained / "dbn.h5", *options, "--output", whole)
    running = spawn("updown", trained / "dbn.h5", *options, "--output", cut, "--log", tmp_path / "log")
    while not (tmp_path / "log").exists() or len(lines(tmp_path / "log")) < 3:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    assert "give the same command with --resume" in running.communicate()[1]
    assert not checkpoint.load(cut).finished
    assert all("free_energy_gap" in row for row in lines(tmp_path / "log"))
    call("updown", trained / "dbn.h5", *options, "--output", cut, "--resume")
    assert_same_run(cut, whole)
