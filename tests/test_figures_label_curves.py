"""The figure of the study: lines, marks, and legends that cover nothing."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from dbn.errors import DbnError
from dbn.figures.label_curves import Crossing, Line, label_curves

COUNTS = np.array([10.0, 100.0, 1000.0])


def line(*errors: float) -> Line:
    mean = np.array(errors)
    return Line(COUNTS, mean, np.stack([0.9 * mean, 1.1 * mean], axis=1))


def test_lines_and_crossings_are_drawn_where_they_are() -> None:
    figure = label_curves(
        {"a pair": {"one": line(50, 20, 10), "two": line(60, 15, 0)}}, {"a pair": [Crossing(40.0, (30.0, 50.0), "two")]}
    )
    axes, below, ratios = figure.axes
    first, second, mark = axes.lines
    assert np.array_equal(first.get_xdata(), COUNTS)
    assert list(np.asarray(first.get_ydata())) == [50, 20, 10]
    assert list(np.asarray(second.get_ydata())) == [60, 15, 0.1]  # the least that the scale can show
    assert list(np.asarray(mark.get_xdata())) == [40, 40]
    assert mark.get_color() == second.get_color() != first.get_color()
    assert [patch.get_x() for patch in axes.patches] == [30]
    legend = below.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two", "two: lead changes"]
    assert [key.get_linestyle() for key in legend.get_lines()] == ["-", "-", ":"]
    assert axes.get_ylabel() == "test error, %"
    assert axes.get_yticklabels()[0].get_text() == "≤ 0.1"
    ones, relative, mark = ratios.lines
    assert list(np.asarray(ones.get_ydata())) == [1, 1, 1]
    assert list(np.asarray(relative.get_ydata())) == [1.2, 0.75, 0.1 / 10]
    assert list(np.asarray(mark.get_xdata())) == [40, 40]
    assert [label.get_text() for label in ratios.get_xticklabels()] == ["10", "100", "1k"]
    axes = label_curves({"a pair": {"one": line(50, 20, 10)}}, {}, evaluated_on="validation").axes[0]
    assert axes.get_ylabel() == "validation error, %"


@pytest.mark.parametrize("panels", [1, 2, 5])
def test_legends_cover_no_panel(panels: int) -> None:
    names = [f"a-model-with-quite-a-long-name-{i}" for i in range(3)]
    titles = [f"panel {i}" for i in range(panels)]
    marks = {title: [Crossing(40.0, (30.0, 50.0), names[1])] for title in titles}
    figure = label_curves({title: {name: line(50, 20, 1) for name in names} for title in titles}, marks)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    legends = [axes.get_legend() for axes in figure.axes]
    boxes = [legend.get_window_extent() for legend in legends if legend]
    assert len(boxes) == panels
    plots = [axes for axes in figure.axes if axes.axison]
    assert len(plots) == 2 * panels
    for box in boxes:
        assert not any(box.overlaps(axes.get_window_extent()) for axes in plots)
        assert not any(box.overlaps(axes.title.get_window_extent()) for axes in plots if axes.get_title("left"))
        assert not any(box.overlaps(axes.xaxis.label.get_window_extent()) for axes in plots if axes.get_xlabel())
        assert box.y0 > -0.5  # of a pixel


def test_without_a_model_there_is_nothing_to_draw() -> None:
    for panels in ({}, {"empty": {}}):
        with pytest.raises(DbnError, match="a panel needs at least one model"):
            label_curves(panels, {})
