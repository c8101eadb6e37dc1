"""The study on images of bars: what its cells hold, that it resumes, and that it does not matter who does the work."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import bars

from dbn.comparison import cells, contenders
from dbn.comparison import study as module
from dbn.comparison.cells import Cell, Outcome
from dbn.comparison.contenders import (
    DBNFamily,
    Family,
    LogisticFamily,
    NaiveBayesFamily,
    RandomFamily,
    RBMFamily,
    SpreadingFamily,
    Task,
    passes,
)
from dbn.comparison.study import Job, Study, do, labelled, run
from dbn.data import Dataset
from dbn.discriminative.backprop import BackpropConfig
from dbn.errors import DbnError
from dbn.generative import naive_bayes
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.updown import UpDownConfig
from dbn.training import checkpoint
from dbn.training.loop import InterruptedRunError

RULE = CDConfig(epochs=2)
GREEDY = GreedyConfig(hidden=(6, 5), layers=(RULE, RULE), batch_size=10)
UPDOWN = UpDownConfig(epochs=2, k="1", batch_size=10)
BACKPROP = BackpropConfig(epochs=2, batch_size=10)
FAMILIES: tuple[Family, ...] = (
    NaiveBayesFamily(),
    LogisticFamily(),
    RBMFamily(("discriminative-rbm",), 6, replace(RULE, generative="0", discriminative="1"), 20, 10),
    RBMFamily(("joint-rbm-pretrained",), 6, RULE, 20, 10, pretrained=True),
    DBNFamily(("up-down", "backprop"), GREEDY, UPDOWN, BACKPROP, 20),
    DBNFamily(
        ("up-down-pretrained", "backprop-pretrained"),
        replace(GREEDY, layers=(replace(RULE, epochs=0), RULE)),
        UPDOWN,
        BACKPROP,
        20,
        pretrained=True,
    ),
    RandomFamily((6, 5), BACKPROP, 20),
    SpreadingFamily(neighbours=5),
)
STUDY = Study(FAMILIES, replace(GREEDY, labels=False), (4, 20), seeds=2)
NAMES = {name for family in FAMILIES for name in family.names}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return Dataset.of("bars", bars(120, seed=0), bars(40, seed=1), (3, 3), 2)


@pytest.fixture(scope="module")
def done(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Cell, Outcome]]:
    folder = tmp_path_factory.mktemp("study")
    return folder, run(data, STUDY, folder)


def errors(found: dict[Cell, Outcome]) -> dict[Cell, int]:
    return {cell: outcome.wrong for cell, outcome in found.items()}


def test_every_cell_is_filled(data: Dataset, done: tuple[Path, dict[Cell, Outcome]]) -> None:
    _, found = done
    assert set(found) == {Cell(name, n, seed) for name in NAMES for n in (4, 20) for seed in (0, 1)}
    assert {outcome.n for outcome in found.values()} == {40}
    for seed in (0, 1):
        model = naive_bayes.fit("bernoulli", data.train[labelled(data.train, 20, 2, seed)], 2, 1.0)
        wrong = (model.predict(data.test.images / np.float32(255)) != data.test.labels).sum()
        assert found[Cell("naive-bayes", 20, seed)].wrong == wrong


def test_what_is_written_is_what_was_found(data: Dataset, done: tuple[Path, dict[Cell, Outcome]]) -> None:
    folder, found = done
    described = {"name": "bars", "sha256": data.sha256}
    assert cells.load(folder / "cells.h5", STUDY.parts, described) == found


def test_finished_cells_are_not_trained_again(
    data: Dataset, done: tuple[Path, dict[Cell, Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, found = done
    trained: list[Job] = []
    monkeypatch.setattr(module, "do", lambda job, *_: trained.append(job))
    assert run(data, STUDY, folder) == found
    assert not trained


@pytest.mark.parametrize(
    ("name", "interruption", "resume"),
    [
        ("pretrain", KeyboardInterrupt(), True),
        ("do", KeyboardInterrupt(), False),
        ("do", InterruptedRunError("interrupted in epoch 34, after 3 of its mini-batches"), True),
    ],
)
def test_interrupted_is_uninterrupted(
    name: str,
    interruption: BaseException,
    resume: bool,
    data: Dataset,
    done: tuple[Path, dict[Cell, Outcome]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After Ctrl-C, while nets are pre-trained, or before or within a training in a cell, the next call goes on."""
    real, calls = getattr(module, name), []

    def pressed(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise interruption
        return real(*arguments)

    monkeypatch.setattr(module, name, pressed)
    with pytest.raises(InterruptedRunError) as raised:
        run(data, STUDY, tmp_path, resume=resume)
    finished = len(cells.load(tmp_path / "cells.h5", STUDY.parts, {"name": "bars", "sha256": data.sha256}))
    assert finished == (0 if name == "pretrain" else 1)
    assert str(raised.value) == (
        f"interrupted; {tmp_path / 'cells.h5'} has {finished} finished cells: "
        f"the same command{'' if resume else ' with --resume'} goes on with the rest"
    )
    monkeypatch.undo()
    assert errors(run(data, STUDY, tmp_path)) == errors(done[1])


def test_an_interrupted_replacement_is_gone_on_from_and_leaves_no_old_report(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(STUDY, models=("naive-bayes",), n_labels=(4,), seeds=1)
    (tmp_path / "summary.json").touch()
    (tmp_path / "thesis.tex").touch()

    def pressed(*arguments: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "do", pressed)
    with pytest.raises(InterruptedRunError, match="with --resume instead of --overwrite goes on"):
        run(data, small, tmp_path, resume=False, overwrite=True)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["thesis.tex"]


def test_names_of_models_are_words() -> None:
    with pytest.raises(DbnError, match="is one word"):
        replace(STUDY, families=(replace(NaiveBayesFamily(), names=("a b",)),))


def test_processes_change_nothing(data: Dataset, done: tuple[Path, dict[Cell, Outcome]], tmp_path: Path) -> None:
    assert errors(run(data, STUDY, tmp_path, jobs=2)) == errors(done[1])


def test_after_a_process_was_killed_the_next_call_goes_on(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(STUDY, models=("naive-bayes",), seeds=2)
    monkeypatch.setattr(module, "do", lambda *_: os._exit(9))
    with pytest.raises(DbnError, match=r"has 0 finished cells: the same command with --resume goes .* fewer --jobs"):
        run(data, small, tmp_path, jobs=2, resume=False)
    monkeypatch.undo()
    assert set(run(data, small, tmp_path, jobs=2)) == {cell for job in small.jobs() for cell in job.cells}


def test_a_chosen_model_is_trained_with_its_family_alone_and_seeds_can_be_added(data: Dataset, tmp_path: Path) -> None:
    few = replace(STUDY, models=("backprop",), seeds=1, n_labels=(4,))
    assert set(run(data, few, tmp_path)) == {Cell("up-down", 4, 0), Cell("backprop", 4, 0)}
    more = run(data, replace(few, seeds=2), tmp_path)
    assert {cell.seed for cell in more} == {0, 1}


def test_a_changed_study_is_a_new_one(data: Dataset, tmp_path: Path) -> None:
    small = replace(STUDY, models=("naive-bayes",), n_labels=(4,), seeds=1)
    run(data, small, tmp_path)
    changed = replace(small, families=(replace(NaiveBayesFamily(), smoothing=2.0), *FAMILIES[1:]))
    with pytest.raises(DbnError, match=r"other settings \(naive-bayes\); a changed study is a new one"):
        run(data, changed, tmp_path)
    more = replace(small, families=(*FAMILIES, replace(NaiveBayesFamily(), names=("another",))))
    assert len(run(data, more, tmp_path)) == 1  # another model makes no other study
    others = Dataset.of("bars", bars(120, seed=5), data.test, (3, 3), 2)
    with pytest.raises(DbnError, match=r"other data \(sha256\)"):
        run(others, small, tmp_path)


def test_an_option_that_did_not_exist_yet_counts_as_its_default(data: Dataset, tmp_path: Path) -> None:
    few = replace(STUDY, models=("joint-rbm-pretrained",), n_labels=(4,), seeds=1)
    found = run(data, few, tmp_path)
    older, described = few.as_json(), {"name": "bars", "sha256": data.sha256}
    del older["joint-rbm-pretrained"]["rule"]["centering"], older["pretrain"]["averaging"]
    cells.save(tmp_path / "cells.h5", found, older, described)
    assert run(data, few, tmp_path) == found
    changed = replace(few, pretrain=replace(few.pretrain, averaging=0.9))
    with pytest.raises(DbnError, match=r"other settings \(pretrain\)"):
        run(data, changed, tmp_path)


def test_pre_trained_nets_of_other_settings_are_refused(data: Dataset, tmp_path: Path) -> None:
    small = replace(STUDY, models=("joint-rbm-pretrained",), n_labels=(4,), seeds=1)
    run(data, small, tmp_path)
    (tmp_path / "cells.h5").unlink()
    other = replace(small, pretrain=replace(small.pretrain, batch_size=20))
    with pytest.raises(DbnError, match="pre-trained with other settings or data"):
        run(data, other, tmp_path)


def test_a_net_of_another_seed_is_refused_before_any_is_trained(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(STUDY, models=("joint-rbm-pretrained",), n_labels=(4,), seeds=1)
    run(data, small, tmp_path)
    (tmp_path / "runs" / "pretrained-seed0.h5").rename(tmp_path / "runs" / "pretrained-seed2.h5")
    monkeypatch.setattr(module, "pretrain", pytest.fail)
    with pytest.raises(DbnError, match=r"pretrained-seed2\.h5 was pre-trained with other settings"):
        run(data, replace(small, seeds=3), tmp_path)


def test_pre_training_sees_all_images_and_no_labels(data: Dataset, done: tuple[Path, dict[Cell, Outcome]]) -> None:
    folder, _ = done
    net = DBN.from_tree(checkpoint.load(folder / "runs" / "pretrained-seed0.h5").model)
    assert (net.n_classes, net.sizes) == (0, (9, 6, 5))
    shuffled = Dataset.of("bars", replace(data.train, labels=1 - data.train.labels), data.test, (3, 3), 2)
    again = DBN.from_tree(module.pretrain(shuffled, STUDY.pretrain, 0).model)
    assert np.array_equal(again.top.W, net.top.W)


def test_pre_trained_layers_below_the_memory_stay(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """The discriminative model begins with the pre-trained net, the generative one with its lower layer."""
    begun: list[Any] = []
    real = contenders.fitted
    monkeypatch.setattr(contenders, "fitted", lambda learner: (begun.append(learner), real(learner))[1])
    net = DBN.from_tree(module.pretrain(data, STUDY.pretrain, 0).model)
    rows = labelled(data.train, 20, 2, 0)
    FAMILIES[5].learn(Task(data.train[rows], (3, 3), 2, 0, net, data.train.images, rows))
    _, updown, backprop = begun
    assert np.array_equal(updown.start.layers[0].W, net.layers[0].W)
    assert not np.array_equal(updown.start.top.W[2:], net.top.W)
    for W, (expected, _) in zip(backprop.start.weights, net.recognition_layers(), strict=False):
        assert np.array_equal(W, expected)


def test_labelled_images_are_balanced_and_nested(data: Dataset) -> None:
    small, large = (labelled(data.train, n, 2, seed=3) for n in (4, 20))
    assert np.bincount(data.train.labels[small]).tolist() == [2, 2]
    assert np.bincount(data.train.labels[large]).tolist() == [10, 10]
    assert set(small) < set(large)
    assert not np.array_equal(small, labelled(data.train, 4, 2, seed=4))
    assert labelled(data.train, 120, 2, seed=3).tolist() == list(range(120))


@pytest.mark.parametrize(("n", "complaint"), [(5, "evenly"), (118, "at least")])
def test_labels_that_cannot_be_drawn(n: int, complaint: str, data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DbnError, match=complaint):
        run(data, replace(STUDY, n_labels=(n,)), tmp_path)
    assert not (tmp_path / "cells.h5").exists()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"seeds": 0}, "at least one seed"),
        ({"n_labels": (0,)}, "numbers of labels from 1"),
        ({"families": (NaiveBayesFamily(), NaiveBayesFamily())}, "a name of its own"),
        ({"models": ("perceptron",)}, "no model 'perceptron'"),
    ],
)
def test_studies_that_make_no_sense(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(DbnError, match=complaint):
        replace(STUDY, **changes)  # type: ignore[arg-type]


def test_few_images_are_passed_more_often() -> None:
    assert [passes(10, 1000, n, 100) for n in (10, 250, 20_000, 60_000)] == [1000, 334, 10, 10]


def test_a_job_is_the_same_whoever_asks(data: Dataset) -> None:
    job = Job(FAMILIES[2], 20, 7)
    assert errors(do(job, data, None)) == errors(do(job, data, None))
