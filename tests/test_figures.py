"""Figures draw the numbers they were given, and leave matplotlib as they found it."""

import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex

from dbn import figures
from dbn.errors import DbnError
from dbn.figures.style import PAD, picture_figure
from dbn.images import save_figure

RNG = np.random.default_rng(7)
NAN = np.nan


def tile(picture, row, column, height, width):
    """Return one image of a drawn mosaic."""
    top, left = row * (height + PAD), column * (width + PAD)
    return picture[top : top + height, left : left + width]


def drawn(figure):
    return figure.axes[0].images[0].get_array()


def row_names(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_receptive_fields_shows_the_weights_themselves_largest_first():
    weights = RNG.normal(size=(12, 5)) * [1, 5, 3, 4, 2]
    figure = figures.receptive_fields(weights, (3, 4), count=4, title="Layer 1")
    ranking = np.argsort(-np.square(weights).sum(axis=0))
    for place, unit in enumerate(ranking[:4]):
        seen = tile(drawn(figure), *divmod(place, 2), 3, 4)
        np.testing.assert_array_equal(seen, weights[:, unit].reshape(3, 4))
    low, high = figure.axes[0].images[0].get_clim()
    assert low == -high
    assert high == np.median(np.abs(weights[:, ranking[:4]]).max(axis=0))
    assert drawn(figure).mask[3:5].all()
    assert figure.axes[0].get_title("left") == "Layer 1\n4 of 5 hidden units, largest weights first"


def test_receptive_fields_in_the_layers_order():
    weights = RNG.normal(size=(4, 3)) * [1, 9, 3]
    figure = figures.receptive_fields(weights, (2, 2), count=2, order="index")
    np.testing.assert_array_equal(tile(drawn(figure), 0, 1, 2, 2), weights[:, 1].reshape(2, 2))


def test_receptive_fields_of_untrained_zeros_can_be_drawn():
    figure = figures.receptive_fields(np.zeros((4, 2)), (2, 2))
    assert figure.axes[0].images[0].get_clim() == (-1, 1)


def test_pictures_are_drawn_in_whole_dots(tmp_path):
    # One image of 2×2 pixels on a paper of 150 dots per inch: 22 dots a pixel, each of one colour.
    figure = figures.class_samples([[[0.0, 1.0, 1.0, 0.0]]], (2, 2), "samples")
    save_figure(figure, tmp_path / "a.png")
    position = figure.axes[0].get_position()
    width, height = figure.get_size_inches() * 150
    assert position.width * width / 2 == pytest.approx(22)
    assert position.height * height / 2 == pytest.approx(22)


def test_weight_histograms_count_every_number():
    arrays = {"W": RNG.normal(size=(30, 20)), "updates of W": RNG.normal(size=(30, 20)) * 1e-3}
    figure = figures.weight_histograms(arrays)
    for axes, values in zip(figure.axes, arrays.values(), strict=True):
        counts, edges, _ = axes.patches[0].get_data()
        expected, _ = np.histogram(values, bins=edges)
        np.testing.assert_array_equal(counts, expected)
        assert counts.sum() == 600
        assert axes.get_yscale() == "log"


def test_hidden_activity_marks_dead_and_always_on_units():
    probabilities = np.full((8, 10), 0.4)
    probabilities[:, 2] = 0.001
    probabilities[:, [5, 6]] = 0.999
    figure = figures.hidden_activity(probabilities, 0.01, 0.99)
    np.testing.assert_array_equal(drawn(figure), probabilities)
    dead, always_on, others = (patch.get_data().values - patch.get_data().baseline for patch in figure.axes[1].patches)
    assert (dead[0], dead.sum()) == (1, 1)
    assert (always_on[-1], always_on.sum()) == (2, 2)
    assert others.sum() == 7
    assert figure.axes[1].get_title("left") == "Mean activity: 1 dead, 2 always on"


def test_reconstructions_stand_under_their_originals():
    originals, models = RNG.random((2, 13, 6))
    figure = figures.reconstructions(originals, models, (2, 3))
    picture = drawn(figure)
    space = 1
    for k in range(13):
        band, column = divmod(k, 10)
        top = band * (2 * 2 + PAD + space)
        left = column * (3 + PAD)
        np.testing.assert_array_equal(picture[top : top + 2, left : left + 3].ravel(), originals[k])
        np.testing.assert_array_equal(picture[top + 4 : top + 6, left : left + 3].ravel(), models[k])
    assert row_names(figure) == ["data", "model"] * 2
    np.testing.assert_allclose(figure.axes[0].get_yticks(), [0.5, 4.5, 7.5, 11.5])
    assert figure.axes[0].images[0].get_clim() == (0, 1)


def test_class_samples_have_a_class_a_row():
    samples = RNG.random((3, 4, 6))
    figure = figures.class_samples(samples, (3, 2), "drawn", names=("a", "b", "c"))
    for k in range(3):
        for i in range(4):
            np.testing.assert_array_equal(tile(drawn(figure), k, i, 3, 2).ravel(), samples[k, i])
    assert row_names(figure) == ["a", "b", "c"]


def test_errors_shows_the_misclassified_alone():
    images = RNG.random((30, 16))
    labels = np.arange(30) % 10
    guesses = labels.copy()
    guesses[[3, 8, 21]] = [9, 1, 7]
    figure = figures.errors(images, labels, guesses, (4, 4), limit=2)
    for place, case in enumerate((3, 8)):
        seen = tile(drawn(figure), 0, place, 5, 4)
        np.testing.assert_array_equal(seen[1:].ravel(), images[case])
        assert not seen[0].any()
    assert [text.get_text() for text in figure.axes[0].texts] == ["3→9", "8→1"]
    assert figure.axes[0].get_title("left") == "3 errors in 30 cases (label→guess): the first 2"


def test_close_calls_are_right_guesses_with_a_near_second():
    images = RNG.random((4, 16))
    p = [[0.5, 0.3, 0.2], [0.3, 0.5, 0.2], [0.1, 0.05, 0.85], [0.2, 0.35, 0.45]]
    figure = figures.close_calls(images, [0, 0, 2, 2], p, (4, 4), within=0.25)  # the second guess is wrong
    for place, case in enumerate((0, 3)):
        seen = tile(drawn(figure), 0, place, 5, 4)
        np.testing.assert_array_equal(seen[1:].ravel(), images[case])
    assert [text.get_text() for text in figure.axes[0].texts] == ["0 (1)", "2 (1)"]
    assert figure.axes[0].get_title("left").startswith("2 of 3 right guesses")
    with pytest.raises(DbnError, match="no right guess"):
        figures.close_calls(images, [0, 0, 2, 2], p, (4, 4), within=0.05)
    with pytest.raises(DbnError, match="at least two classes"):
        figures.close_calls(images, [0, 0, 2], p, (4, 4))


def test_learning_curves_draws_what_was_measured():
    history = {
        "epoch": [1, 2, 3, 4],
        "loss": [4.0, 3.0, 2.0, 1.0],
        "validation_loss": [NAN, 3.5, NAN, 3.0],
        "validation_error_percent": [NAN] * 4,
        "seconds": [1.0, 1.0, 1.0, 1.0],
    }
    figure = figures.learning_curves(history)
    (axes,) = figure.axes
    training, validation = axes.lines
    np.testing.assert_array_equal(training.get_xydata(), [[1, 4], [2, 3], [3, 2], [4, 1]])
    np.testing.assert_array_equal(validation.get_xydata(), [[2, 3.5], [4, 3]])
    assert (axes.get_title("left"), axes.get_xlabel(), axes.get_ylabel()) == ("Loss", "epoch", "mean per case")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "validation"]


