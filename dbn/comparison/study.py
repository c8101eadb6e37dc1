"""Generative against discriminative: the error of pairs of models against the number of labelled images."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn import atomic
from dbn.comparison import cells
from dbn.comparison.cells import Cell, Outcome
from dbn.comparison.contenders import Family, Task
from dbn.comparison.metrics import predictions
from dbn.comparison.workers import Parallel, workers
from dbn.data.class_order import first_of_each
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.ops.numpy import Array, Rng
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint
from dbn.training.loop import InterruptedRunError, Run, train
from dbn.training.options import completed
from dbn.training.runs import same_command

if TYPE_CHECKING:
    from dbn.data.dataset import Dataset, Split


@dataclass(frozen=True)
class Study:
    """Everything that is decided before the study begins.

    Parameters
    ----------
    families : tuple of Family
        The models.
    pretrain : GreedyConfig
        How the net learns, once a seed, that the pre-trained families begin with: from all training images, without
        their labels.
    n_labels : tuple of int
        Labelled images, rising; as many of each class.
    seeds : int
        How many, from 0. A seed fixes the labelled images, smaller sets within larger ones, and all that is random.
    models : tuple of str
        Names of those that are to be trained now, with the others of their families; without any, all.

    Raises
    ------
    DbnError
        If a number is out of range, two models have one name, or there is no model of a name.
    """

    families: tuple[Family, ...]
    pretrain: GreedyConfig
    n_labels: tuple[int, ...]
    seeds: int
    models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.seeds < 1 or not self.n_labels or min(self.n_labels) < 1:
            raise DbnError("a study needs at least one seed, and numbers of labels from 1")
        names = [name for family in self.families for name in family.names]
        if any(name.split() != [name] for name in names):
            raise DbnError("the name of a model is one word, and one of the study's is not; leave spaces out")
        if not names or len(set(names)) < len(names):
            raise DbnError("a study needs models, and a name of its own for each")
        unknown = sorted(set(self.models) - set(names))
        if unknown:
            raise DbnError(f"there is no model {unknown[0]!r} in the study; choose among {', '.join(names)}")

    def jobs(self) -> list[Job]:
        """List what is to be trained: seed by seed, the long trainings first."""
        families = [one for one in self.families if not self.models or set(one.names) & set(self.models)]
        counts = sorted(self.n_labels, reverse=True)
        return [Job(family, n, seed) for seed in range(self.seeds) for n in counts for family in families]

    @property
    def parts(self) -> dict[str, Any]:
        """What a cell depends on, as dataclasses; more seeds, label counts or models make no other study."""
        return {"pretrain": self.pretrain, **{" / ".join(family.names): family for family in self.families}}

    def as_json(self) -> dict[str, Any]:
        """Return `parts` as JSON values."""
        return {name: cells.as_json(part) for name, part in self.parts.items()}


@dataclass(frozen=True)
class Job:
    """What is trained at a time: the models of a family, from so many labelled images, with one seed."""

    family: Family
    n_labels: int
    seed: int

    @property
    def cells(self) -> list[Cell]:
        """The cells that it fills."""
        return [Cell(name, self.n_labels, self.seed) for name in self.family.names]


def run(
    dataset: Dataset,
    study: Study,
    folder: Path,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    resume: bool = True,
    overwrite: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> dict[Cell, Outcome]:
    """Train every model of the study and test it, or go on where an earlier call was interrupted.

    Parameters
    ----------
    dataset : Dataset
        Its training images are learned from; its test images judge.
    study : Study
        What to do.
    folder : Path
        Gets ``cells.h5``, and under ``runs/`` the pre-trained nets.
    jobs : int
        Processes on this machine, each with one BLAS thread.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers are used instead.
    resume : bool
        Whether the caller always goes on with what is there; only else an interruption's sentence names --resume.
    overwrite : bool
        Replace the cells and pre-trained nets that are there, once it is known that the study can begin.
    say : callable
        Told of each finished cell.

    Raises
    ------
    DbnError
        If a file belongs to another study or cannot be written, there are too few images of a class, or the
        scheduler does not answer; if a process is killed, the finished cells are in the file.
    InterruptedRunError
        After Ctrl-C; the finished cells are in the file.
    """
    path = folder / "cells.h5"
    config, described = study.as_json(), {"name": dataset.name, "sha256": dataset.sha256}
    found = {} if overwrite else cells.load(path, study.parts, described)
    todo = [job for job in study.jobs() if not found.keys() >= set(job.cells)]
    for n in study.n_labels:
        labelled(dataset.train, n, dataset.n_classes, 0)  # refuses what cannot be, before hours are spent
    atomic.check_writable(path)
    again = same_command(resume, overwrite)
    try:
        with ExitStack() as stack:
            parallel = workers(stack, jobs, scheduler)
            if overwrite:
                reports = [folder / name for name in ("summary.json", "table.md", "figures/label-curves.png")]
                for old in (path, *reports, *(folder / "runs").glob("pretrained-seed*.h5")):
                    old.unlink(missing_ok=True)
            nets = _pretrained(
                dataset, study, folder / "runs", {job.seed for job in todo if job.family.pretrained}, parallel, say
            )
            starts = (nets[job.seed] if job.family.pretrained else None for job in todo)
            for outcomes in parallel(do, [(job, dataset, start) for job, start in zip(todo, starts, strict=True)]):
                found |= outcomes
                cells.save(path, found, config, described)
                for cell, outcome in outcomes.items():
                    say(f"{cell.model}, {cell.n_labels} labels, seed {cell.seed}: {outcome.error_percent:.2f} %")
    except (KeyboardInterrupt, InterruptedRunError):  # between trainings, or within one
        raise InterruptedRunError(
            f"interrupted; {path} has {len(found)} finished cells: {again} goes on with the rest"
        ) from None
    except BrokenProcessPool:
        raise DbnError(
            f"a process was killed, perhaps since memory ran out; {path} has {len(found)} finished cells: "
            f"{again} goes on with the rest, with fewer --jobs in less memory"
        ) from None
    return found


def labelled(train: Split, n: int, n_classes: int, seed: int) -> Array:
    """Draw `n` labelled images, as many of each class; those of a smaller n are among those of a larger one.

    If `n` is the size of the training set, it is all images, however many each class has.

    Returns
    -------
    int array (n,)
        Rows of `train`.

    Raises
    ------
    DbnError
        If `n` does not divide evenly among the classes, or a class has too few images.
    """
    if n == len(train):
        return np.arange(n)
    share, smallest = n // n_classes, int(np.bincount(train.labels, minlength=n_classes).min())
    if n % n_classes or share > smallest:
        raise DbnError(
            f"{n} labels cannot be drawn evenly from {n_classes} classes of at least {smallest} images; choose a "
            f"multiple of {n_classes} up to {smallest * n_classes}, or all {len(train)}"
        )
    shuffled = Rng(seed, "study/labelled").permutation(len(train))
    rows: Array = shuffled[first_of_each(train.labels[shuffled], share)]
    return rows


def do(job: Job, dataset: Dataset, start: DBN | None) -> dict[Cell, Outcome]:
    """Train and test the models of one job, with one BLAS thread: the same on all processors of a kind."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        train = dataset.train
        rows = labelled(train, job.n_labels, dataset.n_classes, job.seed)
        task = Task(train[rows], dataset.image_shape, dataset.n_classes, job.seed, start, train.images, rows)
        begun = time.perf_counter()
        models = job.family.learn(task)
        seconds = time.perf_counter() - begun
        test = dataset.test
        wrong = {
            name: int((predictions(predict, test.images) != test.labels).sum()) for name, predict in models.items()
        }
    return {cell: Outcome(wrong[cell.model], len(test), seconds) for cell in job.cells}


