"""The figure of the bench draws what was measured."""

import pytest

from dbn import figures
from dbn.errors import DbnError


def test_ratios_stand_beside_each_other_by_case() -> None:
    rows = [
        {"case": case, "model": model, "ratio_to_products": ratio, "ratio_quartiles": (ratio - 0.25, ratio + 0.5)}
        for case, model, ratio in (("ais", "dbn", 1.5), ("ais", "rbms", 5.0), ("greedy", "dbn", 1.25))
    ]
    (axes,) = figures.ratios(rows).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ais", "greedy"]
    assert [bar.get_width() for bar in axes.patches] == [1.5, 1.25, 5.0]
    assert [round(bar.get_y() + bar.get_height() / 2) for bar in axes.patches] == [0, 1, 0]
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["dbn", "rbms"]
    whiskers = [segment for lines in axes.collections for segment in lines.get_segments()]  # type: ignore[attr-defined]
    assert [(start[0], end[0]) for start, end in whiskers] == [(1.25, 2.0), (1.0, 1.75), (4.75, 5.5)]


def test_without_a_program_there_is_nothing_to_draw() -> None:
    with pytest.raises(DbnError, match="time at least one other program"):
        figures.ratios([])