def test_learning_curves_have_both_sides_of_the_log_likelihood():
    history = {"epoch": [1, 2], "validation_nats_ais": [NAN, -84.0], "validation_nats_reverse_ais": [NAN, -85.0]}
    (axes,) = figures.learning_curves(history).axes
    np.testing.assert_array_equal([line.get_xydata() for line in axes.lines], [[[2, -84]], [[2, -85]]])
    assert axes.get_title("left") == "Validation log-likelihood"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["AIS", "reverse AIS"]


def test_learning_curves_gives_each_layer_a_line_and_a_colour():
    history = {
        "epoch": [1, 2, 1, 2],
        "layer": [1, 1, 2, 2],
        "reconstruction_error": [9.0, 8.0, 5.0, 4.0],
        "dead_units": [NAN, NAN, 3, 2],
        "always_on_units": [1, 0, 0, 0],
    }
    figure = figures.learning_curves(history)
    errors, idle = figure.axes
    np.testing.assert_array_equal([line.get_ydata() for line in errors.lines], [[9, 8], [5, 4]])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["layer 1", "layer 2"]
    first, second = (to_hex(line.get_color()) for line in errors.lines)
    assert first != second
    assert [(to_hex(line.get_color()), line.get_linestyle()) for line in idle.lines] == [
        (second, "-"),
        (first, "--"),
        (second, "--"),
    ]


