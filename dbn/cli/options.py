"""Options that are the same for every command, and what to do with their values."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from dbn import atomic
from dbn.data.intensity import Intensity
from dbn.errors import DbnError
from dbn.training.device import CHOICES
from dbn.training.runs import Output

if TYPE_CHECKING:
    from dbn.data.dataset import Dataset, Split
    from dbn.training.checkpoint import Checkpoint

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Make one decorator of several, shown in the order given."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


data_dir_option = click.option(
    "--data-dir", type=FOLDER, help="Look here first for data sets; then in $DBN_DATA, the checkout, the user cache."
)


def dataset_option(default: str | None = "mnist-5k", text: str = "") -> Callable[[F], F]:
    """`--dataset` and where to look for it."""
    text = text or "A name that `dbn data list` knows, a path to your own, or stream:PATH."
    return together(
        click.option("--dataset", default=default, show_default=default is not None, help=text), data_dir_option
    )


INTENSITIES = get_args(Intensity)
intensity_option = click.option(
    "--intensity",
    type=click.Choice(INTENSITIES),
    default="real",
    show_default=True,
    help="Pixels as real values, as binary states sampled each time, or thresholded at 1/2.",
)

seed_option = click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of every random stream."
)


def validation_option(text: str) -> Callable[[F], F]:
    """`--validation`, and what the command does with the images."""
    return click.option("--validation", type=click.IntRange(min=0), help=text)


ais_option = click.option(
    "--ais-every",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Every so many epochs, tell log p(x) of at most 2,000 validation images by a quick AIS, from both sides; "
    "0: never.",
)

averaging_option = click.option(
    "--averaging",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    show_default=True,
    help="Decay of the running average of the weights, which is the model: 0.999 averages about 1000 updates.",
)

device_option = click.option(
    "--device",
    type=click.Choice(CHOICES),
    default="cpu",
    show_default=True,
    help="Where to learn: NumPy on the CPU, PyTorch on a GPU, or the GPU if there is one.",
)

resume_options = together(
    click.option("--resume", is_flag=True, help="Go on with the run that the output holds, exactly where it was."),
    click.option("--overwrite", is_flag=True, help="Replace the output if it is there."),
)


every_option = click.option(
    "--every", type=click.IntRange(min=1), default=1, show_default=True, help="Epochs between checkpoints."
)


def output_options(default: str, *, fixed: bool = True) -> Callable[[F], F]:
    """`--output` and everything about writing a run to it; a default that is not fixed the command fills in itself."""
    name = Path(default) if fixed else None
    return together(
        click.option("--output", type=FILE, default=name, show_default=fixed or default, help="Checkpoint to write."),
        resume_options,
        every_option,
        click.option(
            "--log",
            type=FILE,
            help="Write the metrics of each epoch here, as JSON lines; without a terminal nothing else shows them.",
        ),
    )


def output_of(options: dict[str, Any]) -> Output:
    """Take the options of `output_options` out of a command's options."""
    names = ("resume", "overwrite", "every", "log")
    check_choice(resume=options["resume"], overwrite=options["overwrite"])
    log = options["log"]
    if log and log.resolve() == options["output"].resolve():
        raise DbnError(f"--output and --log are both {log}; give two names")
    resumed = options["resume"] and options["output"].exists()
    if log and log.exists() and not (resumed or options["overwrite"]):
        raise DbnError(f"{log} is already there; use --overwrite to replace it, or another --log")
    return Output(options.pop("output"), **{name: options.pop(name) for name in names}, bar=True)


MOST = 10**9
"""Images per update, or chains: more than that have no place in any memory."""


def check_choice(*, resume: bool, overwrite: bool) -> None:
    """Refuse to both go on with a run and replace it."""
    if resume and overwrite:
        raise DbnError("--resume goes on with what is there and --overwrite replaces it; give one of them")


def check_picture(option: str, path: Path | None, ending: str, *, overwrite: bool) -> None:
    """Refuse a picture of another format than is written, or one that is there and may not be replaced; DbnError."""
    if path and path.suffix.lower() != ending:
        raise DbnError(f"{option} writes a {ending} file, and {path} is named otherwise; change its ending")
    if path and path.exists() and not overwrite:
        raise DbnError(f"{path} is already there; use --overwrite to replace it, or another name")
    if path:
        atomic.check_writable(path)


