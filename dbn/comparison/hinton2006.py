"""Hinton, Osindero & Teh 2006 in full: the table, the tests, the samples and the theory, from data to figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn import figures
from dbn.comparison import mind
from dbn.comparison.evaluate import evaluate_model
from dbn.comparison.metrics import predictions
from dbn.comparison.mind import Dreams
from dbn.comparison.plots import figures_of, wrong_images
from dbn.comparison.protocol import Protocol, train_generative
from dbn.comparison.results import Summary, environment, write
from dbn.comparison.rivals import Rival
from dbn.comparison.significance import mcnemar
from dbn.comparison.table1 import PUBLISHED, guesses_of_generative, guesses_of_rivals
from dbn.data.intensity import Intensity, mean_visible
from dbn.errors import DbnError
from dbn.films import save_gif
from dbn.generative.dbn import DBN
from dbn.generative.theory import demonstrate
from dbn.images import save_figure
from dbn.models import AnyModel
from dbn.ops.numpy import Array, Rng
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dbn.comparison.guesses import Guesses
    from dbn.data.dataset import Dataset

MODEL = "generative"
"""The row that the others are compared with, and the name of its checkpoint."""

FILM_STEPS = 300
"""Gibbs steps of the authors' films."""


@dataclass(frozen=True)
class Study:
    """Everything that is decided before the study begins.

    Parameters
    ----------
    protocol : Protocol
        How the generative model is trained.
    rivals : tuple of Rival
        The other rows of Table 1.
    seeds : tuple of int
        Of the generative model; figures show the net of the first, which also seeds everything else.
    dreams : Dreams
        How much is sampled.

    Raises
    ------
    DbnError
        If there is no seed.
    """

    protocol: Protocol
    rivals: tuple[Rival, ...]
    seeds: tuple[int, ...]
    dreams: Dreams

    def __post_init__(self) -> None:
        if not self.seeds:
            raise DbnError("the reproduction needs at least one seed; give --seeds 1 or more")