def test_compare_learning_curves_draws_a_line_a_model():
    runs = {f"run {k}": {"epoch": [1, 2], "train_error_percent": [k + 2.0, k + 1.0]} for k in range(9)}
    figure = figures.compare_learning_curves(runs, "train_error_percent")
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == list(runs)
    np.testing.assert_array_equal([line.get_ydata() for line in lines], [[k + 2, k + 1] for k in range(9)])
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 9


def test_likelihood_curves_are_bands_between_both_sides_in_a_panel_for_each_binarisation():
    sampled = {"a": [[1, -900, -950], [2, -90, -91], [3, -89, -95]], "b": [[1, -100, -102], [3, -84, -84.5]]}
    panels = {"sampled": sampled, "threshold": {"c": [[2, -136, -135]]}}
    figure = figures.likelihood_curves(panels)
    assert [axes.get_title("left") for axes in figure.axes] == ["pixels: sampled", "pixels: threshold"]
    for axes, curves in zip(figure.axes, panels.values(), strict=True):
        assert [text.get_text() for text in axes.get_legend().get_texts()] == list(curves)
        sides = zip(axes.lines[::2], axes.lines[1::2], strict=True)
        for (line, other), band, curve in zip(sides, axes.collections, curves.values(), strict=True):
            np.testing.assert_array_equal(line.get_xydata(), np.array(curve)[:, :2])
            np.testing.assert_array_equal(other.get_xydata(), np.array(curve)[:, ::2])
            assert (line.get_linestyle(), other.get_linestyle()) == ("-", "--")
            assert line.get_color() == other.get_color()
            corners = band.get_paths()[0].vertices
            for epoch, ais, reverse in curve:
                assert [epoch, ais] in corners.tolist()
                assert [epoch, reverse] in corners.tolist()
    assert len({line.get_color() for line in figure.axes[0].lines}) == 2
    low, high = figure.axes[0].get_ylim()
    assert -92 < low < -90 < -84 < high < -83  # how learning began leaves room for how it ended
    assert figure.axes[0].get_yticks().tolist() == [-84, -85, -86, -87, -90]
    place = figure.axes[0].transData.transform([(1, y) for y in (-84, -86, -90)])[:, 1]
    assert (place[0] - place[1]) / (place[1] - place[2]) == pytest.approx(np.log(3) / np.log(7 / 3))  # from -83
    whole = [[10, -90, -91], [20, -85, -85.5]]
    start, on = (
        figures.likelihood_curves({"sampled": {"start": whole, "on": [*whole, [30, -84, -84.5]]}}).axes[0].lines[::2]
    )
    assert [line.get_xdata().tolist() for line in (start, on)] == [[10, 20], [20, 30]]  # shared epochs are drawn once
    dip = figures.likelihood_curves({"sampled": {"a": [[i, -200 if i == 7 else -100, -101] for i in range(10)]}})
    assert dip.axes[0].get_ylim()[0] < -200  # what happened later is seen
    ruin = figures.likelihood_curves({"sampled": {"a": [[1, -100, -101], [2, -1e30, -1e30], [3, -1e30, -1e30]]}})
    assert ruin.axes[0].get_yticks().min() == -600


