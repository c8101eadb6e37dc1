"""The protocol and the table, on a net of a few units and images of bars."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toys import bars, leaves

from dbn.comparison import hinton2006
from dbn.comparison import protocol as module
from dbn.comparison.guesses import Guesses
from dbn.comparison.hinton2006 import Study, table
from dbn.comparison.mind import Dreams
from dbn.comparison.protocol import STAGES, Protocol, train_generative
from dbn.comparison.results import Row, Summary
from dbn.comparison.rivals import NeighbourRival, NetworkRival
from dbn.comparison.significance import McNemar
from dbn.comparison.table1 import guesses_of_generative, guesses_of_rivals
from dbn.data import Dataset
from dbn.discriminative.backprop import BackpropConfig
from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.rbm import RBM
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.models import load_model
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint
from dbn.training.state import digest

LAYER = CDConfig(epochs=2)
UPDOWN = UpDownConfig(epochs=2, k="1", batch_size=10, averaging=0.5)
PROTOCOL = Protocol(
    greedy=GreedyConfig(hidden=(6, 5), layers=(LAYER, LAYER), batch_size=10, balanced=True),
    updown=UPDOWN,
    all_images=replace(UPDOWN, epochs=3),
    final=replace(UPDOWN, epochs=1),
    held_out=20,
    per_class=30,
)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return Dataset.of("bars", bars(120, seed=0), bars(40, seed=1), (3, 3), 2)


@pytest.fixture(scope="module")
def done(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Checkpoint]:
    return train_generative(data, PROTOCOL, 1, tmp_path_factory.mktemp("protocol"))


def test_each_stage_goes_on_from_the_one_before(done: dict[str, Checkpoint]) -> None:
    assert tuple(done) == STAGES
    assert [len(done[stage].history) for stage in STAGES] == [4, 2, 3, 1]
    nets = [DBN.from_tree(done[stage].model) for stage in STAGES]
    assert [done[stage].config["start"] for stage in STAGES[1:]] == [digest(net) for net in nets[:-1]]
    assert [type(net.layers[0]) for net in nets] == [RBM, Directed, Directed, Directed]
    assert "validation_error_percent" in done["up-down"].history[-1]
    assert "validation_error_percent" not in done["generative"].history[-1]
    assert [done[stage].dataset["validation"] for stage in STAGES] == [20, 20, 0, 0]


def test_the_first_stages_learn_from_the_first_of_each_class_alone(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        module,
        "UpDown",
        lambda config, net, train, *rest, **more: seen.append(train) or UpDown(config, net, train, *rest, **more),
    )
    train_generative(data, PROTOCOL, 0, tmp_path)
    few, all_of_them, again = seen
    assert again is all_of_them
    assert np.bincount(few.labels).tolist() == [30, 30]
    rows = np.sort(np.concatenate([np.flatnonzero(data.train.labels[:100] == k)[:30] for k in (0, 1)]))
    np.testing.assert_array_equal(few.images, data.train.images[rows])
    assert len(all_of_them) == 120


def test_an_interrupted_protocol_goes_on_and_ends_the_same(
    data: Dataset, done: dict[str, Checkpoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> UpDown:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "UpDown", broken)
        with pytest.raises(KeyboardInterrupt):
            train_generative(data, PROTOCOL, 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["greedy.h5"]
    before = checkpoint.load(tmp_path / "greedy.h5").created
    again = train_generative(data, PROTOCOL, 1, tmp_path)
    assert again["greedy"].created == before
    assert leaves(again["generative"].model) == leaves(done["generative"].model)
    with pytest.raises(DbnError, match="was begun with config: epochs"):
        train_generative(data, replace(PROTOCOL, final=UPDOWN), 1, tmp_path)


def test_the_protocol_learns_on_another_device_too(data: Dataset, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    brief = replace(PROTOCOL, updown=replace(UPDOWN, epochs=1), all_images=replace(UPDOWN, epochs=1))
    there = train_generative(data, brief, 1, tmp_path / "torch", device="torch")
    here = train_generative(data, brief, 1, tmp_path / "cpu")
    assert [len(done.history) for done in there.values()] == [len(done.history) for done in here.values()]
    W, other = (DBN.from_tree(done["generative"].model).top.W for done in (there, here))
    assert W.shape == other.shape
    assert not np.array_equal(W, other)  # the streams of PyTorch are others
    assert np.isfinite(W).all()


def test_guesses_are_those_of_the_models(data: Dataset, done: dict[str, Checkpoint], tmp_path: Path) -> None:
    found = guesses_of_generative(data, done, 1, tmp_path)
    assert [guess.model for guess in found] == [f"generative-{stage}" for stage in STAGES[:3]] + ["generative"]
    for guess, stage in zip(found, STAGES, strict=True):
        net = DBN.from_tree(done[stage].model)
        np.testing.assert_array_equal(guess.labels, net.predict(data.test.images.astype(np.float32) / 255))
        assert (guess.epochs, guess.seed) == (len(done[stage].history), 1)
    other = {**done, "greedy": done["generative"]}
    with pytest.raises(DbnError, match="other settings or data"):
        guesses_of_generative(data, other, 1, tmp_path)


def test_the_published_guesses_are_those_of_the_published_net() -> None:
    """A net's digest stays what it was, so that older runs and guesses are known again."""
    folder = Path(__file__).parents[2] / "results" / "hinton2006"
    guesses = json.loads((folder / "guesses" / "generative-seed0.json").read_text(encoding="utf-8"))
    assert guesses["origin"]["model"] == digest(load_model(folder / "generative.h5"))