def run(
    dataset: Dataset,
    study: Study,
    classifier: AnyModel,
    intensity: Intensity,
    folder: Path,
    *,
    second: tuple[AnyModel, Intensity],
    command: str,
    device: str = "cpu",
    bar: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Summary:
    """Reproduce the paper, or go on where an earlier call was interrupted.

    Parameters
    ----------
    dataset : Dataset
        Settings were chosen on the last of its training images; its test images are looked at once for each row.
    study : Study
        What to do.
    classifier : DBN or Network
        Judges the samples; trained apart from the nets of the study.
    intensity : str
        How it was shown pixels.
    folder : Path
        Gets summary.json, table.md, figures, the guesses of every model, the net of the first seed, and under runs/
        what is needed to resume.
    second : (DBN or Network, str)
        Judges the samples of the first seed again, and was shown pixels so: by its judgement nothing was chosen.
    command : str
        What a reader would type to get the same, for the summary.
    device : str
        Where the generative model learns; everything else is done by NumPy.
    bar : bool
        Draw progress bars on a terminal.
    say : callable
        Told what begins.

    Raises
    ------
    DbnError
        See `train_generative`, `guesses_of_rivals` and `write`.
    """
    first, found = study.seeds[0], []
    trained: dict[int, dict[str, Checkpoint]] = {}
    for seed in study.seeds:
        runs = folder / "runs" / f"seed{seed}"
        trained[seed] = train_generative(dataset, study.protocol, seed, runs, device=device, bar=bar, say=say)
        found += guesses_of_generative(dataset, trained[seed], seed, folder / "guesses")
    checkpoint.save(folder / f"{MODEL}.h5", trained[first][MODEL])
    found += guesses_of_rivals(dataset, study.rivals, first, folder / "guesses", folder / "runs", bar=bar, say=say)
    say("testing, sampling and drawing")
    net = DBN.from_tree(trained[first][MODEL].model)
    measured, drawn = mind.measure(net, dataset, classifier, intensity, study.dreams, first)
    theory = demonstrate(first)
    drawn |= mind.draw(net, dataset, study.dreams, first)
    drawn |= {"theory": figures.theory(**theory), **_about_learning(trained[first], dataset, first)}
    summary = _summary(dataset, study, found, command)
    summary.measured.update(measured)
    summary.measured["test_methods"] = evaluate_model(net, dataset.test, study.protocol.final.intensity, first)
    summary.measured["agreement_of_seeds"] = {
        str(seed): _agreement(done[MODEL], classifier, intensity, study.dreams, seed) for seed, done in trained.items()
    }
    summary.measured["agreement_by_a_second_judge"] = _agreement(trained[first][MODEL], *second, study.dreams, first)
    summary.measured["ridge_heights_nats"] = mind.ridge_heights(net, dataset, study.dreams, first)
    summary.measured["theory"] = _ends(theory)
    drawn["table1"] = figures.error_bars([summary.row_as_json(row) for row in summary.rows])
    write(folder, summary.as_json(), table(summary))
    for name, figure in drawn.items():
        save_figure(figure, folder / "figures" / f"{name}.png")
    frames = mind.film(net, FILM_STEPS, Rng(first, "film"))
    save_gif(folder / "figures" / "film.gif", frames, net.image_shape, net.n_classes, scale=3)
    return summary


def table(summary: Summary) -> str:
    """The rows as Markdown, and what was measured of the model beside its error."""
    told = summary.measured
    first, *_ = seeds = [str(seed) for seed in told["seeds"]]
    steps = told["agreement"]["steps"][-1]
    judges = told["agreement"]["percent"][-1], told["agreement_by_a_second_judge"]["percent"]
    methods = {
        name.removeprefix("error_percent").removeprefix("_by_").replace("_", " ") or "least free energy": error
        for name, error in told["test_methods"].items()
        if name.startswith("error_percent")
    }
    lines = [
        (
            f"McNemar's tests above are of seed {first}. The mean error of `{MODEL}`, {len(seeds)} seeds, is "
            f"{told['generative_mean_percent']:.3f} %; its p beside each rival, by seed:\n"
        ),
        f"| beside | {' | '.join(seeds)} |",
        f"| --- {'| ---: ' * len(seeds)}|",
        *(f"| {name} | {' | '.join(f'{p:.2g}' for p in of)} |" for name, of in told["p_values_of_seeds"].items()),
        (
            f"\nTest error of seed {first} in %, by the way to classify: "
            f"{', '.join(f'{name} {error:.2f}' for name, error in methods.items())}.\n"
        ),
        (
            f"Of its label-clamped samples after {steps:,} Gibbs steps {judges[0]:.1f} % are given their label by the "
            f"network that some settings were chosen by, {judges[1]:.1f} % by another one."
        ),
    ]
    return "\n".join([summary.table(), "", *lines])


def _agreement(
    done: Checkpoint, classifier: AnyModel, intensity: Intensity, dreams: Dreams, seed: int
) -> dict[str, Any]:
    """Of samples after the last of the Gibbs steps, in percent: of all, and of each class."""
    found = mind.agreement_of(DBN.from_tree(done.model), classifier, intensity, dreams, seed)
    return {"percent": float(found.percent()[-1]), "class_percent": found.class_percent()[-1].tolist()}


def _summary(dataset: Dataset, study: Study, found: Sequence[Guesses], command: str) -> Summary:
    truth = dataset.test.labels
    published = PUBLISHED | {rival.name: rival.published_percent for rival in study.rivals}
    guesses = {guess.model: np.array(guess.labels) for guess in reversed(found)}  # those of the first seed come last
    ours = [100 * float((np.array(guess.labels) != truth).mean()) for guess in found if guess.model == MODEL]
    return Summary(
        study="hinton2006",
        command=command,
        dataset={"name": dataset.name, "sha256": dataset.sha256, "evaluated_on": "test"},
        environment=environment(),
        evaluated_on="test",
        rows=[guess.row(truth, published[guess.model]) for guess in found],
        pairs=[
            mcnemar(MODEL, guesses[MODEL], name, others, truth)
            for name, others in reversed(guesses.items())
            if name != MODEL
        ],
        config={"protocol": study.protocol.as_json(), "rivals": [asdict(rival) for rival in study.rivals]},
        measured={
            "generative_mean_percent": float(np.mean(ours)),
            "seeds": list(study.seeds),
            "p_values_of_seeds": _p_values(found, truth),
        },
    )


def _p_values(found: Sequence[Guesses], truth: Array) -> dict[str, list[float]]:
    """McNemar's p-value of each rival beside the nets of all seeds, in their order."""
    nets = [np.array(guess.labels) for guess in found if guess.model == MODEL]
    rivals = {guess.model: np.array(guess.labels) for guess in found if not guess.model.startswith(MODEL)}
    return {
        name: [mcnemar(MODEL, net, name, guesses, truth).p_value for net in nets] for name, guesses in rivals.items()
    }


def _about_learning(done: dict[str, Checkpoint], dataset: Dataset, seed: int) -> dict[str, Figure]:
    """Draw how each stage learned, and what the last net sees, does and gets wrong."""
    net, final = DBN.from_tree(done[MODEL].model), done[MODEL]
    intensity: Intensity = final.config["intensity"]
    drawn = figures_of(net, final.history, dataset, intensity, seed)
    drawn = {name: drawn[name] for name in drawn if name.startswith(("receptive", "confusion", "recon", "weights"))}
    for stage, finished in done.items():
        drawn[f"learning-{stage}"] = figures.learning_curves(finished.history)
    images, labels = mean_visible(dataset.test.images, "real"), dataset.test.labels
    p = predictions(net.predict_proba, dataset.test.images, intensity)
    drawn |= wrong_images(p.argmax(axis=1), dataset, limit=len(labels))
    drawn["close-calls"] = figures.close_calls(images, labels, p, net.image_shape)
    return drawn


def _ends(theory: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Keep of each long column the first and the last entry."""
    return {
        part: {
            name: [value[0], value[-1]] if isinstance(value, list) and len(value) > 4 else value
            for name, value in told.items()
        }
        for part, told in theory.items()
    }