def test_most_of_every_likelihood_curve_is_within_the_limits_of_its_panel_and_text_overlaps_nowhere():
    epochs = np.arange(10, 201, 10)
    levels = {"rbm-500-cd1": -130, "rbm-500-cd25": -88, "rbm-500-pcd-centered": -84, "rbm-500-pt": -85, "dbn": -83}
    levels = {"sampled": levels, "threshold": {"rbm-16": -136, "rbm-20": -129}}
    curves = {
        name: {
            model: np.stack([epochs, at - 300 / epochs, at - 2 - 900 / epochs], axis=1) for model, at in panel.items()
        }
        for name, panel in levels.items()
    }
    figure = figures.likelihood_curves(curves)
    for axes in figure.axes:
        low, high = axes.get_ylim()
        for line in axes.lines[::2]:
            assert (np.clip(line.get_ydata(), low, high) == line.get_ydata()).mean() >= 0.75
    figure.draw_without_rendering()
    title = figure._suptitle.get_window_extent()
    plots = [axes.get_window_extent() for axes in figure.axes]
    assert not any(axes.get_legend().get_window_extent().overlaps(box) for axes in figure.axes for box in plots)
    boxes = [title, *(axes.get_tightbbox() for axes in figure.axes)]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    for box in boxes:
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1


def test_confusion_matrices_count_share_a_scale_and_mute_the_diagonal():
    good = np.array([[50, 2, 0], [0, 50, 0], [1, 0, 50]])
    bad = np.array([[40, 9, 1], [3, 40, 7], [5, 5, 40]])
    figure = figures.confusion_matrices({"good": good, "bad": bad}, ("x", "y", "z"))
    for axes, matrix in zip(figure.axes, (good, bad), strict=True):
        image = axes.images[0]
        np.testing.assert_array_equal(image.get_array().data, matrix)
        np.testing.assert_array_equal(image.get_array().mask, np.eye(3, dtype=bool))
        assert image.get_clim() == (0, 9)
        written = {text.get_position(): int(text.get_text()) for text in axes.texts}
        assert written == {(j, i): matrix[i, j] for i, j in zip(*np.nonzero(matrix), strict=True)}
    assert figure.axes[1].get_title("left") == "bad\n30 errors in 150 cases (20.00 %)"


def test_error_bars_are_as_long_as_the_errors_and_sorted():
    def row(model, error, seed):
        interval = [error - 0.5, error + 0.75]
        return {"model": model, "test_error_percent": error, "interval_percent": interval, "seed": seed}

    figure = figures.error_bars([row("kNN", 3.0, 0), row("DBN", 1.0, 1), row("SVM", 1.5, 0), row("DBN", 1.25, 0)])
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [1.125, 1.5, 3.0]
    assert row_names(figure) == ["DBN", "SVM", "kNN"]
    assert axes.yaxis_inverted()
    assert axes.get_xlim()[0] == 0
    assert axes.lines[0].get_xdata().tolist() == [1.25, 1.0]  # by seed
    spans = [segment[:, 0].tolist() for lines in axes.collections for segment in lines.get_segments()]
    assert spans == [[0.75, 2.0], [0.5, 1.75], [1.0, 2.25], [2.5, 3.75]]
    assert [text.get_text() for text in axes.texts] == ["1.12 (mean of 2 seeds)", "1.50", "3.00"]


def test_published_errors_are_marked_beside_ours():
    rows = [
        {"model": name, "test_error_percent": error, "interval_percent": [error, error], "seed": 0, **published}
        for name, error, published in (("a", 2.0, {"published_percent": 1.5}), ("b", 1.0, {}))
    ]
    (axes,) = figures.error_bars(rows).axes
    (marked,) = [line for line in axes.lines if line.get_label() == "published"]
    assert (marked.get_xdata().tolist(), marked.get_ydata().tolist()) == ([1.5], [1])
    assert axes.get_legend().get_texts()[0].get_text() == "published"
    assert figures.error_bars(rows[1:]).axes[0].get_legend() is None


