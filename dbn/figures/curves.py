"""Training seen from epoch to epoch: one run's metrics side by side, or one metric of several runs.

A history has a row for each epoch, as `Run.history`, or is a table of equally long columns: `epoch`, perhaps `layer`,
and metrics. NaN means that the metric was not measured in that epoch, and the line joins the epochs in which it was.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter
from matplotlib.typing import LineStyleType
from numpy.typing import ArrayLike, NDArray

from dbn.errors import DbnError
from dbn.figures.style import COLUMN, DASHES, GREY, PAGE, PALETTE, TICK_SIZE, colour_and_dash, house_style, new_figure

Floats = NDArray[np.float64]
History: TypeAlias = Sequence[Mapping[str, float]] | Mapping[str, ArrayLike]
FEW_POINTS = 40  # up to here each measured epoch is marked


class Panel(NamedTuple):
    """One panel: what its columns measure, in which unit, and how each is called in the legend."""

    title: str
    unit: str
    columns: Mapping[str, str]
    scale: str = "linear"


PANELS = (
    Panel("Reconstruction error", "squared error per unit", {"reconstruction_error": "training"}),
    Panel("Recognition error", "squared error per unit", {"recognition_error": "dreams"}),
    Panel("Free-energy gap", "nats", {"free_energy_gap": "gap"}),
    Panel(
        "Validation log-likelihood",
        "nats per image",
        {"validation_nats_ais": "AIS", "validation_nats_reverse_ais": "reverse AIS"},
    ),
    Panel("Loss", "mean per case", {"loss": "training", "validation_loss": "validation"}, "log"),
    Panel(
        "Classification error",
        "% of cases",
        {"train_error_percent": "training", "validation_error_percent": "validation"},
    ),
    Panel("Mean hidden activity", "mean state", {"hidden_activity": "mean"}),
    Panel("Idle hidden units", "share of units", {"dead_units": "dead", "always_on_units": "always on"}),
    Panel("Size of the updates", "|ΔW| / |W|", {"update_ratio": "ratio"}, "log"),
)


@house_style
def learning_curves(history: History) -> Figure:
    """Draw every metric of one run against the epoch, a panel each; a layer that was trained has its colour.

    Parameters
    ----------
    history : sequence of dict, or mapping of column to array_like, shape (n_rows,)
        `epoch`; optionally `layer`, the number of the layer that greedy pre-training was at; and any of
        reconstruction_error, recognition_error, free_energy_gap (nats), validation_nats_ais,
        validation_nats_reverse_ais (nats per image), loss, validation_loss (mean per case: nats, or squares),
        train_error_percent, validation_error_percent, hidden_activity, dead_units, always_on_units, update_ratio.
        Others are left out.

    Raises
    ------
    DbnError
        There is no epoch, the columns differ in length, or none of the metrics was ever measured.

    >>> figure = learning_curves({"epoch": [1, 2], "update_ratio": [0.1, 0.01], "loss": [np.nan, np.nan]})
    >>> [axes.get_title("left") for axes in figure.axes]
    ['Size of the updates']
    """
    table = _table(history)
    measured = {name for name, values in table.items() if np.isfinite(values).any()}
    panels = [panel for panel in PANELS if measured & set(panel.columns)]
    if not panels:
        known = ", ".join(name for panel in PANELS for name in panel.columns)
        raise DbnError(f"the history has no metric that can be drawn; it can have {known}")
    layers = [int(layer) for layer in np.unique(table["layer"])] if "layer" in table else []
    columns = len(panels) if len(panels) <= 3 else math.ceil(len(panels) / math.ceil(len(panels) / 3))
    rows = math.ceil(len(panels) / columns)
    figure = new_figure(COLUMN if columns == 1 else PAGE, 1.9 * rows + (0.25 if layers else 0))
    for place, panel in enumerate(panels, start=1):
        axes = figure.add_subplot(rows, columns, place)
        for rank, name in enumerate(panel.columns):
            for layer, epochs, values in _series(table, name):
                colour = PALETTE[rank] if layer is None else PALETTE[layers.index(layer) % len(PALETTE)]
                dash = "-" if layer is None else DASHES[rank]
                _line(axes, epochs, values, colour, dash)
        if len(panel.columns) > 1:
            lines = {
                label: Line2D([], [], color="0.3" if layers else PALETTE[rank], linestyle=DASHES[rank * bool(layers)])
                for rank, (name, label) in enumerate(panel.columns.items())
                if name in measured
            }
            axes.legend(list(lines.values()), list(lines))
        _label(axes, panel, panel.title)
    if layers:
        keys = [Line2D([], [], color=PALETTE[rank % len(PALETTE)]) for rank in range(len(layers))]
        names = [f"layer {layer}" for layer in layers]
        figure.legend(keys, names, loc="outside upper left", ncols=len(layers))
    return figure


@house_style
def compare_learning_curves(histories: Mapping[str, History], metric: str) -> Figure:
    """Draw one metric of several models against the epoch, a line for each.

    Parameters
    ----------
    histories : mapping of model to history
        Histories as `learning_curves` takes them.
    metric : str
        One of the metrics that `learning_curves` knows.

    Raises
    ------
    DbnError
        As `learning_curves`; or the metric is unknown, or a model never measured it.

    >>> runs = {"CD-1": {"epoch": [1, 2], "loss": [3.0, 2.0]}, "PCD": {"epoch": [1, 2], "loss": [4.0, 1.0]}}
    >>> figure = compare_learning_curves(runs, "loss")
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['CD-1', 'PCD']
    """
    panel = next((panel for panel in PANELS if metric in panel.columns), None)
    if panel is None:
        known = ", ".join(name for panel in PANELS for name in panel.columns)
        raise DbnError(f"no metric {metric!r}; known are {known}")
    if not histories:
        raise DbnError("no histories to compare; pass at least one model's")
    lines = []
    for model, history in histories.items():
        series = list(_series(_table(history), metric))
        if not series:
            raise DbnError(f"{model} has no {metric} in its history; leave the model out or measure it")
        for layer, epochs, values in series:
            lines.append((model if layer is None else f"{model}, layer {layer}", epochs, values))
    figure = new_figure(PAGE * 0.7, 2.4)
    axes = figure.add_subplot()
    for rank, (name, epochs, values) in enumerate(lines):
        _line(axes, epochs, values, *colour_and_dash(rank), name)
    subject = panel.title if len(panel.columns) == 1 else f"{panel.title}, {panel.columns[metric]}"
    _label(axes, panel, subject)
    figure.legend(loc="outside right upper")
    return figure


def _table(history: History) -> dict[str, Floats]:
    """Return the columns that figures know as floats, all of one length; NaN where a row has none."""
    if isinstance(history, Sequence):
        columns = dict.fromkeys(name for row in history for name in row)
        history = {name: [row.get(name, np.nan) for row in history] for name in columns}
    if "epoch" not in history:
        raise DbnError(f"the history has no column 'epoch', only {', '.join(history) or 'nothing'}; add it")
    known = {"epoch", "layer"}.union(*(panel.columns for panel in PANELS))
    table = {name: np.asarray(values, dtype=np.float64) for name, values in history.items() if name in known}
    shapes = {name: values.shape for name, values in table.items()}
    if len(set(shapes.values())) != 1 or table["epoch"].ndim != 1 or len(table["epoch"]) == 0:
        raise DbnError(f"the history's columns have shapes {shapes}; give each one number per epoch")
    if not all(np.isfinite(table[name]).all() for name in ("epoch", "layer") if name in table):
        raise DbnError("an epoch or a layer in the history is NaN or infinite; number every row")
    return table


def _series(table: Mapping[str, Floats], metric: str) -> Iterator[tuple[int | None, Floats, Floats]]:
    """Yield (layer, epochs, values) of the measured rows, layer by layer where there are layers."""
    if metric not in table:
        return
    measured = np.isfinite(table[metric])
    layers = table.get("layer")
    for layer in [None] if layers is None else np.unique(layers):
        rows = measured if layers is None else measured & (layers == layer)
        if rows.any():
            yield (None if layer is None else int(layer)), table["epoch"][rows], table[metric][rows]


def _line(
    axes: Axes, epochs: Floats, values: Floats, colour: str, dash: LineStyleType, name: str | None = None
) -> None:
    marker = "o" if len(epochs) <= FEW_POINTS else ""
    axes.plot(epochs, values, color=colour, linestyle=dash, marker=marker, markersize=2.2, label=name)


def _label(axes: Axes, panel: Panel, title: str) -> None:
    axes.set_title(title)
    axes.set_xlabel("epoch")
    axes.set_ylabel(panel.unit)
    axes.set_yscale(panel.scale)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    # Stated here because ticks are made when the figure is drawn, after the house style has been left.
    axes.tick_params(labelsize=TICK_SIZE)
    if panel.unit.startswith("share"):
        high = max(0.01, axes.get_ylim()[1])
        axes.set_ylim(-0.02 * high, high)  # a line at 0 is seen whole
    if panel.scale == "log":
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, 0.025 * high), high)  # a decade and a half at least, so that ticks are named
        axes.yaxis.set_minor_formatter(NullFormatter())
    if "update_ratio" in panel.columns:
        axes.axhline(1e-3, color=GREY, linewidth=0.6, linestyle=":")
        across = axes.get_yaxis_transform()
        axes.text(0, 1e-3, " rule of thumb", transform=across, va="top", color=GREY, fontsize=TICK_SIZE)
        axes.set_ylim(bottom=min(axes.get_ylim()[0], 5e-4))
