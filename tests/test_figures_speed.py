"""The figures of the bench draw what was measured."""

import numpy as np
import pytest

from dbn import figures
from dbn.errors import DbnError
from dbn.figures.speed import GAP


def test_ratios_stand_beside_each_other_by_case() -> None:
    rows = [
        {"case": case, "model": model, "ratio_to_products": ratio, "ratio_quartiles": (ratio - 0.25, ratio + 0.5)}
        for case, model, ratio in (("ais", "dbn", 1.5), ("ais", "rbms", 5.0), ("greedy", "dbn", 1.25))
    ]
    (axes,) = figures.ratios(rows).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ais", "greedy"]
    assert [bar.get_width() for bar in axes.patches] == [1.5, 1.25, 5.0]
    assert [round(bar.get_y() + bar.get_height() / 2, 6) for bar in axes.patches] == [0, 2 + GAP, 1]
    assert axes.get_yticks().tolist() == [0.5, 2 + GAP]  # in the middle of their bars
    (legend,) = axes.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["dbn", "rbms"]
    whiskers = [segment for lines in axes.collections for segment in lines.get_segments()]  # type: ignore[attr-defined]
    assert [(start[0], end[0]) for start, end in whiskers] == [(1.25, 2.0), (1.0, 1.75), (4.75, 5.5)]


def test_without_a_program_there_is_nothing_to_draw() -> None:
    with pytest.raises(DbnError, match="time at least one other program"):
        figures.ratios([])


def test_time_grows_along_each_line() -> None:
    rows = [
        {"model": model, "size": size, "seconds": seconds, "quartiles": (seconds - 0.25, seconds + 0.5)}
        for model, size, seconds in (("products", 1, 1.0), ("dbn", 2, 2.5), ("dbn", 1, 1.5), ("rbms", 2, 8.0))
    ]
    left, right = figures.growth({"threads": rows, "images": [{**rows[1], "size": 1000}]}).axes
    assert (left.get_xlabel(), right.get_xlabel()) == ("threads", "images")
    assert (left.get_xscale(), left.get_yscale(), right.get_xscale()) == ("log", "log", "log")
    lines = {str(line.get_label()): line for line in left.lines}
    assert {name: np.asarray(line.get_xydata()).tolist() for name, line in lines.items()} == {
        "dbn": [[1, 1.5], [2, 2.5]],
        "rbms": [[2, 8]],
        "products": [[1, 1]],
    }
    assert lines["dbn"].get_color() == right.lines[0].get_color() != lines["products"].get_color() == "black"
    assert [label.get_text() for label in right.get_xticklabels()] == ["1,000"]
    whiskers = [segment for group in right.collections for segment in group.get_segments()]  # type: ignore[attr-defined]
    assert [segment.tolist() for segment in whiskers] == [[[1000, 2.25], [1000, 3.0]]]
    (legend,) = left.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["dbn", "rbms", "products"]


@pytest.mark.parametrize("panels", [{}, {"images": []}])
def test_without_a_size_there_is_nothing_that_grows(panels: dict[str, list[object]]) -> None:
    with pytest.raises(DbnError, match="time at least one size of each"):
        figures.growth(panels)  # type: ignore[arg-type]