def test_theory_draws_the_three_theorems():
    away = {"states": ["00", "11"], "posterior": [0.25, 0.75], "published": [0.2, 0.8]}
    tied = {"depth": [1, 2, 40], "total_variation": [0.1, 0.01, 0.0], "posterior_gap": [0.2, 0.02, 2e-14]}
    tied |= {"total_variation_rbm_on_top": [0.0, 1e-15, 0.0], "rate": 0.1}
    learned = {"step": [0, 1, 2], "bound": [-3.0, -2.5, -2.25], "log_likelihood": [-3.0, -2.0, -1.5], "one_layer": -3}
    left, middle, right = figures.theory(away, tied, learned).axes
    assert [bar.get_height() for bar in left.patches] == [0.25, 0.75]
    assert left.lines[0].get_ydata().tolist() == [0.2, 0.8]
    assert [label.get_text() for label in left.get_xticklabels()] == ["00", "11"]
    assert [text.get_text() for text in left.texts] == ["0.25000", "0.2000", "0.75000", "0.8000"]
    gap, distance, on_top, predicted = (line.get_ydata().tolist() for line in middle.lines)
    rounding = 2**-53
    assert (gap, distance, on_top) == ([0.2, 0.02, 2e-14], [0.1, 0.01, rounding], [rounding, 1e-15, rounding])
    assert predicted == pytest.approx([0.1, 0.01])
    assert middle.get_yscale() == "log"
    one_layer, bound, log_likelihood = (list(line.get_ydata()) for line in right.lines)
    assert (one_layer, bound, log_likelihood) == ([-3, -3], learned["bound"], learned["log_likelihood"])
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["one layer", "bound", "log-likelihood"]


def test_a_film_strip_has_a_chain_a_row_and_time_from_left_to_right():
    frames = RNG.random((4, 3, 6))
    figure = figures.film_strip(frames, (3, 2), steps=(0, 20, 40, 1000), names=("3", "5", "8"))
    for row in range(3):
        for column in range(4):
            np.testing.assert_array_equal(tile(drawn(figure), row, column, 3, 2).ravel(), frames[column, row])
    (axes,) = figure.axes
    assert row_names(figure) == ["3", "5", "8"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "20", "40", "1,000"]
    np.testing.assert_allclose(axes.get_xticks(), [0.5, 4.5, 8.5, 12.5])


def test_completions_stand_under_what_was_seen():
    originals, filled, known = RNG.random((3, 4)), RNG.random((2, 3, 4)), np.array([True, False, True, False])
    figure = figures.completions(originals, known, filled, (2, 2))
    for k in range(3):
        whole, seen, *completed = (tile(drawn(figure), row, k, 2, 2).ravel() for row in range(4))
        np.testing.assert_array_equal(whole, originals[k])
        np.testing.assert_array_equal(seen[known], originals[k][known])
        assert len(set(seen[~known])) == 1
        np.testing.assert_array_equal(completed, filled[:, k])


