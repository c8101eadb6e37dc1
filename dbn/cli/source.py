"""Commands that go on from a deep belief net in a file: what they check, and which data they take."""

from __future__ import annotations

from pathlib import Path

import click

from dbn.cli import options
from dbn.errors import DbnError
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint
from dbn.training.runs import Output, begin


def finished_net(file: Path, output: Output) -> Checkpoint:
    """Read the net to go on from, whose file nothing may replace; DbnError if its own training is not finished."""
    begin(output)
    for path in filter(None, (output.path, output.log)):
        if path.exists() and path.samefile(file):
            raise DbnError(f"{path} would replace the deep belief net in {file}; give another name")
    source = checkpoint.load(file, kind="dbn")
    if not source.finished:
        raise DbnError(f"{file} is still being trained; finish that with --resume first")
    return source


def data_for(
    source: Checkpoint, file: Path, dataset: str | None, data_dir: Path | None, validation: int | None
) -> options.Loaded:
    """Load what a net shall learn from: by default its own data, with the same images held out."""
    whole = options.dataset_of(source, file, dataset, data_dir)
    own = whole.sha256 == source.dataset.get("sha256")
    if validation is None and own:
        validation = source.dataset.get("validation")
    options.note_overlap(source, file, whole)
    data = options.hold_out(whole, dataset or source.dataset["name"], validation)
    if own and source.config.get("labels") and data.header["validation"] > source.dataset.get("validation", 0):
        click.echo(
            "note: the net has learned with the labels of some validation images; "
            "use the same --validation for both to keep them unseen",
            err=True,
        )
    return data