def load_noting(file: Path, kind: str | None = None) -> Checkpoint:
    """Read a checkpoint, and say so if its training is not finished."""
    from dbn.training import checkpoint

    found = checkpoint.load(file, kind=kind)
    if not found.finished:
        above = "; layers above the one that learns are untouched" if "layers" in found.config else ""
        click.echo(f"note: {file} is still in training{above}", err=True)
    return found


def dataset_of(found: Checkpoint, file: Path, dataset: str | None, data_dir: Path | None) -> Dataset:
    """Load the data set that the user names, or else the very one that the checkpoint in `file` was trained on."""
    from dbn.data.load import load

    if dataset is not None:
        return load(dataset, data_dir=data_dir)
    if not {"name", "sha256"} <= set(found.dataset):
        raise DbnError(f"{file} does not say what it was trained on; name the data set with --dataset")
    try:
        data = load(found.dataset["name"], data_dir=data_dir)
    except DbnError as error:
        raise DbnError(f"{error}, or name the data set of {file} with --dataset") from error
    if data.sha256 != found.dataset["sha256"]:
        raise DbnError(
            f"{file} was trained on another version of {found.dataset['name']}; name the data set with --dataset"
        )
    return data


def note_overlap(found: Checkpoint, file: Path, data: Dataset) -> None:
    """Say so if a model has learned from what another data set keeps to test with."""
    if (found.dataset.get("name"), data.name) == ("mnist", "mnist-5k"):
        click.echo(f"note: {file} was trained on mnist, whose training images include all of mnist-5k", err=True)


def part_of(data: Dataset, found: Checkpoint, file: Path, split: str) -> Split:
    """The test images, or those training images that were held out for the checkpoint in `file`, or the others."""
    own = data.sha256 == found.dataset.get("sha256")
    held_out = int(found.dataset.get("validation", 0)) if own else 0
    if split == "validation" and not held_out:
        raise DbnError(f"no validation images were held out of this data set for {file}; choose another --split")
    if held_out >= len(data.train):
        raise DbnError(f"{file} says that all images were held out; it is not to be trusted, train it anew")
    if split == "test":
        note_overlap(found, file, data)
    learned = len(data.train) - held_out
    return {"test": data.test, "validation": data.train[learned:], "train": data.train[:learned]}[split]


@dataclass(frozen=True)
class Loaded:
    """A data set with its validation split taken off, and how a checkpoint names it."""

    dataset: Dataset
    train: Split
    validation: Split | None
    header: dict[str, Any]


def load_data(name: str, data_dir: Path | None, validation: int | None) -> Loaded:
    """Load a data set and hold out the last training images for validation."""
    from dbn.data.load import load

    return hold_out(load(name, data_dir=data_dir), name, validation)


def hold_out(dataset: Dataset, name: str, validation: int | None) -> Loaded:
    """Hold out the last training images for validation; by default a sixth."""
    n = len(dataset.train) // 6 if validation is None else validation
    header = {"name": name, "sha256": dataset.sha256, "validation": n}
    if n == 0:
        return Loaded(dataset, dataset.train, None, header)
    parts = dataset.hold_out(n)
    return Loaded(dataset, parts.train, parts.test, header)


def told_log_likelihood(last: Mapping[str, float]) -> str:
    """What a quick AIS found in the last epoch, and nothing if it was not measured.

    >>> told_log_likelihood({"validation_nats_ais": -84.5, "validation_nats_reverse_ais": -85.25})
    'validation log-likelihood, or the bound on it: -84.50 nats by AIS, -85.25 by reverse AIS'
    """
    if "validation_nats_ais" not in last:
        return ""
    return (
        f"validation log-likelihood, or the bound on it: {last['validation_nats_ais']:.2f} nats by AIS, "
        f"{last['validation_nats_reverse_ais']:.2f} by reverse AIS"
    )


def counted(n: int, noun: str) -> str:
    """Put a number before a noun.

    >>> counted(1, "epoch"), counted(2, "epoch")
    ('1 epoch', '2 epochs')
    """
    return f"{n} {noun}" + ("" if n == 1 else "s")


def command_line() -> str:
    """What to type to get the same results anew: what the user typed, less the flags about earlier output."""
    import shlex

    return shlex.join(["dbn", *(word for word in sys.argv[1:] if word not in {"--resume", "--overwrite"})])