def test_the_published_table_has_what_the_summary_says() -> None:
    folder = Path(__file__).parents[2] / "results" / "hinton2006"
    told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    rows = [
        Row(
            row["model"],
            row["test_error_percent"],
            tuple(row["interval_percent"]),
            row["seed"],
            row["epochs"],
            row["seconds"],
            row.get("published_percent"),
        )
        for row in told["rows"]
    ]
    pairs = [McNemar(**pair) for pair in told["pairs"]]
    summary = Summary(
        "hinton2006", told["command"], {}, {}, "test", rows, pairs=pairs, config={}, measured=told["measured"]
    )
    text = (folder / "table.md").read_text(encoding="utf-8")
    assert text == f"# hinton2006\n\n`{told['command']}`\n\n{table(summary)}\n"
    for figure in ("5 seeds, is 1.144 %", "least free energy 1.10", "97.9 %", "97.7 %"):
        assert figure in text


def test_mcnemars_tests_of_the_table_are_of_the_first_seed(data: Dataset) -> None:
    truth = data.test.labels
    wrong = {"first": 1, "second": 4, "nearest": 9}
    first, second, nearest = (
        Guesses(
            "nearest" if name == "nearest" else "generative",
            [int(label) ^ (at < n) for at, label in enumerate(truth)],
            seed=int(name == "second"),
            epochs=1,
            seconds=1.0,
            origin={},
        )
        for name, n in wrong.items()
    )
    study = Study(PROTOCOL, (NeighbourRival("nearest", 3.1, power=2, k=1, n_train=120),), (0, 1), Dreams())
    summary = hinton2006._summary(data, study, [first, second, nearest], "python")
    (pair,) = summary.pairs
    assert (pair.only_first_wrong, pair.only_second_wrong) == (0, 8)
    assert summary.measured["generative_mean_percent"] == pytest.approx(100 * 2.5 / 40)
    assert summary.measured["p_values_of_seeds"]["nearest"] == pytest.approx([2 / 2**8, 2 / 2**5])


def test_rivals_learn_from_all_training_images_and_are_asked_once(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivals = (
        NeighbourRival("nearest", 3.1, power=2, k=1, n_train=120),
        NetworkRival("net", 1.5, hidden=(4,), config=BackpropConfig(epochs=2, batch_size=10), held_out=20, patience=5),
    )
    said: list[str] = []
    found = guesses_of_rivals(data, rivals, 1, tmp_path, tmp_path / "runs", say=said.append)
    assert said == ["nearest", "net"]
    assert [guess.epochs for guess in found] == [0, 2]
    expected = data.train.labels[
        ((data.test.images[:, None].astype(float) - data.train.images[None]) ** 2).sum(axis=2).argmin(axis=1)
    ]
    np.testing.assert_array_equal(found[0].labels, expected)
    monkeypatch.setattr(NeighbourRival, "predict", None)
    monkeypatch.setattr(NetworkRival, "learner", None)
    again = guesses_of_rivals(data, rivals, 1, tmp_path, tmp_path / "other-runs")
    assert [guess.labels for guess in again] == [guess.labels for guess in found]
    corrected = [replace(rival, published_percent=9.9) for rival in rivals]
    assert len(guesses_of_rivals(data, corrected, 1, tmp_path, tmp_path / "other-runs")) == 2
    assert len(guesses_of_rivals(data, rivals[:1], 2, tmp_path, tmp_path / "other-runs")) == 1  # draws nothing
    with pytest.raises(DbnError, match=r"net\.json was made with other settings"):
        guesses_of_rivals(data, rivals, 2, tmp_path, tmp_path / "other-runs")