def test_ravines_draw_the_free_energies():
    chains, lines = {"a": RNG.normal(size=5), "b": RNG.normal(size=3)}, {"c": RNG.normal(size=5)}
    left, right = figures.ravines(chains, lines).axes
    for line, values in zip(left.lines, chains.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
        np.testing.assert_array_equal(line.get_xdata(), 1 + np.arange(len(values)))
    np.testing.assert_array_equal(right.lines[0].get_ydata(), lines["c"])
    np.testing.assert_array_equal(right.lines[0].get_xdata(), [0, 0.25, 0.5, 0.75, 1])
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["a", "b"]


def test_agreement_bars_are_the_intervals():
    percent, spans = [50.0, 90.0], [[40.0, 60.0], [80.0, 95.0]]
    classes, class_spans = [[45.0, 55.0], [80.0, 100.0]], [[[40, 50], [50, 60]], [[70, 85], [90, 100]]]
    left, right = figures.agreement([1, 10], percent, spans, classes, class_spans).axes
    assert left.lines[0].get_xydata().tolist() == [[1, 50], [10, 90]]
    assert [segment[:, 1].tolist() for segment in left.collections[0].get_segments()] == spans
    assert right.lines[0].get_xydata().tolist() == [[0, 80], [1, 100]]
    assert [segment[:, 1].tolist() for segment in right.collections[0].get_segments()] == class_spans[1]


def test_nearest_distances_are_counted_in_percent():
    distances = {"samples": RNG.normal(size=40), "test images": RNG.normal(size=500)}
    figure = figures.nearest_distances(distances)
    (axes,) = figure.axes
    for patch, line, values in zip(axes.patches, axes.lines, distances.values(), strict=True):
        shares, edges, _ = patch.get_data()
        np.testing.assert_allclose(shares, 100 * np.histogram(values, edges)[0] / len(values))
        assert shares.sum() == pytest.approx(100)
        assert line.get_xdata()[0] == np.median(values)


def test_spread_has_a_point_for_each_class():
    (axes,) = figures.spread({"samples": [3.0, 4.0], "real": [5.0, 6.0]}, ("a", "b")).axes
    assert [line.get_ydata().tolist() for line in axes.lines] == [[3, 4], [5, 6]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b"]
    assert axes.get_ylim()[0] == 0


def test_matplotlibs_settings_are_left_alone():
    before = dict(mpl.rcParams)
    figures.weight_histograms({"W": [0.0, 1.0]})
    with pytest.raises(DbnError):
        figures.weight_histograms({})
    assert dict(mpl.rcParams) == before


def test_neither_pyplot_nor_for_the_package_matplotlib_is_imported():
    code = (
        "import sys, dbn, dbn.images; assert 'matplotlib' not in sys.modules;"
        "import dbn.figures; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_saved_figures_are_small_and_the_same_twice(tmp_path):
    for name in ("a.png", "b.png"):
        noise = np.random.default_rng(0).normal(size=(784, 100))
        save_figure(figures.receptive_fields(noise, (28, 28)), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size < 300_000


def test_learning_curves_of_rows_are_those_of_columns():
    rows = [{"epoch": 1.0, "loss": 1.0}, {"epoch": 2.0, "loss": 0.5, "validation_loss": 0.7}]
    columns = {"epoch": [1, 2], "loss": [1, 0.5], "validation_loss": [np.nan, 0.7]}
    drawn = [[line.get_xydata() for line in figures.learning_curves(told).axes[0].lines] for told in (rows, columns)]
    assert len(drawn[0]) == 2
    for row, column in zip(*drawn, strict=True):
        np.testing.assert_array_equal(row, column)


def test_figures_look_the_same_whatever_the_user_s_own_style_is(tmp_path):
    curves = {"epoch": [1, 2], "loss": [1, 0.5]}
    save_figure(figures.learning_curves(curves), tmp_path / "plain.png")
    with mpl.rc_context({"axes.facecolor": "black", "text.color": "red", "savefig.bbox": "tight", "text.usetex": True}):
        save_figure(figures.learning_curves(curves), tmp_path / "styled.png")
        assert mpl.rcParams["axes.facecolor"] == "black"
    assert (tmp_path / "styled.png").read_bytes() == (tmp_path / "plain.png").read_bytes()


def test_learning_curves_take_a_table_of_pandas():
    pandas = pytest.importorskip("pandas")
    figure = figures.learning_curves(pandas.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.5]}))
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xydata(), [[1, 1], [2, 0.5]])


def test_tall_images_are_drawn_no_higher_than_square_ones():
    heights = {
        shape: picture_figure(np.zeros(shape), shape, "gray_r", (0, 1))[0].get_size_inches()[1]
        for shape in ((40, 40), (40, 8), (40, 1))
    }
    assert len(set(heights.values())) == 1


@pytest.mark.parametrize(("shape", "wide"), [((28, 28), 28), ((40, 8), 30), ((8, 40), 40)])
def test_errors_are_as_large_as_other_images_and_wide_enough_for_their_labels(shape, wide):
    images, labels = RNG.random((20, shape[0] * shape[1])), np.arange(20) % 10
    figure = figures.errors(images, labels, (labels + 1) % 10, shape)
    columns = np.asarray(figure.axes[0].images[0].get_array()).shape[1]
    assert columns == 10 * (wide + PAD) - PAD
    plain, _ = picture_figure(np.zeros((4, columns)), shape, "gray_r", (0, 1))
    assert figure.get_size_inches()[0] == plain.get_size_inches()[0]
