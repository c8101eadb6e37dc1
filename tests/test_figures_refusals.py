"""What cannot be drawn is refused in a sentence that says what to do."""

import numpy as np
import pytest

from dbn import figures
from dbn.errors import DbnError

ROW = {"model": "DBN", "test_error_percent": 1.0, "interval_percent": [0.8, 1.2], "seed": 0}
HALF = np.full((2, 2), 0.5)
IMAGES = np.zeros((3, 4))
AWAY = {"states": ["00"], "posterior": [1.0], "published": [1.0]}
TIED = {"depth": [1], "total_variation": [0.1], "posterior_gap": [0.1], "total_variation_rbm_on_top": [0], "rate": 0.1}
LEARNED = {"step": [0], "bound": [-1.0], "log_likelihood": [-1.0], "one_layer": -1.0}


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: figures.receptive_fields(np.zeros((5, 3)), (2, 2)), "5 visible units are not an image of 2×2"),
        (lambda: figures.receptive_fields(np.full((4, 3), np.nan), (2, 2)), "12 of the weights are NaN"),
        (lambda: figures.receptive_fields(np.zeros(4), (2, 2)), r"\(visible, hidden\)"),
        (lambda: figures.receptive_fields(np.zeros((4, 3)), (2, 2), order="size"), "order is 'norm' or 'index'"),
        (lambda: figures.receptive_fields(np.zeros((4, 3)), (2, 2), count=0), "count at least 1"),
        (lambda: figures.weight_histograms({}), "at least one"),
        (lambda: figures.weight_histograms({"W": [np.nan]}), "values of W"),
        (lambda: figures.jumps({}, [], [], 0.1), "0 pictures, 0 nets, 0 errors; give an error for each net"),
        (lambda: figures.hidden_activity([[0.5, 1.5]], 0.01, 0.99), r"lie in \[0, 1\]"),
        (lambda: figures.reconstructions(IMAGES, IMAGES[:2], (2, 2)), "3 originals but 2"),
        (lambda: figures.class_samples(IMAGES[None], (2, 2), "samples", ("a", "b")), "2 names for 1 classes"),
        (lambda: figures.class_samples(IMAGES, (2, 2), "samples"), r"\(classes, samples, pixels\)"),
        (lambda: figures.film_strip(IMAGES[None], (2, 2), (0, 1)), "2 steps and 3 names for 1 frames of 3 chains"),
        (lambda: figures.film_strip(IMAGES[None], (2, 2), (0,), ("a",)), "1 steps and 1 names"),
        (lambda: figures.completions(IMAGES, np.ones(3), IMAGES[None], (2, 2)), "one mask for all"),
        (lambda: figures.completions(IMAGES, np.ones(4), IMAGES[None, :2], (2, 2)), "every completion of the same"),
        (lambda: figures.ravines({}, {"3 to 8": [0, 1]}), "at least one chain and one line"),
        (lambda: figures.ravines({"label 3": [0, np.nan]}, {"3 to 8": [0, 1]}), "free energies of label 3 are NaN"),
        (lambda: figures.agreement([1], [50], [[40, 60]], [[50]], [[[40, 60]]], ("a", "b")), "1 looks and 2 names"),
        (lambda: figures.agreement([1], [50], [[40, 45]], [[50]], [[[40, 60]]]), "not within its interval"),
        (lambda: figures.agreement([1], [50], [[40, 60]], [[50]], [[[51, 60]]]), "not within its interval"),
        (lambda: figures.nearest_distances({}), "no distances"),
        (lambda: figures.spread({}), "no distances"),
        (lambda: figures.spread({"a": [1, 2], "b": [1]}), "not of 2 classes each"),
        (lambda: figures.errors(IMAGES, [0, 1, 2], [0, 1], (2, 2)), "2 guesses"),
        (lambda: figures.errors(IMAGES, [0, 1, 2], [0, 1, 2], (2, 2)), "nothing to draw"),
        (lambda: figures.errors(IMAGES, [0, 1, 2], [0, 1, 1], (2, 2), limit=0), "limit=0"),
        (lambda: figures.errors(IMAGES + 2, [0, 1, 2], [0, 1, 1], (2, 2)), "scale them"),
        (lambda: figures.learning_curves({"loss": [1.0]}), "no column 'epoch', only loss"),
        (lambda: figures.learning_curves({"epoch": [1, 2], "loss": [1.0]}), "one number per epoch"),
        (lambda: figures.learning_curves({"epoch": [np.nan], "loss": [1.0]}), "number every row"),
        (lambda: figures.learning_curves({"epoch": [1], "loss": [np.nan]}), "no metric that can be drawn"),
        (lambda: figures.compare_learning_curves({}, "loss"), "no histories"),
        (lambda: figures.likelihood_curves({}), "no log-likelihoods to draw"),
        (
            lambda: figures.likelihood_curves({"sampled": {"a": [[1, 2]]}}),
            "the curve of a has 2 columns; give epoch, AIS",
        ),
        (lambda: figures.compare_learning_curves({"a": {"epoch": [1]}}, "lost"), "no metric 'lost'; known are"),
        (lambda: figures.compare_learning_curves({"a": {"epoch": [1]}}, "loss"), "a has no loss"),
        (lambda: figures.confusion_matrices({}, ("a",)), "no confusion matrices"),
        (lambda: figures.confusion_matrix([[1, 2]], ("a", "b")), "for 2 names"),
        (lambda: figures.confusion_matrix([[0.9, 0.1], [0, 1]], ("a", "b")), "not rates"),
        (lambda: figures.confusion_matrix([[0, 0], [0, 0]], ("a", "b")), "not all 0"),
        (lambda: figures.error_bars([]), "no test errors"),
        (lambda: figures.error_bars([{"model": "DBN"}]), "lacks interval_percent, seed, test_error_percent"),
        (lambda: figures.error_bars([ROW | {"interval_percent": [1.1, 1.2]}]), "within its interval"),
        (lambda: figures.error_bars([ROW | {"test_error_percent": np.nan}]), "within its interval"),
        (lambda: figures.theory(AWAY | {"states": []}, TIED, LEARNED), "0 states for 1 probabilities"),
        (lambda: figures.theory(AWAY, {"depth": [1]}, LEARNED), "no total_variation among depth"),
        (lambda: figures.theory(AWAY, TIED | {"rate": np.nan}, LEARNED), "of the rate are NaN"),
        (lambda: figures.theory(AWAY, TIED, LEARNED | {"bound": [-1.0, 0.0]}), "one number a row"),
        (lambda: figures.unit_curves([0, 1], {}), "no units to draw"),
        (lambda: figures.unit_curves([0, 1], {"relu": ([0, 1], [1])}), "curve of relu has 1 numbers for 2 points"),
        (lambda: figures.perceptrons([], []), "0 names for 0 problems"),
        (lambda: figures.xor({}), "no solution of XOR"),
        (lambda: figures.boolean_sizes([1, 2], {"parity": [1]}, [1], 1), "the parity has 1 numbers for 2 points"),
        (lambda: figures.approximations({"t": [0.0]}, {}), "there is no f among t; add it"),
        (lambda: figures.on_line_curves({"2 units": []}), "no learning curves"),
        (
            lambda: figures.posterior([[0, 0]], [2], HALF, HALF, (0, 1), [0], [0.5], [[0, 1]]),
            "classes to draw are 0 and 1",
        ),
    ],
)
def test_bad_input_is_refused_with_a_remedy(draw, sentence):
    with pytest.raises(DbnError, match=sentence):
        draw()
