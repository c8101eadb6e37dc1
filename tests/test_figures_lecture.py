"""The lecture's figures draw the numbers they were given."""

import numpy as np
import pytest

from dbn import figures

RNG = np.random.default_rng(3)


def test_unit_curves_draw_a_panel_a_kind():
    v = np.linspace(-1, 1, 5)
    curves = {name: (RNG.normal(size=5), RNG.normal(size=5)) for name in "abcd"}
    figure = figures.unit_curves(v, curves)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    for axes, (name, (f, slope)) in zip(shown, curves.items(), strict=True):
        assert axes.get_title("left") == name
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), f)
        np.testing.assert_array_equal(axes.lines[1].get_ydata(), slope)


@pytest.mark.parametrize("line", [(1.0, 2.0, -0.5), (3.0, -1.0, 0.2), (0.0, 1.0, -0.5), (1.0, 0.0, -0.5)])
def test_a_perceptron_s_line_is_where_its_sum_is_0(line):
    a, b, c = line
    corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    problem = {"points": corners, "classes": [-1, 1, 1, -1], "lines": [line], "mistakes": [3, 0]}
    panel, mistakes = figures.perceptrons([problem], ["XOR"]).axes
    drawn = [line for line in panel.lines if line.get_linestyle() == "-"]
    assert len(drawn) == 2  # once thin, and bold since it separates
    for each in drawn:
        np.testing.assert_allclose(a * np.array(each.get_xdata()) + b * np.array(each.get_ydata()) + c, 0, atol=1e-12)
    np.testing.assert_array_equal(mistakes.lines[0].get_ydata(), [3, 0])
    points = [np.column_stack(line.get_data()).tolist() for line in panel.lines if line.get_linestyle() != "-"]
    assert points == [[[0, 0], [1, 1]], [[0, 1], [1, 0]]]


def test_a_line_that_does_not_separate_is_thin_and_a_theta_of_0_has_none():
    problem = {"points": [[0, 0], [1, 1]], "classes": [-1, 1], "lines": [[1, 1, 0], [0, 0, 1]], "mistakes": [1]}
    lines = figures.perceptrons([problem], ["a"]).axes[0].lines
    assert [line.get_linewidth() for line in lines if line.get_linestyle() == "-"] == [0.4]


def test_xor_names_corners_that_fall_together_once():
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    hidden = np.array([[0.0, 0.0], [0.98, 0.01], [0.99, 0.0], [1.0, 0.97]])
    over = RNG.uniform(size=(5, 5))
    solution = {"inputs": corners, "hidden": hidden, "classes": [0, 1, 1, 0], "over_inputs": over, "over_hidden": over}
    space, inner, _ = figures.xor({"by hand": solution}).axes
    assert [text.get_text() for text in space.texts] == ["00", "01", "10", "11"]
    assert [text.get_text() for text in inner.texts] == ["00", "01, 10", "11"]
    np.testing.assert_array_equal(inner.images[0].get_array(), over)
    assert space.images[0].get_extent() == [-0.25, 1.25, -0.25, 1.25]


def test_boolean_sizes_are_lines_and_counts_bars():
    units = {"parity": [2, 4, 8], "random": [1.5, 2.5, 4.5]}
    left, right = figures.boolean_sizes([2, 3, 4], units, [2, 8, 6], 2).axes
    for line, values in zip(left.lines, units.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert [bar.get_height() for bar in right.patches] == [2, 8, 6]
    assert [text.get_text() for text in right.texts] == ["2", "8", "6"]


def test_approximations_subtract_the_function():
    t, f = np.linspace(0, 1, 7), RNG.normal(size=7)
    built, trained = f + RNG.normal(size=7), f + RNG.normal(size=7)
    errors = {"built_units": [5, 9], "requested_errors": [0.4, 0.2], "built_errors": [0.3, 0.1]}
    trained_errors = {"after 9 steps": [[0.3, 0.5, 0.9], [0.2, 0.3, 0.1]], "later": [[0.1], [0.05]]}
    errors |= {"trained_units": [4, 9], "trained_errors": trained_errors}
    surface = RNG.normal(size=(2, 4, 4))
    figure = figures.approximations(
        {"t": t, "f": f, "built": built, "trained": trained, "shown_units": [9, 9]} | errors,
        {"f": surface[0], "built": surface[1], "shown_units": [9]} | errors,
    )
    _, difference, above, first, second, below, *_ = figure.axes
    np.testing.assert_allclose(difference.lines[0].get_ydata(), trained - f)
    np.testing.assert_allclose(difference.lines[1].get_ydata(), built - f)
    np.testing.assert_array_equal(first.images[0].get_array(), surface[1])
    np.testing.assert_array_equal(second.images[0].get_array(), surface[1] - surface[0])
    for axes in (above, below):
        lines = {line.get_label(): line.get_ydata() for line in axes.lines}
        np.testing.assert_allclose(lines["trained after 9 steps"], [0.5, 0.2])
        np.testing.assert_allclose(lines["trained later"], [0.1, 0.05])
        np.testing.assert_allclose(lines["built"], [0.3, 0.1])
        np.testing.assert_allclose(lines["asked for"], [0.4, 0.2])
    assert "trained later" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_posterior_draws_shares_within_their_intervals():
    points, p = RNG.uniform(size=(6, 2)), RNG.uniform(size=(3, 3))
    shares, spans = [0.2, 0.7], [[0.1, 0.3], [0.6, 0.8]]
    left, right = figures.posterior(points, [0, 1, 1, 0, 1, 1], p, p, (0, 1), [-1, 1], shares, spans).axes
    np.testing.assert_array_equal(left.images[0].get_array(), p)
    assert [len(line.get_xdata()) for line in left.lines] == [2, 4]
    np.testing.assert_array_equal(right.lines[-1].get_ydata(), shares)
    np.testing.assert_allclose([segment[:, 1] for segment in right.collections[0].get_segments()], spans)
    v, sigma = right.lines[0].get_data()
    np.testing.assert_allclose(sigma, np.exp(v) / (1 + np.exp(v)))


def test_on_line_curves_are_a_line_a_start():
    curves = {"2 units": [[0.3, 0.2], [0.3, 0.1]], "3 units": [[0.4, 0.01]]}
    panels = figures.on_line_curves(curves).axes
    for axes, (name, starts) in zip(panels, curves.items(), strict=True):
        assert axes.get_title("left") == name
        assert [list(line.get_ydata()) for line in axes.lines] == starts
        assert [list(line.get_xdata()) for line in axes.lines] == [[1, 2]] * len(starts)


def test_jumps_draw_every_picture_in_the_colours_of_the_first():
    pictures = {"f": RNG.uniform(size=(3, 3)), "net": 2 * RNG.uniform(size=(3, 3))}
    figure = figures.jumps(pictures, [10, 20], [30.0, 15.0], 0.1)
    for axes, (name, values) in zip(figure.axes, pictures.items(), strict=False):
        assert axes.get_title("left") == name
        np.testing.assert_array_equal(axes.images[0].get_array(), values)
        assert axes.images[0].get_clim() == (pictures["f"].min(), pictures["f"].max())
    np.testing.assert_array_equal(figure.axes[2].lines[0].get_xydata(), [[10, 30], [20, 15]])
