"""Bad input: one sentence with the remedy, exit status not 0, and nothing lost."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from toys import machine

from dbn.data.idx import write_idx
from dbn.discriminative.activations import HIDDEN
from dbn.discriminative.network import Network
from dbn.generative.dbn import DBN
from dbn.ops.numpy import Rng
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint

Refused = Callable[..., str]


def save(path: Path, images: Any, labels: Any) -> Path:
    np.savez(path, images=images, labels=labels)
    return path


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--dataset mnits", "no data set 'mnits'; did you mean mnist"),
        ("--dataset letters.npz", "there is no file letters.npz; check the path"),
        ("--hidden 5,x", "--hidden takes whole numbers from 1, not 'x'"),
        ("--hidden 5,0", "--hidden takes whole numbers from 1, not '0'"),
        ("--hidden=", "--hidden takes whole numbers from 1, not ''"),
        (
            "--hidden 5 --epochs 1.5",
            "--epochs takes whole numbers, with slashes between those of the layers, not '1.5'",
        ),
        ("--hidden 5,5 --k 1/1/5", "--k 1/1/5 has 3 values for 2 layers; give one, one for each layer, or two: for"),
        ("--hidden 5 --epochs 1/2", "--epochs 1/2 has 2 values for 1 layer; give one, one for each layer, or two: for"),
        ("--hidden 5,5 --epochs 0", "layer 1 has 0 epochs, and would stay random; give it epochs, or start from a net"),
        ("--hidden 5,5 --epochs -1", "epochs must be a whole number from 0 to 1,000,000, not -1"),
        (
            "--hidden 5 --epochs 2 --generative 1,0@1",
            "the generative and the discriminative weight are both 0 in epoch 2, in which nothing would be learned",
        ),
        ("--hidden 5 --discriminative 1e3", "discriminative weight must lie between 0 and 100, and the schedule '1e3'"),
        (
            "--hidden 5 --no-labels --discriminative 1",
            "a machine without label units cannot learn to classify (discriminative '1'); give it label units, or",
        ),
        ("--start none.h5", "there is no checkpoint none.h5; check the name"),
        ("--learning-rate fast", "cannot read the schedule 'fast'; write for example 0.1, "),
        ("--momentum 0.5,0.9", "cannot read the schedule '0.5,0.9'; write for example 0.1, "),
        ("--weight-decay -1", "cannot read the schedule '-1'; write for example 0.1, "),
        (
            "--sparsity-target 2 --sparsity-cost 1",
            "the sparsity target must lie between 0 and 1, its cost must not be negative",
        ),
        ("--validation 201", "201 of 201 training images of tiny cannot be held out; choose 1 to 200"),
        ("--persistent yes", "cannot read the schedule 'yes'; write for example 0.1, "),
        (
            "--persistent 0.4",
            "persistent is 0 (CD) or 1 (PCD) in every epoch, and the schedule '0.4' is something between; ",
        ),
        ("--momentum 1", "momentum must lie between 0 and 0.9999, and the schedule '1' does not"),
        ("--centering 2", "offsets move by a share from 0 (no centering) to 1, not 2.0"),
        ("--temperatures 2 --persistent 0", "chains at other temperatures swap states with persistent ones"),
        ("--temperatures 2 --epochs 3 --persistent 0,1@3", "chains at other temperatures swap states with persistent"),
        ("--temperatures 2 --generative 0 --discriminative 1", "chains at other temperatures swap states with"),
        ("--fast-rate 0.1 --generative 0 --discriminative 1", "fast weights make persistent chains move"),
        ("--fast-rate 0.1 --persistent 0", "fast weights make persistent chains move, and tempering is another way to"),
        ("--sparsity-cost inf", "the sparsity cost must be finite, and inf is not"),
        ("--seed -1", "Invalid value for '--seed': -1 is not in the range 0<=x<=4294967295."),
        ("--intensity grey", "Invalid value for '--intensity': 'grey' is not one of 'real', 'sampled', 'threshold'."),
        ("--resume --overwrite", "--resume goes on with what is there and --overwrite replaces it; give one of them"),
        ("--hidden 9999999999", "--hidden takes whole numbers from 1, of 9 digits at most, not '9999999999'"),
        ("--sparsity-target 0.3", "--sparsity-target acts by a --sparsity-cost above 0"),
        ("--hidden 5 --sample-hidden", "no layer lies above the first, to learn from its states"),
        ("--hidden 5 --hidden-units rectified", "hidden units beside label units are binary"),
        ("--hidden 5 --generative 0 --discriminative 1 --k 3", "--k is of contrastive divergence, and with"),
        ("--hidden 5 --generative 0 --discriminative 1 --sample-visible", "--sample-visible is of contrastive"),
    ],
)
def test_bad_options(
    refused: Refused,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: str,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused("pretrain", "--dataset", tiny, *options.split()).startswith(sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("scale", "shift", "labels", "sentence"),
    [
        (np.nan, 0, np.arange(12) % 2, "some pixels are NaN (not a number); repair or leave out those images"),
        (
            255,
            0,
            np.arange(12) % 2,
            "pixels reach 255, and floating-point pixels go from 0 to 1; divide by the value of white",
        ),
        (1, -1, np.arange(12) % 2, "pixels go down to -1; rescale them to go from 0 to 1"),
        (
            1,
            0,
            np.arange(12) * 2,
            "the labels are 0, 2, 4, 6, 8, …, and classes are numbered 0, 1, 2, … without gaps; ",
        ),
        (1, 0, np.arange(11), "12 images with labels of the shape (11,); give one label an image"),
        (1, 0, np.arange(12) / 2, "labels are not all whole numbers; number the classes 0, 1, 2, …"),
    ],
)
@pytest.mark.parametrize("command", ["pretrain", "baseline", "compare"])
def test_bad_data(
    refused: Refused, tmp_path: Path, command: str, scale: float, shift: float, labels: Any, sentence: str
) -> None:
    path = save(tmp_path / "bad.npz", np.tile([[0.0, 1.0]], (12, 2)) * scale + shift, labels)
    assert refused(command, "--dataset", path, "--output", tmp_path / "out").startswith(f"{path}: {sentence}")
    assert list(tmp_path.iterdir()) == [path]


COMMANDS = [
    ("info",),
    ("evaluate",),
    ("plot", "--output", "figures"),
    ("sample", "--output", "samples.png"),
    ("finetune", "--output", "network.h5"),
    ("updown", "--output", "updown.h5"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_files_that_are_no_checkpoints(
    refused: Refused, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.h5").write_text("hello")
    Path("empty.h5").write_bytes(b"")
    Path("half.h5").write_bytes((trained / "dbn.h5").read_bytes()[:5000])
    with h5py.File("other.h5", "w") as file:
        file["x"] = 1
    with monkeypatch.context() as future:
        future.setattr(checkpoint, "VERSION", 99)
        checkpoint.save(Path("newer.h5"), checkpoint.load(trained / "dbn.h5"))
    shutil.copy(trained / "dbn.h5", "flipped.h5")
    with Path("flipped.h5").open("r+b") as raw:
        content = raw.read()
        with h5py.File(trained / "dbn.h5") as file:
            weights = file["model/layers/0/W"][()].tobytes()
        at = content.index(weights) + 8
        raw.seek(at)
        raw.write(bytes([content[at] ^ 1]))
    before = sorted(tmp_path.iterdir())
    name, *options = command
    for path in ("text.h5", "empty.h5", "half.h5", "flipped.h5"):
        said = refused(name, path, *options)
        assert said.startswith(f"{path} is damaged")
        assert said.endswith("; restore it from a copy or train it anew")
    assert refused(name, "none.h5", *options).startswith("there is no checkpoint none.h5; check the name")
    assert refused(name, "other.h5", *options).endswith("restore it from a copy or train it anew")
    assert "has checkpoint version 99, newer than the 4 that dbn" in refused(name, "newer.h5", *options)
    assert refused(name, ".", *options) == "Invalid value for 'FILE': File '.' is a directory."
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "command", [("finetune", "--output", "x.h5"), ("updown", "--output", "x.h5"), ("sample", "--output", "x.png")]
)
def test_a_network_is_no_deep_belief_net(refused: Refused, trained: Path, command: tuple[str, ...]) -> None:
    path = trained / "network.h5"
    sentence = f"{path} holds a network, not a dbn; give the right file, see `dbn info {path}`"
    assert refused(command[0], path, *command[1:]) == sentence


def test_data_that_the_model_was_not_made_for(refused: Refused, trained: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    small = save(tmp_path / "small.npz", rng.random((60, 9)), np.arange(60) % 3)
    five = save(tmp_path / "five.npz", rng.random((60, 16)), np.arange(60) % 5)
    for name in ("dbn.h5", "network.h5"):
        for command in (("evaluate",), ("plot", "--output", tmp_path / "figures")):
            said = refused(command[0], trained / name, *command[1:], "--dataset", small)
            assert said == "the model takes 16 pixels, these images have 9; use its own data set"
            said = refused(command[0], trained / name, *command[1:], "--dataset", five)
            assert said == "the model knows labels up to 2, not 4; use its own data set"
    said = refused("finetune", trained / "dbn.h5", "--dataset", small, "--output", tmp_path / "x.h5")
    assert said == "the model takes 16 pixels, these images have 9; use its own data set"
    said = refused("updown", trained / "dbn.h5", "--dataset", small, "--output", tmp_path / "x.h5")
    assert said == "the model takes 16 pixels, these images have 9; use its own data set"
    said = refused("updown", trained / "dbn.h5", "--dataset", five, "--output", tmp_path / "x.h5")
    assert said == "the model knows labels up to 2, not 4; use its own data set"
    assert not (tmp_path / "figures").exists()


def test_data_that_have_gone_or_changed(refused: Refused, call: Any, tmp_path: Path) -> None:
    path, net = tmp_path / "mine.npz", tmp_path / "net.h5"
    save(path, np.random.default_rng(0).random((60, 4)), np.arange(60) % 2)
    call("pretrain", "--dataset", path, "--hidden", 3, "--epochs", 1, "--output", net)
    figures = ("plot", net, "--output", tmp_path / "figures")
    finetune = ("finetune", net, "--output", tmp_path / "network.h5")
    save(path, np.random.default_rng(1).random((60, 4)), np.arange(60) % 2)
    for command in (("evaluate", net), figures, finetune):
        said = refused(*command)
        assert said == f"{net} was trained on another version of {path}; name the data set with --dataset"
    call("evaluate", net, "--dataset", path)
    path.unlink()
    for command in (("evaluate", net), figures, finetune):
        said = refused(*command)
        assert said == f"there is no file {path}; check the path, or name the data set of {net} with --dataset"


@pytest.mark.parametrize("prefix", ["", "stream:"])
def test_the_data_that_are_learned_from_are_not_replaced(refused: Refused, tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "mine.h5"
    with h5py.File(path, "w") as file:
        rng = np.random.default_rng(0)
        file["images"], file["labels"] = rng.integers(0, 256, (60, 4), dtype=np.uint8), np.arange(60) % 2
    before = path.read_bytes()
    train = ("pretrain", "--dataset", f"{prefix}{path}", "--hidden", 3, "--epochs", 1, "--overwrite")
    for output in (("--output", path), ("--output", tmp_path / "net.h5", "--log", path)):
        assert refused(*train, *output) == f"{path} would replace the data that are learned from; give another name"
    assert path.read_bytes() == before


def test_the_labels_that_are_learned_from_are_not_replaced_either(refused: Refused, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (60, 2, 2), dtype=np.uint8)
    paths = [tmp_path / name for name in ("my-images-idx3-ubyte", "my-labels-idx1-ubyte")]
    for path, array in zip(paths, (images, (np.arange(60) % 2).astype(np.uint8)), strict=True):
        write_idx(path, array)
    before = paths[1].read_bytes()
    said = refused("pretrain", "--dataset", paths[0], "--hidden", 3, "--output", paths[1], "--overwrite")
    assert said == f"{paths[1]} would replace the data that are learned from; give another name"
    assert paths[1].read_bytes() == before


def test_a_seed_of_nothing_that_is_random(refused: Refused, trained: Path) -> None:
    said = refused("evaluate", trained / "dbn.h5", "--seed", 4)
    assert said == "--seed is of the stochastic ways of --all-methods; leave it out, or add those"


def test_a_checkpoint_that_does_not_name_its_data(refused: Refused, call: Any, trained: Path, tmp_path: Path) -> None:
    """Such as one saved from Python: whoever uses it names the data."""
    net = tmp_path / "net.h5"
    checkpoint.save(net, replace(checkpoint.load(trained / "dbn.h5"), dataset={}))
    tiny = checkpoint.load(trained / "dbn.h5").dataset["name"]
    finetune = ("finetune", net, "--epochs", 1, "--output", tmp_path / "network.h5")
    for command in (("evaluate", net), ("likelihood", net), ("plot", net, "--output", tmp_path / "figures"), finetune):
        assert refused(*command) == f"{net} does not say what it was trained on; name the data set with --dataset"
    call("evaluate", net, "--dataset", tiny)
    call(*finetune, "--dataset", tiny)


def test_nothing_is_replaced_unasked(
    refused: Refused, call: Any, tiny: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("out.h5", "out.png", "out.gif", "log.jsonl", "figures/weights.png", "study/notes.txt"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("precious")
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    net = trained / "dbn.h5"
    for command in (
        ("pretrain", "--dataset", tiny, "--output", "out.h5"),
        ("pretrain", "--dataset", tiny, "--output", "new.h5", "--log", "log.jsonl"),
        ("baseline", "--dataset", tiny, "--output", "out.h5"),
        ("finetune", net, "--output", "out.h5"),
        ("updown", net, "--output", "out.h5"),
        ("sample", net, "--output", "out.png"),
        ("sample", net, "--output", "new.png", "--gif", "out.gif"),
        ("plot", net, "--output", "figures"),
        ("compare", "--dataset", tiny, "--output", "study"),
    ):
        said = refused(*command)
        assert "already" in said
        assert "--overwrite to replace" in said
    said = refused("pretrain", "--dataset", tiny, "--output", "out.h5", "--resume")
    assert said.startswith("out.h5 is damaged")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files
    call("sample", net, "--steps", 1, "--output", "out.png", "--overwrite")
    assert Path("out.png").read_bytes().startswith(b"\x89PNG")


def test_a_net_is_not_replaced_by_what_is_made_of_it(refused: Refused, trained: Path, tmp_path: Path) -> None:
    net, other = trained / "dbn.h5", tmp_path / "another name of it.h5"
    before = net.read_bytes()
    other.hardlink_to(net)
    said = refused("finetune", net, "--output", other, "--overwrite")
    assert said == f"{other} would replace the deep belief net in {net}; give another name"
    for command in ("finetune", "updown"):
        said = refused(command, net, "--output", net, "--overwrite")
        assert said == f"{net} would replace the deep belief net in {net}; give another name"
    said = refused("sample", net, "--output", net, "--overwrite")
    assert said == f"--output writes a .png file, and {net} is named otherwise; change its ending"
    assert net.read_bytes() == before


def test_a_run_resumes_with_its_own_options_only(
    refused: Refused, call: Any, tiny: Path, trained: Path, tmp_path: Path
) -> None:
    output = tmp_path / "net.h5"
    command = ("pretrain", "--dataset", tiny, "--hidden", 4, "--epochs", 1, "--output", output)
    call(*command)
    before = output.read_bytes()
    ending = "; resume with the options it was begun with, or choose another --output"
    for option, told in (
        (("--seed", 1), "seed 0, not 1"),
        (("--batch-size", 7), "config: batch_size 20, not 7"),
        (("--validation", 7), "data set: validation 33, not 7"),
        (("--no-labels",), "config: labels True, not False"),
    ):
        assert refused(*command, *option, "--resume") == f"{output} was begun with {told}{ending}"
    said = refused("finetune", trained / "dbn.h5", "--output", output, "--resume")
    assert said == f"{output} was begun with kind 'dbn', not 'network'{ending}"
    assert output.read_bytes() == before


def test_places_that_cannot_be_written(refused: Refused, tiny: Path, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    inside = tmp_path / "file" / "out"
    remedy = ": a part of that path is no folder; choose another place"
    train = ("--dataset", tiny, "--hidden", 4, "--epochs", 1)
    for command in (
        ("pretrain", *train, "--output", f"{inside}.h5"),
        ("finetune", trained / "dbn.h5", "--epochs", 1, "--output", f"{inside}.h5"),
        ("sample", trained / "dbn.h5", "--steps", 1, "--output", f"{inside}.png"),
    ):
        said = refused(*command)
        assert said.startswith(f"cannot write {inside}.")
        assert said.endswith(remedy)
    said = refused("pretrain", *train, "--output", tmp_path / "net.h5", "--log", f"{inside}.jsonl")
    assert said.startswith(f"cannot write {inside}.jsonl: ")
    assert said.endswith(remedy)
    said = refused("pretrain", *train, "--output", tmp_path / "net", "--log", tmp_path / "net")
    assert said == f"--output and --log are both {tmp_path}/net; give two names"
    said = refused("compare", *train[:2], "--output", tmp_path / "file")
    assert said.endswith("is a file.")
    assert (tmp_path / "file").read_text() == "precious"


def test_starts_that_do_not_fit(refused: Refused, call: Any, tiny: Path, trained: Path, tmp_path: Path) -> None:
    net, plain, output = trained / "dbn.h5", trained / "plain.h5", tmp_path / "x.h5"
    call("updown", net, "--epochs", 1, "--output", tmp_path / "updown.h5")
    (tmp_path / "updown.h5").rename(tmp_path / "untied.h5")
    before = sorted(tmp_path.iterdir())
    for options, sentence in (
        ((plain, "--hidden", "12,17"), "the net to start from has layers of 16-12-16 units, the pixels first, and"),
        ((net, "--no-labels"), "layer 2 of the net to start from has 3 label units, and here it has 0; start from"),
        ((plain, "--epochs", "1/0"), "layer 2 has 0 epochs, and would stay random; give it epochs, or start from"),
        ((net, "--epochs", 0), "every layer has 0 epochs, so nothing would be learned; give one of them epochs"),
        ((tmp_path / "untied.h5",), "up-down learning has untied the layers of the net to start from; start from one"),
        ((trained / "network.h5",), f"{trained}/network.h5 holds a network, not a dbn; give the right file"),
    ):
        assert refused("pretrain", "--start", *options, "--output", output).startswith(sentence)
    said = refused("pretrain", "--start", plain, "--output", plain, "--overwrite")
    assert said == f"{plain} would replace the deep belief net in {plain}; give another name"
    assert sorted(tmp_path.iterdir()) == before
    call("pretrain", "--start", plain, "--epochs", "0/1", "--output", output)
    said = refused("pretrain", "--start", net, "--epochs", "0/1", "--output", output, "--resume")
    assert said.startswith(f"{output} was begun with config: start '")


def test_options_of_another_baseline(refused: Refused, tiny: Path, tmp_path: Path) -> None:
    command = ("baseline", "--dataset", tiny, "--output", tmp_path / "x.h5")
    bayes = "bernoulli-naive-bayes"
    ending = "; leave it out, or choose another --model"
    assert refused(*command, "--smoothing", 1) == f"--smoothing is no option of logistic-regression{ending}"
    assert refused(*command, "--model", bayes, "--penalty", 1) == f"--penalty is no option of {bayes}{ending}"
    assert refused(*command, "--model", bayes, "--rounds", 1) == f"--rounds is no option of {bayes}{ending}"
    said = refused(*command, "--model", bayes, "--smoothing", 0)
    assert said == "smoothing must lie between 1e-09 and 1e+09, unlike 0"
    said = refused(*command, "--model", bayes, "--validation", 0)
    assert said == (
        "--validation 0 leaves no images to choose the smoothing on; hold some out, or give one --smoothing"
    )
    assert refused(*command, "--model", bayes, "--validation", 201) == (
        "cannot hold out 201 of 201 images; hold out fewer"
    )
    assert refused(*command, "--model", "naive-bayes").startswith("Invalid value for '--model'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--optimiser", "cg", "--momentum", "0"), "--momentum is no option of cg; leave it out, or choose another"),
        (("--optimiser", "lbfgs", "--learning-rate", "1"), "--learning-rate is no option of lbfgs; leave it out"),
        (("--iterations", "2"), "--iterations is no option of sgd; leave it out, or choose another --optimiser"),
        (("--validation", "0", "--patience", "2"), "--patience waits for progress on validation images, and none are"),
    ],
)
def test_options_that_fine_tuning_would_not_use(
    refused: Refused, trained: Path, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    assert refused("finetune", trained / "dbn.h5", *words, "--output", tmp_path / "x.h5").startswith(sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["plain.h5", "network.h5"])
def test_ways_to_classify_that_a_model_does_not_have(refused: Refused, trained: Path, name: str) -> None:
    path = trained / name
    said = refused("evaluate", path, "--all-methods")
    assert said == f"--all-methods are those of a deep belief net with labels, and {path} has none; leave it out"


def test_a_penalty_is_chosen_on_something(refused: Refused, call: Any, tiny: Path, tmp_path: Path) -> None:
    command = ("baseline", "--dataset", tiny, "--rounds", 1, "--validation", 0, "--output", tmp_path / "x.h5")
    sentence = "--validation 0 leaves no images to choose the penalty on; hold some out, or give one --penalty"
    assert refused(*command) == sentence
    for penalty in ("inf", "nan"):
        said = refused(*command, "--penalty", penalty)
        assert said == f"an L2 penalty must lie between 0 and 1e+30, unlike {penalty}"
    call(*command, "--penalty", 0.1)


def test_validation_images_are_those_of_the_model_s_own_data(
    refused: Refused, call: Any, tiny: Path, trained: Path, tmp_path: Path
) -> None:
    net = trained / "dbn.h5"
    for split in ("validation", "train"):
        own = call("evaluate", net, "--split", split, "--json")
        assert call("evaluate", net, "--split", split, "--dataset", tiny, "--json") == own
    other = save(tmp_path / "other.npz", np.random.default_rng(0).random((60, 16)), np.arange(60) % 3)
    said = refused("evaluate", net, "--dataset", other, "--split", "validation")
    assert said == f"no validation images were held out of this data set for {net}; choose another --split"


def test_images_that_a_model_has_seen_are_named_as_such(call: Any, trained: Path, tmp_path: Path) -> None:
    model = Network.random((784, 10), Rng(0, "network")).tree()
    for name in ("mnist", "fashion-mnist"):
        path, header = tmp_path / f"{name}.h5", {"name": name, "sha256": "ab" * 32, "validation": 0}
        checkpoint.save(path, Checkpoint("network", model, {}, header, 0))
        note = f"note: {path} was trained on mnist, whose training images include all of mnist-5k\n"
        assert call("evaluate", path, "--dataset", "mnist-5k").startswith(note) == (name == "mnist")
        low = machine(("bernoulli", 784), n_hidden=3, scale=0.1, dtype=np.float32)
        checkpoint.save(path, Checkpoint("dbn", DBN((low,), (28, 28)).tree(), {}, header, 0))
        tuned = ("finetune", path, "--dataset", "mnist-5k", "--epochs", 1, "--output", tmp_path / f"{name}-tuned.h5")
        assert call(*tuned).startswith(note) == (name == "mnist")


def test_divergence_ends_with_the_remedy(refused: Refused, tiny: Path, trained: Path, tmp_path: Path) -> None:
    said = refused(
        "pretrain", "--dataset", tiny, "--weight-decay", "100", "--learning-rate", "100", "--output", tmp_path / "x.h5"
    )
    assert said.startswith("the weights exploded in epoch 1 (largest ")
    assert "lower the learning rate" in said
    said = refused(
        "finetune", trained / "dbn.h5", "--learning-rate", "100", "--momentum", "0.9999", "--output", tmp_path / "x.h5"
    )
    assert "lower the learning rate" in said


def test_a_pretrained_net_has_its_units_already(refused: Refused, trained: Path, tmp_path: Path) -> None:
    said = refused("finetune", trained / "dbn.h5", "--units", "relu", "--output", tmp_path / "x.h5")
    assert said == "a deep belief net has its units already; give --random-start for a network of relu units"
    assert not (tmp_path / "x.h5").exists()


@pytest.mark.parametrize(
    ("units", "says"),
    [
        ("gelu", f"--units takes {', '.join(HIDDEN)}, with commas between those of the layers, not 'gelu'"),
        ("relu,", f"--units takes {', '.join(HIDDEN)}, with commas between those of the layers, not ''"),
        (
            "relu,tanh,elu",
            "--units relu,tanh,elu names 3 kinds for 2 hidden layers; give one for all, or one for each layer",
        ),
    ],
)
def test_kinds_of_hidden_units_are_as_many_as_layers(
    refused: Refused, trained: Path, tmp_path: Path, units: str, says: str
) -> None:
    output = tmp_path / "x.h5"
    assert refused("finetune", trained / "dbn.h5", "--random-start", "--units", units, "--output", output) == says
    assert not output.exists()


@pytest.mark.parametrize("words", [("baseline",), ("info", "dbn.h5"), ("data", "list")])
def test_commands_that_nothing_shares_are_refused_to_several_processes(
    words: tuple[str, ...], refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    said = refused(*words)
    assert said == (
        f"several processes share the work of pretrain, updown, finetune alone; give dbn {words[0]} without torchrun"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["data", "--help"], ["data", "list"]])
def test_what_cannot_be_printed_is_told(arguments: list[str], spawn: Callable[..., subprocess.Popen[str]]) -> None:
    with Path("/dev/full").open("w") as full:
        process = spawn(*arguments, stdout=full)
    _, said = process.communicate()
    assert process.returncode == 1
    assert (
        said
        == "Error: cannot read or write: No space left on device; check the path, the permissions and the space left\n"
    )
