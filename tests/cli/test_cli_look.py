"""evaluate, info, sample, plot and data: what they tell and draw."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import dbn
from dbn.cli import main
from dbn.cli.main import COMMANDS
from dbn.data import load
from dbn.generative.ravines import along_chains, along_lines, ridges
from dbn.generative.sampling import chain, switching
from dbn.models import load_dbn, load_model
from dbn.ops.numpy import Rng
from dbn.training import checkpoint
from dbn.training.loop import InterruptedRunError

Call = Callable[..., str]


@pytest.fixture(scope="module")
def unfinished(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was interrupted in its second layer."""
    from dbn.generative.greedy import Greedy

    path = tmp_path_factory.mktemp("unfinished") / "dbn.h5"
    end_epoch = Greedy.end_epoch

    def interrupted(learner: Greedy, state: Any, epoch: int) -> dict[str, float]:
        if epoch == 3:
            raise InterruptedRunError("interrupted")
        return end_epoch(learner, state, epoch)

    with pytest.MonkeyPatch.context() as user:
        user.setattr(Greedy, "end_epoch", interrupted)
        options = ["--dataset", str(tiny), "--hidden", "6,8,9", "--epochs", "2", "--output", str(path)]
        assert CliRunner().invoke(main, ["pretrain", *options]).exit_code == 1
    return path


def test_every_command_has_help_with_examples(call: Call) -> None:
    for command in ([], *([name] for name in COMMANDS), *(["data", name] for name in ("list", "fetch", "info"))):
        told = call(*command, "--help")
        assert "Example" in told or "Begin with" in told, command
        assert "\n    dbn " in told
        assert all(len(line) <= 100 for line in told.splitlines())
        assert call(*command, "-h") == told
    assert dbn.__version__ in call("--version")


def test_evaluate_counts_the_wrong_guesses(call: Call, tiny: Path, trained: Path) -> None:
    data = load(tiny)
    for name in ("dbn.h5", "network.h5", "logistic.h5"):
        model = load_model(trained / name)
        parts = {"test": data.test, "train": data.train[:168], "validation": data.train[168:]}
        if name == "logistic.h5":
            parts = {"test": data.test, "train": data.train}
        for split, part in parts.items():
            told = json.loads(call("evaluate", trained / name, "--split", split, "--json"))
            wrong = (model.predict(part.images.astype(np.float32) / 255) != part.labels).mean()
            assert told["error_percent"] == pytest.approx(100 * wrong)
            low, high = told["interval_percent"]
            assert low <= told["error_percent"] <= high
            assert ("image_reconstruction_error" in told) == (name == "dbn.h5")
            assert (told["file"], told["split"], told["dataset"]) == (str(trained / name), split, "tiny")


def test_evaluate_in_words(call: Call, tiny: Path, trained: Path, refused: Call) -> None:
    first, *others = call("evaluate", trained / "plain.h5").splitlines()
    assert first == f"{trained}/plain.h5: a dbn, on the 39 test images of tiny"
    assert [line.split(":")[0] for line in others] == ["  image reconstruction error"]
    told = call("evaluate", trained / "network.h5", "--dataset", tiny, "--split", "train")
    assert f"{trained}/network.h5: a network, on the 168 train images of tiny" in told
    said = refused("evaluate", trained / "logistic.h5", "--split", "validation")
    assert said.endswith("choose another --split")


def test_info_of_a_finished_run(call: Call, trained: Path) -> None:
    told = json.loads(call("info", trained / "dbn.h5", "--json"))
    assert told["kind"] == "dbn"
    assert told["layers"] == [16, 12, 16]
    assert told["classes"] == 3
    assert told["parameters"] == (16 * 12 + 16 + 12) + (15 * 16 + 15 + 16)
    assert (told["epochs_done"], told["state"], told["seed"]) == (20, "finished", 0)
    assert told["last_epoch"]["layer"] == 2
    assert told["written_by"] == f"dbn {dbn.__version__}"
    network = json.loads(call("info", trained / "network.h5", "--json"))
    assert (network["kind"], network["layers"]) == ("network", [16, 12, 16, 3])
    assert network["config"]["optimiser"] == "sgd"


