"""A training run and its file: begin, checkpoint, resume, finish."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dbn import atomic
from dbn.data.load import path_in
from dbn.data.own import files_of
from dbn.errors import DbnError
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint
from dbn.training.loop import InterruptedRunError, Learner, Run, copied_model, train
from dbn.training.options import completed, plain
from dbn.training.progress import LogError, Progress
from dbn.training.state import digest, own, pack, restore
from dbn.training.stopping import EarlyStopping


@dataclass(frozen=True)
class Output:
    """Where a run is written, and what may be done with what is there.

    Parameters
    ----------
    path : Path or str
        The checkpoint.
    every : int
        Epochs between checkpoints.
    resume : bool
        Go on from the file if it is there.
    overwrite : bool
        Replace the file if it is there.
    log : Path or str, optional
        A file for the metrics as JSON lines.
    bar : bool
        Whether to draw a progress bar on a terminal.

    Raises
    ------
    DbnError
        If the file shall both be gone on from and be replaced, or checkpoints be written less than every epoch.
    """

    path: Path
    every: int = 1
    resume: bool = False
    overwrite: bool = False
    log: Path | None = None
    bar: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        if self.log is not None:
            object.__setattr__(self, "log", Path(self.log))
        if self.resume and self.overwrite:
            raise DbnError("resume goes on with what is there and overwrite replaces it; choose one of them")
        if self.every < 1:
            raise DbnError(f"checkpoints are written every 1 or more epochs, not {self.every}")


def begin(output: Output, data: str = "") -> Checkpoint | None:
    """Look at what is at the output before anything is computed: None, or the run to resume.

    Parameters
    ----------
    output : Output
        The file, and the log.
    data : str
        The name of the data set, which may be a file that neither must replace.

    Raises
    ------
    DbnError
        If something is there that may neither be resumed nor overwritten, or no file can be written.
    """
    sources = files_of(path_in(data))
    for path in filter(None, (output.path, output.log)):
        atomic.check_writable(path)
        if path.exists() and any(path.samefile(source) for source in sources):
            raise DbnError(f"{path} would replace the data that are learned from; give another name")
    if not output.path.exists() or output.overwrite:
        return None
    if not output.resume:
        raise DbnError(
            f"{output.path} is already there; use --resume to go on with it, --overwrite to replace it, "
            "or another --output"
        )
    return checkpoint.load(output.path, with_training=True)


def train_to_file(
    learner: Learner, header: Checkpoint, output: Output, stopping: EarlyStopping | None = None
) -> Checkpoint:
    """Train `learner`, or go on with the run at `output`, and leave the finished model there.

    Of several ranks the first one writes, also what the others need to go on exactly where they were. Only as many can
    go on as have begun: their number is part of the config.

    Parameters
    ----------
    learner : Learner
        What learns.
    header : Checkpoint
        Kind, config, data set and seed of the run; its model is filled in.
    output : Output
        The file.
    stopping : EarlyStopping, optional
        See `train`.

    Returns
    -------
    Checkpoint
        As written, without training state.

    Raises
    ------
    DbnError
        If the file belongs to another run, cannot be written, or learning diverges.
    InterruptedRunError
        After Ctrl-C, or if metrics cannot be written; the file can be resumed.
    """
    header = replace(header, config=plain(header.config), dataset=plain(header.dataset))
    found, ranks = begin(output, header.dataset.get("name", "")), learner.ranks
    first = ranks.rank == 0
    progress = Progress(output.log if first else None, bar=output.bar and first)
    if ranks.count > 1:
        header = replace(header, config={**header.config, "ranks": ranks.count})
    if found:
        _same_run(replace(found, config=completed(found.config, learner.config)), header, output.path)
        if found.training is None:
            progress.begin_log(found.history)
            return found
    run = Run(learner.init())
    if found:
        _resume(run, learner, found)
    if ranks.count > 1:
        ranks.check_alike((run.epoch, run.batch, header, digest(learner.parameters(run.state))))
    progress.begin_log(run.history, overwrite=output.overwrite)

    def save(run: Run) -> None:
        taken = _snapshot(learner, run, header)
        if first:
            checkpoint.save(output.path, taken)
        ranks.any(first)  # none goes on, or says that it is written, before it is

    try:
        train(learner, run, save=save, every=output.every, progress=progress, stopping=stopping)
    except (InterruptedRunError, LogError) as interruption:
        if isinstance(interruption, LogError):
            if ranks.count > 1:  # the others do not know of it
                raise
            save(run)
        raise InterruptedRunError(
            f"{interruption}; {output.path} has it all: give {same_command(output.resume, output.overwrite)} to go on"
        ) from None
    result = _snapshot(learner, run, header, finished=True)
    if first:
        checkpoint.save(output.path, result)
    return result


def same_command(resumed: bool, overwritten: bool = False) -> str:
    """What goes on after an interruption: a run that was told to resume need not be told again.

    >>> same_command(False), same_command(False, True)
    ('the same command with --resume', 'the same command with --resume instead of --overwrite')
    """
    if resumed:
        return "the same command"
    return f"the same command with --resume{' instead of --overwrite' * overwritten}"


def _snapshot(learner: Learner, run: Run, header: Checkpoint, *, finished: bool = False) -> Checkpoint:
    model, ranks = pack(learner.model(run.state).tree()), learner.ranks
    training = None if finished else {"run": _position(run), "state": pack(run.state)}
    if training and ranks.count > 1:
        others = ranks.gather(pack(own(run.state)))
        training["ranks"] = {str(rank): own for rank, own in enumerate(others) if rank}
    return replace(header, model=model, history=run.history, training=training)


def _position(run: Run) -> dict[str, Any]:
    return {
        "epoch": run.epoch,
        "batch": run.batch,
        "sums": dict(run.sums),
        "best_epoch": run.best_epoch,
        "seconds": run.seconds,
        "best": pack(run.best),
    }


def _resume(run: Run, learner: Learner, found: Checkpoint) -> None:
    training = found.training or {}
    try:
        position = training["run"]
        batches = math.ceil(learner.n_examples / learner.batch_size)
        run.epoch, run.batch = _place(position["epoch"], learner.epochs), _place(position["batch"], batches)
        run.sums = {name: float(value) for name, value in position["sums"].items()}
        run.best_epoch, run.seconds = int(position["best_epoch"]), float(position["seconds"])
        run.history = found.history
        restore(run.state, training["state"])
        if rank := learner.ranks.rank:
            restore(own(run.state), training["ranks"][str(rank)], "ranks")
        if position["best"]:
            run.best = copied_model(learner, run)
            restore(run.best, position["best"], "best")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DbnError(
            f"the training state in the checkpoint is incomplete ({error}); begin anew with --overwrite"
        ) from error


def _place(value: Any, most: int) -> int:
    if not 0 <= value <= most or value != int(value):
        raise ValueError(f"it goes on at {value} of {most}")
    return int(value)


def _same_run(found: Checkpoint, header: Checkpoint, path: Path) -> None:
    """Refuse to resume with other options than the run was begun with."""
    if found.dataset.get("sha256") == header.dataset.get("sha256"):  # they are the same, wherever they lie
        found = replace(found, dataset={**found.dataset, "name": header.dataset.get("name")})
    there, here = (
        {"kind": run.kind, "seed": run.seed, "config:": run.config, "data set:": run.dataset} for run in (found, header)
    )
    for name, begun, given in _differences("", there, here):
        raise DbnError(
            f"{path} was begun with{name} {begun!r}, not {given!r}; resume with the options it was begun with, "
            "or choose another --output"
        )


def _differences(name: str, a: Any, b: Any) -> Iterator[tuple[str, Any, Any]]:
    """Where JSON values differ, parts of lists counted from 1.

    >>> list(_differences("", {"layers": [{"k": 1}, {"k": 1}]}, {"layers": [{"k": 1}, {"k": 3}]}))
    [(' layers 2 k', 1, 3)]
    """
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        a, b = ({str(i): value for i, value in enumerate(values, 1)} for values in (a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        for part in [*a, *(part for part in b if part not in a)]:
            yield from _differences(f"{name} {part}", a.get(part), b.get(part))
    elif a != b:
        yield name, a, b
