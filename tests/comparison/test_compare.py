"""The main study on a tiny data set, through the library."""

from __future__ import annotations

import json
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from dbn.comparison.compare import FIGURES, MODELS, CompareConfig, Comparison, check_folder, compare, preset
from dbn.comparison.report import comparison_figures
from dbn.comparison.results import write
from dbn.data import Dataset, Split
from dbn.discriminative.backprop import BackpropConfig
from dbn.discriminative.logistic import LogisticConfig
from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy_config import GreedyConfig
from dbn.models import load_model
from dbn.training import checkpoint
from dbn.training.loop import InterruptedRunError

LAYER = CDConfig(epochs=8, learning_rate="0.2")
CONFIG = CompareConfig(
    pretrain=GreedyConfig(hidden=(10, 12), layers=(LAYER, LAYER), batch_size=10),
    finetune=BackpropConfig(epochs=5, learning_rate="0.5", batch_size=10),
    logistic=LogisticConfig(penalties=(1e-3, 1e-2), held_out=30, rounds=2, iterations=10),
)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Noisy images of three patterns: too noisy to be classified without an error."""
    rng = np.random.default_rng(1)
    patterns, labels = rng.random((3, 16)) < 0.5, np.arange(240) % 3
    images = (255 * (patterns[labels] ^ (rng.random((240, 16)) < 0.25))).astype(np.uint8)
    whole = Split(images, labels)
    return Dataset.of("noisy", whole[:180], whole[180:], (4, 4), 3)


@pytest.fixture(scope="module")
def study(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Path]:
    folder = tmp_path_factory.mktemp("study")
    return compare(dataset, CONFIG, 0, folder, command="by hand"), folder


def test_rows_are_what_the_models_guess(study: tuple[Comparison, Path], dataset: Dataset) -> None:
    comparison, folder = study
    x = dataset.test.images.astype(np.float32) / 255
    assert [row.model for row in comparison.summary.rows] == list(MODELS)
    for row in comparison.summary.rows:
        guesses = load_model(folder / f"{row.model}.h5").predict(x)
        np.testing.assert_array_equal(guesses, comparison.guesses[row.model])
        wrong = int((guesses != dataset.test.labels).sum())
        assert row.error_percent == pytest.approx(100 * wrong / 60)
        assert row.interval_percent[0] < row.error_percent < row.interval_percent[1]
        assert row.epochs == len(comparison.histories[row.model])
        assert row.seconds == sum(metrics["seconds"] for metrics in comparison.histories[row.model])
        assert row.error_percent < 45  # of three classes: chance is 67
    assert [row.epochs for row in comparison.summary.rows] == [6, 16, 5, 5]


def test_every_pair_is_tested(study: tuple[Comparison, Path], dataset: Dataset) -> None:
    comparison, _ = study
    names = [(pair.first, pair.second) for pair in comparison.summary.pairs]
    assert names == [(a, b) for i, a in enumerate(MODELS) for b in MODELS[i + 1 :]]
    for pair in comparison.summary.pairs:
        first, second = (comparison.guesses[name] != dataset.test.labels for name in (pair.first, pair.second))
        assert pair.only_first_wrong == (first & ~second).sum()
        assert pair.only_second_wrong == (second & ~first).sum()


def test_the_twins_differ_in_their_start_alone(study: tuple[Comparison, Path]) -> None:
    comparison, folder = study
    tuned, twin = (checkpoint.load(folder / f"{name}.h5") for name in MODELS[2:])
    assert {name for name, value in tuned.config.items() if twin.config[name] != value} == {"model", "start"}
    assert comparison.models[MODELS[2]].sizes == comparison.models[MODELS[3]].sizes == (16, 10, 12, 3)
    assert tuned.history[0]["loss"] != twin.history[0]["loss"]


def test_summary_json_has_its_schema(study: tuple[Comparison, Path], dataset: Dataset, tmp_path: Path) -> None:
    comparison, _ = study
    write(tmp_path, comparison.summary.as_json(), comparison.summary.table())
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert list(summary) == ["study", "command", "dataset", "environment", "rows", "pairs", "config"]
    assert (summary["study"], summary["command"]) == ("compare", "by hand")
    described = {"name": "noisy", "sha256": dataset.sha256, "validation": 0}
    assert summary["dataset"] == {**described, "evaluated_on": "test"}
    row_keys = ["model", "test_error_percent", "interval_percent", "seed", "epochs", "seconds"]
    assert [list(row) for row in summary["rows"]] == [row_keys] * 4
    assert [list(pair) for pair in summary["pairs"]] == [
        ["first", "second", "only_first_wrong", "only_second_wrong", "p_value"]
    ] * 6
    assert summary["config"]["pretrain"] == json.loads(json.dumps(CONFIG.pretrain.as_json()))
    assert summary["config"]["logistic"]["chosen_penalty"] in CONFIG.logistic.penalties
    assert {"python", "dbn", "numpy", "system", "processor", "cores"} <= summary["environment"].keys()


def test_validation_leaves_the_test_images_out_of_sight(dataset: Dataset, tmp_path: Path) -> None:
    unseen = Split(np.zeros_like(dataset.test.images), np.zeros_like(dataset.test.labels))
    blind = Dataset.of("blind", dataset.train, unseen, (4, 4), 3)
    config = replace(CONFIG, logistic=replace(CONFIG.logistic, held_out=20))
    comparison = compare(blind, config, 0, tmp_path, command="", held_out=30)
    np.testing.assert_array_equal(comparison.dataset.test.images, dataset.train.images[-30:])
    assert "validation_error_percent" in comparison.summary.as_json()["rows"][0]
    assert "| model | validation error % |" in comparison.summary.table()
    described = {"name": "blind", "sha256": blind.sha256, "validation": 30}
    assert comparison.summary.dataset == {**described, "evaluated_on": "validation"}
    assert checkpoint.load(tmp_path / "dbn-generative.h5").dataset == described
    for name in MODELS:
        wrong = comparison.guesses[name] != dataset.train.labels[-30:]
        (row,) = (row for row in comparison.summary.rows if row.model == name)
        assert row.error_percent == pytest.approx(100 * wrong.mean())


def test_an_interrupted_comparison_resumes(
    study: tuple[Comparison, Path], dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dbn.discriminative.backprop import Backprop

    end_epoch = Backprop.end_epoch

    def interrupted(learner: Backprop, state: object, epoch: int) -> dict[str, float]:
        if learner.name == "finetune" and epoch == 2:
            raise InterruptedRunError("interrupted")
        return end_epoch(learner, state, epoch)

    with monkeypatch.context() as user:
        user.setattr(Backprop, "end_epoch", interrupted)
        with pytest.raises(InterruptedRunError, match="--resume to go on"):
            compare(dataset, CONFIG, 0, tmp_path, command="by hand")
    assert not (tmp_path / "network-random-start.h5").exists()
    with pytest.raises(DbnError, match="already holds results"):
        compare(dataset, CONFIG, 0, tmp_path, command="by hand")
    resumed = compare(dataset, CONFIG, 0, tmp_path, command="by hand", resume=True)
    for name in MODELS:
        np.testing.assert_array_equal(resumed.guesses[name], study[0].guesses[name])
        assert [row | {"seconds": 0} for row in resumed.histories[name]] == [
            row | {"seconds": 0} for row in study[0].histories[name]
        ]


def test_an_interrupted_replacement_does_not_resume_into_the_old_models(dataset: Dataset, tmp_path: Path) -> None:
    old = *(f"{name}.h5" for name in MODELS), "table.md", "figures/receptive-fields-3.png", "figures/errors.png"
    mine = ["figures/mine.png", "letters.h5"]
    (tmp_path / "figures").mkdir()
    for name in (*old, *mine):
        (tmp_path / name).write_bytes(b"old")

    def interrupt(said: str) -> None:
        if said == "training dbn-generative":
            raise InterruptedRunError(said)

    with pytest.raises(InterruptedRunError):
        compare(dataset, CONFIG, 0, tmp_path, command="", overwrite=True, say=interrupt)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert left == {"logistic-regression.h5", *mine}
    assert checkpoint.load(tmp_path / "logistic-regression.h5").training is None


def test_a_folder_that_is_empty_or_not_there_will_do(tmp_path: Path) -> None:
    check_folder(tmp_path, resume=False, overwrite=False)
    check_folder(tmp_path / "new", resume=False, overwrite=False)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DbnError, match="use --resume to go on with them, --overwrite to replace them"):
        check_folder(tmp_path, resume=False, overwrite=False)
    check_folder(tmp_path, resume=True, overwrite=False)
    check_folder(tmp_path, resume=False, overwrite=True)


def test_a_classifier_without_an_error_needs_no_picture_of_errors(
    study: tuple[Comparison, Path], dataset: Dataset
) -> None:
    comparison, _ = study
    whole = comparison_figures(comparison)
    assert "errors" in whole
    assert [name for name in whole if not any(fnmatch(name, known) for known in FIGURES)] == []
    perfect = dict.fromkeys(MODELS, dataset.test.labels)
    drawn = comparison_figures(replace(comparison, guesses=perfect))
    assert "errors" not in drawn
    assert {"confusion", "fine-tuning", "error-bars", "samples"} <= drawn.keys()


@pytest.mark.parametrize("n_train", [4000, 60_000])
def test_the_preset_is_the_published_net(n_train: int) -> None:
    config = preset(n_train)
    assert config.pretrain.hidden == (500, 500, 2000)
    assert config.pretrain.labels
    assert config.logistic.held_out == n_train // 6
    assert config.pretrain.intensity == config.logistic.intensity


@pytest.mark.parametrize(("n_train", "epochs"), [(19_999, 20), (4000, 20), (1000, 80), (400, 200), (10, 200)])
def test_small_sets_are_passed_over_more_often(n_train: int, epochs: int) -> None:
    config = preset(n_train)
    assert [layer.epochs for layer in config.pretrain.layers] == [epochs] * 3
    assert config.finetune.epochs == epochs


@pytest.mark.parametrize(
    ("n_train", "epochs", "switch"), [(60_000, 50, 35), (60_000, 10, 7), (4000, 40, 6), (4000, 2, 1)]
)
def test_persistent_chains_come_in_whatever_the_epochs(n_train: int, epochs: int, switch: int) -> None:
    top = preset(n_train, 3, epochs).pretrain.layers[-1]
    assert (top.epochs, top.persistent) == (epochs, f"0,1@{switch}")
    assert top.momentum == (f"0.5,0.9@5,0.5@{switch}" if switch > 5 else "0.5")
