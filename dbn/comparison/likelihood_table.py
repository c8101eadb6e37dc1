"""The table of log-likelihoods: generative models trained and judged alike, beside what was published of such."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbn import atomic
from dbn.comparison.likelihood_rows import Judged, Published, judge, read
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.likelihood.report import LikelihoodConfig
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint
from dbn.training.options import completed
from dbn.training.progress import Progress
from dbn.training.runs import Output, train_to_file
from dbn.training.state import digest

if TYPE_CHECKING:
    from dbn.data.dataset import Dataset

JUDGED = "judged/{}.json"
"""Where it is kept what was found of a model."""


@dataclass(frozen=True)
class Model:
    """How one model of the table is trained, and what was published of its like.

    Parameters
    ----------
    greedy : GreedyConfig
        Of the layers, one by one; without labels.
    start : str, optional
        The model whose net has the lowest layers to begin with, see `Greedy`; it is trained first.
    published : tuple of Published
        Figures to stand beside ours.
    """

    greedy: GreedyConfig
    start: str | None = None
    published: tuple[Published, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return how the model is trained, as JSON values."""
        return {"start": self.start, "greedy": self.greedy.as_json()}


@dataclass(frozen=True)
class Study:
    """Everything that is decided before the study begins.

    Parameters
    ----------
    models : dict of str to Model
        By name.
    held_out : int
        Last training images, on which settings were chosen, and the learning curves are measured; see `watching`.
    ais_every : int
        Epochs between two points of these curves.
    chains, betas : int, str
        Of the final estimates, see `LikelihoodConfig`; of two layers, the posterior chain is run too.
    seed : int
        Of every random stream, also of the binarisation of the test images.
    """

    models: dict[str, Model]
    held_out: int = 10_000
    ais_every: int = 10
    chains: int = 100
    betas: str = "salakhutdinov"
    seed: int = 0

    def estimates(self, model: Model) -> LikelihoodConfig:
        """Return how a model is judged."""
        return LikelihoodConfig(self.chains, self.betas, model.greedy.intensity)


def run(
    dataset: Dataset,
    study: Study,
    only: Sequence[str],
    folder: Path,
    *,
    bar: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Judged]:
    """Train and judge models, or go on where an earlier call was interrupted.

    Parameters
    ----------
    dataset : Dataset
        Its test images are looked at once for each model.
    study : Study
        What to do.
    only : sequence of str
        The models to do; none: all of them.
    folder : Path
        Gets the net of each model, what was found of it under judged/, and under runs/ what is needed to resume.
        Models whose nets are there and judged are not trained again.
    bar, say
        Draw progress bars on a terminal; told what begins.

    Returns
    -------
    dict
        Of every model of the study that is done, by this call or an earlier one.

    Raises
    ------
    DbnError
        If there is no model of a name, or a file belongs to other settings; see `train_to_file` and `judge`.
    """
    for name in only:
        if name not in study.models:
            raise DbnError(f"no model {name!r}; known are {', '.join(study.models)}")
    atomic.check_writable(folder / "summary.json")
    found = {}
    for name, model in study.models.items():
        before, path = judged(dataset, study, name, folder), folder / JUDGED.format(name)
        if only and name not in only:
            if before:
                found[name] = before
            continue
        stages = finished(dataset, study, name, folder)
        if not stages:
            say(f"training {name}")
            stages = train(dataset, study, name, folder, bar=bar)
            checkpoint.save(folder / f"{name}.h5", stages[-1])
        if before and before.origin["weights"] != digest(DBN.from_tree(stages[-1].model)):
            raise DbnError(f"{path} is of other weights; delete it, or choose another folder")
        if not before:
            say(f"judging {name}")
            origin, config = _origin(dataset, study, model), study.estimates(model)
            before = judge(name, origin, stages, dataset, config, path, Progress(bar=bar))
        found[name] = before
    return found


def judged(dataset: Dataset, study: Study, name: str, folder: Path) -> Judged | None:
    """Read what was found of a model, None if nothing was; DbnError if of other settings, data or estimates.

    An option of learning that the file does not know yet counts as its default, see `options.completed`.
    """
    path, model = folder / JUDGED.format(name), study.models[name]
    if not path.exists():
        return None
    found = read(path)
    there = {key: value for key, value in found.origin.items() if key != "weights"}
    learned = there.get("trained", {})
    there["trained"] = {**learned, "greedy": completed(learned.get("greedy"), model.greedy)}
    if there != _origin(dataset, study, model):
        raise DbnError(f"{path} is of other settings, data or estimates; delete it, or choose another folder")
    return found


def finished(dataset: Dataset, study: Study, name: str, folder: Path) -> list[Checkpoint]:
    """Return the net of a model that is done, as the only stage; none if it is not. See `judged`."""
    found, path = judged(dataset, study, name, folder), folder / f"{name}.h5"
    if not found or not path.exists():
        return []
    net = checkpoint.load(path, kind="dbn")
    if digest(DBN.from_tree(net.model)) != found.origin["weights"]:
        raise DbnError(f"{path} is not the net that was judged as {name}; delete both, or choose another folder")
    return [net]


def _origin(dataset: Dataset, study: Study, model: Model) -> dict[str, Any]:
    """What the figures of a model depend on, but for its weights."""
    return {
        "trained": model.as_json(),
        "dataset": dataset.sha256,
        "held_out": study.held_out,
        "estimated": asdict(study.estimates(model)),
        "seed": study.seed,
    }


def train(dataset: Dataset, study: Study, name: str, folder: Path, *, bar: bool = False) -> list[Checkpoint]:
    """Train one model, or go on with it: finished checkpoints, that of what it starts from before its own."""
    model, parts = study.models[name], dataset.hold_out(study.held_out)
    before: list[Checkpoint] = []
    net, origin = None, {}
    if model.start:
        before = finished(dataset, study, model.start, folder) or train(dataset, study, model.start, folder, bar=bar)
        net = DBN.from_tree(before[-1].model)
        origin = {"start": digest(net)}
    learner = Greedy(
        model.greedy, parts.train, dataset.image_shape, dataset.n_classes, study.seed, parts.test, net, study.ais_every
    )
    described = {"name": dataset.name, "sha256": dataset.sha256, "validation": study.held_out}
    header = Checkpoint("dbn", {}, {**model.greedy.as_json(), **origin}, described, study.seed)
    path = folder / "runs" / f"{name}.h5"
    output = Output(path, resume=True, log=path.with_suffix(".jsonl"), bar=bar)
    return [*before, train_to_file(learner, header, output)]
