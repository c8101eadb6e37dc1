"""How well the models classify: confusion matrices, and test errors with their intervals."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from dbn.errors import DbnError
from dbn.figures.style import COLUMN, LIGHT, PAGE, PALETTE, house_style, new_figure
from dbn.images import check_array

MUTED = "0.93"


def confusion_matrix(matrix: ArrayLike, names: Sequence[str]) -> Figure:
    """Draw how often each class was taken for each other; right guesses are muted so that errors are seen.

    Parameters
    ----------
    matrix : array_like of int, shape (k, k)
        Row: true class; column: guess. Empty cells are counts of 0.
    names : sequence of str
        The k classes' names.

    Raises
    ------
    DbnError
        The matrix is not square, has no case, a count that is negative or not whole, or there is not
        one name for each class.

    >>> figure = confusion_matrix([[48, 2], [1, 49]], ("0", "1"))
    >>> figure.axes[0].get_title("left")
    '3 errors in 100 cases (3.00 %)'
    """
    return confusion_matrices({"": matrix}, names)


@house_style
def confusion_matrices(matrices: Mapping[str, ArrayLike], names: Sequence[str]) -> Figure:
    """Draw the confusion matrices of several models side by side, on one scale of colour.

    Parameters
    ----------
    matrices : mapping of model to array_like of int, shape (k, k)
        As `confusion_matrix` takes them.
    names : sequence of str
        The k classes' names.

    Raises
    ------
    DbnError
        As `confusion_matrix`; or there is no matrix.

    >>> figure = confusion_matrices({"DBN": [[5, 0], [0, 5]], "kNN": [[4, 1], [1, 4]]}, ("0", "1"))
    >>> print(figure.axes[1].get_title("left"))
    kNN
    2 errors in 10 cases (20.00 %)
    """
    if not matrices:
        raise DbnError("no confusion matrices to draw; pass at least one model's")
    counts = {model: _counts(matrix, names) for model, matrix in matrices.items()}
    most = max(1, *(int((table - np.diag(np.diag(table))).max()) for table in counts.values()))
    columns = min(len(counts), 2)
    rows = math.ceil(len(counts) / columns)
    side = max(COLUMN, 0.27 * len(names))
    figure = new_figure(columns * side, rows * side)
    for place, (model, table) in enumerate(counts.items(), start=1):
        axes = figure.add_subplot(rows, columns, place)
        _draw(axes, table, names, most)
        total, wrong = int(table.sum()), int(table.sum() - np.trace(table))
        score = f"{wrong:,} errors in {total:,} cases ({100 * wrong / total:.2f} %)"
        axes.set_title(f"{model}\n{score}" if model else score)
    return figure


@house_style
def error_bars(rows: Sequence[Mapping[str, Any]], evaluated_on: str = "test") -> Figure:
    """Draw the error of every model with its intervals, the best model at the top.

    The bar is the mean over a model's seeds; each seed has its own dot and interval on the bar. A published error
    is a diamond.

    Parameters
    ----------
    rows : sequence of mappings
        Each with `model`, `test_error_percent`, `interval_percent` ([low, high], 95 %) and `seed`; perhaps with
        `published_percent`.
    evaluated_on : str
        ``"validation"`` if the rows have `validation_error_percent`.

    Raises
    ------
    DbnError
        There is no row, a row lacks a key, or an error is not within its interval and that in [0, 100].

    >>> row = {"model": "DBN", "test_error_percent": 1.25, "interval_percent": [1.05, 1.49], "seed": 0}
    >>> figure = error_bars([row])
    >>> figure.axes[0].texts[0].get_text()
    '1.25'
    """
    models: dict[str, list[tuple[float, float, float]]] = {}
    for row in sorted(rows, key=lambda row: str(row.get("seed", ""))):
        error, low, high = _estimate(row, evaluated_on)
        models.setdefault(str(row["model"]), []).append((error, low, high))
    published = {str(row["model"]): float(row["published_percent"]) for row in rows if "published_percent" in row}
    if not models:
        raise DbnError(f"no {evaluated_on} errors to draw; pass at least one row")
    ranked = sorted(models.items(), key=lambda item: float(np.mean([error for error, _, _ in item[1]])))
    figure = new_figure(PAGE * 0.75, 0.7 + 0.28 * len(ranked))
    axes = figure.add_subplot()
    for place, (model, estimates) in enumerate(ranked):
        error, low, high = np.array(estimates).T
        mean = float(error.mean())
        axes.barh(place, mean, height=0.7, color=LIGHT)
        y = place + (np.arange(1, len(error) + 1) / (len(error) + 1) - 0.5) * 0.7
        axes.hlines(y, low, high, color=PALETTE[0], linewidth=0.9)
        axes.plot(error, y, "o", color=PALETTE[0], markersize=2.5)
        text = f"{mean:.2f}" if len(error) == 1 else f"{mean:.2f} (mean of {len(error)} seeds)"
        end, theirs = high.max(), published.get(model, 0.0)
        end = max(end, theirs) if theirs < 1.25 * end else end  # past a diamond that is in its way
        axes.annotate(text, (end, place), (5, 0), textcoords="offset points", va="center", fontsize=7)
    if published:
        places = [place for place, (model, _) in enumerate(ranked) if model in published]
        errors = [published[ranked[place][0]] for place in places]
        axes.plot(errors, places, "D", color=PALETTE[1], markersize=4.5, markerfacecolor="none", label="published")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)  # above the bars, beside the title
    axes.set_yticks(range(len(ranked)), [model for model, _ in ranked])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlim(left=0)
    axes.set_xlabel("% of cases; intervals are of the choice of cases, not of seeds")
    axes.set_title(f"{evaluated_on.capitalize()} error with 95 % intervals")
    return figure


def _counts(matrix: ArrayLike, names: Sequence[str]) -> NDArray[np.int64]:
    """Return a square matrix of counts, checked."""
    table = check_array(matrix, "confusion counts", ("true classes", "guesses"))
    if table.shape != (len(names), len(names)):
        raise DbnError(f"a confusion matrix of shape {table.shape} for {len(names)} names; give one name per class")
    if (table < 0).any() or (table != np.rint(table)).any() or not table.any():
        raise DbnError("a confusion matrix holds counts of cases, not rates; pass whole numbers, not all 0")
    return table.astype(np.int64)


def _draw(axes: Axes, table: NDArray[np.int64], names: Sequence[str], most: int) -> None:
    k = len(names)
    diagonal = np.eye(k, dtype=bool)
    axes.set_facecolor(MUTED)
    axes.imshow(np.ma.array(table, mask=diagonal), cmap="Oranges", norm=PowerNorm(0.5, 0, most))
    for row, column in zip(*np.nonzero(table), strict=True):
        share = math.sqrt(table[row, column] / most)
        colour = "0.45" if row == column else "white" if share > 0.7 else "black"
        axes.text(column, row, str(table[row, column]), ha="center", va="center", fontsize=6, color=colour)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    turned = 90 if max(map(len, names)) > 2 else 0
    axes.set_xticks(range(k), names, rotation=turned)
    axes.set_yticks(range(k), names)
    axes.set_xlabel("guess")
    axes.set_ylabel("true class")


def _estimate(row: Mapping[str, Any], evaluated_on: str) -> tuple[float, float, float]:
    """Return (error, low, high) of one row, in percent, checked."""
    missing = {"model", f"{evaluated_on}_error_percent", "interval_percent", "seed"} - set(row)
    if missing:
        raise DbnError(f"a row of {evaluated_on} errors lacks {', '.join(sorted(missing))}; add it")
    error = float(row[f"{evaluated_on}_error_percent"])
    low, high = map(float, row["interval_percent"])
    if not 0 <= low <= error <= high <= 100:
        raise DbnError(
            f"{row['model']}: error {error:g} % with interval [{low:g}, {high:g}]; "
            "give percentages, the error within its interval"
        )
    return error, low, high
