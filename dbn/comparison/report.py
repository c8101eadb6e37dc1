"""What a comparison writes for people: the summary and its figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dbn import figures
from dbn.comparison import plots
from dbn.comparison.compare import Comparison
from dbn.comparison.metrics import confusion_matrix
from dbn.comparison.results import write
from dbn.images import save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_report(comparison: Comparison, folder: Path) -> None:
    """Write summary.json, table.md and every figure to `folder`.

    Raises
    ------
    DbnError
        If the folder cannot be written.
    """
    write(folder, comparison.summary.as_json(), comparison.summary.table())
    for name, figure in comparison_figures(comparison).items():
        save_figure(figure, folder / "figures" / f"{name}.png")


def comparison_figures(comparison: Comparison) -> dict[str, Figure]:
    """Draw the net's own figures, the errors of the best classifier, and those that set models side by side."""
    summary, dataset = comparison.summary, comparison.dataset
    config, seed = summary.config, summary.rows[0].seed
    net = "dbn-generative"
    drawn = plots.figures_of(
        comparison.models[net], comparison.histories[net], dataset, config["pretrain"]["intensity"], seed
    )
    drawn.pop("errors", None)  # these are drawn for the best model
    matrices = {
        name: confusion_matrix(dataset.test.labels, guesses, dataset.n_classes)
        for name, guesses in comparison.guesses.items()
    }
    drawn["confusion"] = figures.confusion_matrices(matrices, plots.class_names(dataset.n_classes))
    best = min(summary.rows, key=lambda row: row.error_percent)
    drawn |= plots.wrong_images(comparison.guesses[best.model], dataset)
    tuned = ("dbn-discriminative", "network-random-start")
    drawn["fine-tuning"] = figures.compare_learning_curves({name: comparison.histories[name] for name in tuned}, "loss")
    drawn["error-bars"] = figures.error_bars([summary.row_as_json(row) for row in summary.rows], summary.evaluated_on)
    return drawn