def pretrain(dataset: Dataset, config: GreedyConfig, seed: int) -> Checkpoint:
    """Train the net that pre-trained families begin with, on all training images, without their labels."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        learner = Greedy(config, dataset.train, dataset.image_shape, 0, seed)
        done = train(learner, Run(learner.init()))
    described = {"name": dataset.name, "sha256": dataset.sha256, "validation": 0}
    return Checkpoint("dbn", learner.model(done.state).tree(), config.as_json(), described, seed, done.history)


def _pretrained(
    dataset: Dataset, study: Study, runs: Path, seeds: set[int], parallel: Parallel, say: Callable[[str], None]
) -> dict[int, DBN]:
    paths = {seed: runs / f"pretrained-seed{seed}.h5" for seed in sorted(seeds)}
    missing = [(dataset, study.pretrain, seed) for seed, path in paths.items() if not path.exists()]
    nets = {}
    for seed, path in paths.items():  # what is of no use is found before hours are spent
        if path.exists():
            there = checkpoint.load(path, kind="dbn")
            stored = completed(there.config, study.pretrain)
            if (stored, there.seed, there.dataset["sha256"]) != (study.pretrain.as_json(), seed, dataset.sha256):
                raise DbnError(f"{path} was pre-trained with other settings or data; delete it, and it is made anew")
            nets[seed] = DBN.from_tree(there.model)
    for done in parallel(pretrain, missing):
        checkpoint.save(paths[done.seed], done)
        say(f"pre-trained on all images, seed {done.seed}")
        nets[done.seed] = DBN.from_tree(done.model)
    return nets
