"""A lecture on neural networks, row by row: what it defines, what was measured, and a figure of it.

The result is no `Summary`, whose rows are classifiers with their test errors: here each row measures something else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbn.comparison import deep_net, one_unit, three_layers, twins, two_layers
from dbn.comparison.one_unit import Shown
from dbn.comparison.results import environment, write
from dbn.images import save_figure


@dataclass(frozen=True)
class Row:
    """One row of the lecture: its number, what the lecture defines there, and how that is shown."""

    number: int
    defines: str
    show: Callable[[int, bool], Shown]


LECTURE = (
    Row(1, "logistic regression: y = σ(θ·x + θ0), a discriminative model p(y given x)", one_unit.logistic_regression),
    Row(2, "the perceptron: y = sign(θ·x + θ0); no θ computes XOR", one_unit.one_perceptron),
    Row(3, "units: sigmoid, tanh, ReLU, leaky ReLU, softplus, ELU", one_unit.kinds_of_unit),
    Row(4, "feed-forward nets: one hidden layer solves XOR", two_layers.xor),
    Row(5, "Boolean functions: two layers, of up to 2ⁿ units, are exact", two_layers.boolean_functions),
    Row(6, "functions: two layers come near continuous ones, three any; not easy to train", three_layers.functions),
    Row(7, "backprop: squared error, sigmoid units, on-line δ rules", two_layers.on_line_backprop),
    Row(8, "the deep belief net: greedy learning, up-down, an associative memory", deep_net.deep_belief_net),
    Row(9, "seven claims for the deep belief net", deep_net.seven_claims),
    Row(
        10,
        "generative or discriminative: naive Bayes beside logistic regression",
        twins.naive_bayes_and_logistic_regression,
    ),
)
"""The rows in order; a row more is a line more."""


def run(folder: Path, seed: int, *, quick: bool, command: str, say: Callable[[str], None] = lambda _: None) -> None:
    """Show every row: write summary.json, table.md and figures to `folder`.

    Raises
    ------
    DbnError
        If the folder cannot be written.
    """
    rows: list[dict[str, Any]] = []
    lines = ["| row | the lecture defines | found | figures |", "| ---: | --- | --- | --- |"]
    for row in LECTURE:
        found, measured, drawn = row.show(seed, quick)
        for name, figure in drawn.items():
            save_figure(figure, folder / "figures" / f"{name}.png")
        say(f"{row.number}. {row.defines}\n   {found}")
        rows.append({"row": row.number, "defines": row.defines, "found": found, "figures": list(drawn), **measured})
        pictures = ", ".join(f"[{name}](figures/{name}.png)" for name in drawn)
        lines.append(f"| {row.number} | {row.defines} | {found} | {pictures} |")
    summary = {"study": "lecture", "command": command, "environment": environment(), "seed": seed, "rows": rows}
    write(folder, summary, "\n".join(lines))