def test_info_in_words_and_in_training(call: Call, unfinished: Path) -> None:
    told = call("info", unfinished).splitlines()
    for line in ("kind: dbn", "layers: [16, 6, 8, 9]", "epochs done: 3", "state: in training", "  validation: 33"):
        assert line in told
    (second,) = (line for line in told if line.startswith("  layers 2: "))
    assert "epochs=2, learning_rate=0.05>0, " in second
    assert json.loads(call("info", unfinished, "--json"))["state"] == "in training"


def test_samples_are_decided_by_the_seed(call: Call, trained: Path, tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        output = tmp_path / f"{name}.png"
        told = call("sample", trained / "dbn.h5", "--steps", 5, "--seed", seed, "--output", output)
        assert told == f"{output}: 30 samples after 5 Gibbs steps\n"
    one, again, other = ((tmp_path / f"{name}.png").read_bytes() for name in ("one", "again", "other"))
    assert one == again != other


@pytest.mark.parametrize(
    ("name", "options", "rows", "columns"),
    [
        ("dbn.h5", [], 3, 10),
        ("dbn.h5", ["--per-label", 4], 3, 4),
        ("dbn.h5", ["--label", 2, "--label", 0], 2, 10),
        ("dbn.h5", ["--free"], 1, 10),
        ("plain.h5", ["--per-label", 2], 1, 2),
    ],
)
def test_a_label_has_a_row(
    call: Call, trained: Path, tmp_path: Path, name: str, options: list[Any], rows: int, columns: int
) -> None:
    picture, film = tmp_path / "samples.png", tmp_path / "chains.gif"
    command = ("sample", trained / name, *options, "--steps", 6, "--scale", 3)
    told = call(*command, "--output", picture, "--gif", film, "--every", 2)
    assert told == f"{picture}: {rows * columns} samples after 6 Gibbs steps\n{film}: 3 frames\n"
    with Image.open(picture) as image:
        assert image.size == (3 * (6 * columns - 2), 3 * (6 * rows - 2))
        pixels = np.asarray(image)[::3, ::3]
    with Image.open(film) as frames:
        assert frames.n_frames == 3
        frames.seek(2)
        np.testing.assert_array_equal(np.asarray(frames.convert("L"))[::3, ::3], pixels)
        assert frames.size == (3 * (6 * columns - 2), 3 * (6 * rows - 2))
    call(*command, "--output", tmp_path / "alone.png")
    assert (tmp_path / "alone.png").read_bytes() == picture.read_bytes()


def test_clamped_labels_are_what_is_sampled(call: Call, trained: Path, tmp_path: Path) -> None:
    output, net = tmp_path / "samples.png", load_dbn(trained / "dbn.h5")
    call("sample", trained / "dbn.h5", "--steps", 50, "--per-label", 20, "--scale", 1, "--output", output)
    with Image.open(output) as image:
        pixels = np.pad(255 - np.asarray(image), ((0, 2), (0, 2)))
    images = pixels.reshape(3, 6, 20, 6).swapaxes(1, 2)[:, :, :4, :4].reshape(60, 16)
    guesses = net.predict(images.astype(np.float32) / 255)
    assert (guesses == np.repeat([0, 1, 2], 20)).mean() > 0.8


def images_of(path: Path, rows: int, columns: int) -> np.ndarray:
    """The ink of the 4 x 4 images of a mosaic at scale 1: (rows, columns, 16)."""
    with Image.open(path) as picture:
        pixels = np.pad(255 - np.asarray(picture.convert("L")), ((0, 2), (0, 2)))
    return pixels.reshape(rows, 6, columns, 6).swapaxes(1, 2)[:, :, :4, :4].reshape(rows, columns, 16)


def shades(frames: list[np.ndarray]) -> np.ndarray:
    """Frames (n_frames, n_chains, pixels) as the bytes of a picture with a chain a row."""
    return np.rint(255 * np.stack(frames).swapaxes(0, 1).astype(float)).astype(np.uint8)


def test_one_chain_a_label_puts_the_labels_side_by_side(call: Call, trained: Path, tmp_path: Path) -> None:
    picture, film = tmp_path / "labels.png", tmp_path / "labels.gif"
    command = ("sample", trained / "dbn.h5", "--per-label", 1, "--steps", 20, "--scale", 1)
    call(*command, "--output", picture, "--gif", film)
    for path in (picture, film):
        with Image.open(path) as image:
            assert image.size == (3 * 6 - 2, 4)
    net = load_dbn(trained / "dbn.h5")
    frames = list(chain(net, 3, 20, Rng(0, "sample"), labels=np.arange(3), every=20))
    np.testing.assert_array_equal(images_of(picture, 1, 3), shades(frames).swapaxes(0, 1))


@pytest.mark.parametrize(
    ("words", "options", "labels"),
    [
        (["--every", 3], {"every": 3}, [0, 1, 2]),
        (["--every", 4, "--burn-in", 0], {"every": 4, "burn_in": 0}, [0, 1, 2]),
        (
            ["--every", 5, "--burn-in", 2, "--start", "random-top"],
            {"every": 5, "burn_in": 2, "start": "random-top"},
            [0, 1, 2],
        ),
        (["--every", 6, "--label", 2, "--per-label", 2], {"every": 6}, [2, 2]),
        (["--every", 2, "--label", 0, "--switch", "1@4", "--switch", "2@8"], {"every": 2}, {0: 0, 4: 1, 8: 2}),
    ],
)
def test_through_time_a_chain_is_a_row(
    call: Call, trained: Path, tmp_path: Path, words: list[Any], options: dict[str, Any], labels: Any
) -> None:
    output, net = tmp_path / "time.png", load_dbn(trained / "dbn.h5")
    told = call("sample", trained / "dbn.h5", "--through-time", "--steps", 12, *words, "--scale", 1, "--output", output)
    clamped = switching(np.array([0]), labels) if isinstance(labels, dict) else np.array(labels)
    n = 1 if isinstance(labels, dict) else len(labels)
    expected = shades(list(chain(net, n, 12, Rng(0, "sample"), labels=clamped, **options)))
    np.testing.assert_array_equal(images_of(output, *expected.shape[:2]), expected)
    rows = f"{n} chain" + ("s" if n > 1 else "")
    assert told == f"{output}: {rows} of {expected.shape[1]} images over 12 Gibbs steps\n"


def test_completions_are_drawn_under_the_images(call: Call, refused: Call, trained: Path, tmp_path: Path) -> None:
    def run(name: str, *words: Any) -> bytes:
        command = ("complete", trained / "dbn.h5", "--images", 4, "--completions", 2, "--rounds", 3, *words)
        told = call(*command, "--output", tmp_path / name)
        assert told == f"{tmp_path}/{name}: 2 completions of 4 images after 3 rounds\n"
        return (tmp_path / name).read_bytes()

    plain = run("a.png")
    assert run("b.png") == plain
    assert len({plain, run("c.png", "--clamp"), run("d.png", "--hide", "left"), run("e.png", "--seed", 1)}) == 4
    said = refused("complete", trained / "dbn.h5", "--output", tmp_path / "a.png")
    assert said == f"{tmp_path}/a.png is already there; use --overwrite to replace it, or another name"
    said = refused("complete", trained / "dbn.h5", "--output", tmp_path / "a.gif")
    assert said == f"--output writes a .png file, and {tmp_path}/a.gif is named otherwise; change its ending"
    new = tmp_path / "new.png"
    assert "network" in refused("complete", trained / "network.h5", "--output", new)
    assert "16 pixels" in refused("complete", trained / "dbn.h5", "--dataset", "mnist-5k", "--output", new)
    said = refused("complete", trained / "plain.h5", "--clamp", "--output", new)
    assert said == f"the net in {trained / 'plain.h5'} was trained without labels; leave --clamp out"
    assert not new.exists()


def test_ravines_tell_the_free_energies_that_they_draw(
    call: Call, refused: Call, tiny: Path, trained: Path, tmp_path: Path
) -> None:
    net, test = load_dbn(trained / "dbn.h5"), load(str(tiny)).test
    energies = along_chains(net, 2, 20, Rng(3, "ravines"), labels=np.array([1, 0]))[-1]
    first = [int(np.flatnonzero(test.labels == label)[0]) for label in (1, 0)]
    line = along_lines(net, *(test.images[[row]] / 255 for row in first)).min(axis=-1)
    picture = tmp_path / "ravines.png"
    words = ("ravines", trained / "dbn.h5", "--steps", 20, "--seed", 3, "--output", picture)
    assert call(*words, "--between", 1, 0) == (
        f"{picture}: free energy in nats after 20 Gibbs steps {energies[0]:.1f} with label 1, {energies[1]:.1f} with "
        f"label 0; the ridge between two test images is {ridges(line)[0]:.1f} nats high\n"
    )
    before = picture.read_bytes()
    assert "with label 1; " in call(*words, "--between", 1, 1, "--overwrite")
    assert picture.read_bytes() != before
    new = ("--output", tmp_path / "new.png")
    for stranger in (3, -1):
        assert refused("ravines", trained / "dbn.h5", "--between", 0, stranger, *new) == (
            f"the net in {trained / 'dbn.h5'} knows the labels 0 to 2; choose those of --between among them"
        )
    zeros = tmp_path / "zeros.npz"
    np.savez(zeros, images=np.zeros((12, 16), np.uint8), labels=np.zeros(12, int))
    assert refused("ravines", trained / "dbn.h5", "--between", 0, 1, "--dataset", zeros, *new) == (
        "there are too few test images of label 1; choose other digits for --between"
    )
    assert "was trained without labels" in refused("ravines", trained / "plain.h5", *new)
    assert refused(*words).endswith("use --overwrite to replace it, or another name")


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("dbn.h5", ["--label", 3], "the net in {} knows the labels 0 to 2; choose --label among them"),
        ("dbn.h5", ["--label", -1], "the net in {} knows the labels 0 to 2; choose --label among them"),
        ("plain.h5", ["--label", 0], "the net in {} was trained without labels; leave --label out"),
        ("dbn.h5", ["--free", "--label", 0], "--free clamps no label and --label clamps one; give one of them"),
        (
            "dbn.h5",
            ["--gif", "x.gif", "--steps", 5],
            "--steps 5 is no multiple of --every 10, the steps between images; change one of them",
        ),
        (
            "dbn.h5",
            ["--burn-in", 0],
            "--every and --burn-in are of --through-time and --gif; give one of these, or neither of those",
        ),
        (
            "dbn.h5",
            ["--through-time", "--steps", 30, "--burn-in", 5],
            "--steps 30 less --burn-in 5 is no multiple of --every 10, the steps between images; change one of them",
        ),
        (
            "dbn.h5",
            ["--through-time", "--steps", 10, "--burn-in", 20],
            "--burn-in 20 leaves nothing of --steps 10 to show; change one of them",
        ),
        (
            "dbn.h5",
            ["--switch", "3@5"],
            "--switch takes LABEL@STEP, a label from 0 to 2 and a step from 1 to 999, not '3@5'",
        ),
        (
            "dbn.h5",
            ["--switch", "2@1000"],
            "--switch takes LABEL@STEP, a label from 0 to 2 and a step from 1 to 999, not '2@1000'",
        ),
        (
            "dbn.h5",
            ["--switch", "2@" + 5000 * "9"],
            "--switch takes LABEL@STEP, a label from 0 to 2 and a step from 1 to 999, not '2@" + 37 * "9",
        ),
        (
            "dbn.h5",
            ["--switch", "2@5", "--switch", "1@5"],
            "two labels cannot be switched to at step 5; give one --switch for it",
        ),
        (
            "dbn.h5",
            ["--switch", "2"],
            "--switch takes LABEL@STEP, a label from 0 to 2 and a step from 1 to 999, not '2'",
        ),
        (
            "dbn.h5",
            ["--free", "--switch", "2@5"],
            "--switch changes the label that is clamped, and none is; leave it out, or clamp one",
        ),
        (
            "dbn.h5",
            ["--gif", "x.gif", "--per-label", 30_000, "--steps", 10**9, "--every", 10**9],
            "90000 chains, 30000 in a row, do not fit into a GIF; show fewer",
        ),
        ("dbn.h5", ["--gif", "x.png"], "--gif writes a .gif file, and x.png is named otherwise; change its ending"),
    ],
)
def test_samples_that_there_cannot_be(
    refused: Call,
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    options: Any,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused("sample", trained / name, *options) == sentence.format(trained / name)
    assert list(tmp_path.iterdir()) == []


def test_plot_draws_what_applies(call: Call, unfinished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    told = call("plot", unfinished, "--output", folder)
    names = {
        *("learning-curves", "receptive-fields-1", "receptive-fields-2", "receptive-fields-3", "weights"),
        *("hidden-activity", "reconstructions", "samples", "chains", "confusion", "errors", "updates"),
    }
    assert {Path(line).stem for line in told.splitlines()} == names
    assert {path.name for path in folder.iterdir()} == {f"{name}.png" for name in names}
    for path in folder.iterdir():
        with Image.open(path) as image:
            assert min(image.size) > 100
    assert checkpoint.load(unfinished, with_training=True).training


def test_data_sets_are_listed_and_described(
    call: Call, refused: Call, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBN_DATA", str(tmp_path))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path)
    rows = {line.split()[0]: line for line in call("data", "list").splitlines()}
    assert list(rows) == ["mnist-5k", "mnist", "fashion-mnist", "kmnist", "digits"]
    assert "4,000 + 1,000 of 28×28" in rows["mnist-5k"]
    assert rows["kmnist"].endswith("not here")
    told = call("data", "info", tiny).splitlines()
    assert told[0] == "tiny: your own"
    assert "  images: 4×4 pixels, uint8, 0 to 255" in told
    assert "  training images: 201 (67, 67, 67 of class 0, 1, …)" in told
    assert told[-1] == f"  sha256: {load(tiny).sha256}"
    said = refused("data", "info", "kmnist")
    assert said.startswith("kmnist is not on this machine; run `dbn data fetch kmnist`, or put its four files into one")


def test_fetching_without_a_network_says_so(refused: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    def offline(*args: object, **kwargs: object) -> None:
        raise requests.ConnectionError("no route to host")

    monkeypatch.setattr(requests, "get", offline)
    said = refused("data", "fetch", "mnist", "--data-dir", tmp_path)
    assert "mnist" in said
    assert "https://" in said
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert refused("data", "fetch", "mnits").startswith("no data set 'mnits'; did you mean mnist")
    assert refused("data", "fetch", "mnist-5k") == "mnist-5k is not fetched: it comes with dbn; load it by its name"


def test_a_net_in_training_is_called_so(refused: Call, unfinished: Path, tmp_path: Path) -> None:
    for command in (["evaluate"], ["sample", "--steps", "1", "--output", str(tmp_path / "samples.png")]):
        done = subprocess.run(
            [sys.executable, "-m", "dbn", command[0], str(unfinished), *command[1:]],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr.startswith(f"note: {unfinished} is still in training")
    said = refused("finetune", unfinished, "--output", tmp_path / "network.h5")
    assert said.endswith("is still being trained; finish that with --resume first")
