from typing import Any

import numpy as np
import pytest
from toys import bars, naive_bayes

from dbn.data.dataset import Split
from dbn.data.intensity import mean_visible
from dbn.errors import DbnError
from dbn.generative.naive_bayes import fit
from dbn.generative.smoothing import CANDIDATES, NaiveBayesConfig
from dbn.training.loop import Run, train


def uneven(n: int = 60) -> Split:
    """Noisy binary images of two classes, one of them more frequent: all there is to know if smoothing is heavy."""
    rng = np.random.default_rng(5)
    labels = (rng.random(n) < 0.7).astype(int)
    on = rng.random((n, 9)) < np.where(labels == 1, 0.7, 0.3)[:, None]
    return Split((255 * on).astype(np.uint8), labels)


@pytest.mark.parametrize("pixels", ["bernoulli", "gaussian"])
def test_the_smoothing_of_least_error_on_held_out_images_wins_and_is_fitted_to_all(pixels: Any) -> None:
    data, smoothing = uneven(), (100.0, 1e-2, 1000.0)
    learner = naive_bayes(data, pixels=pixels, smoothing=smoothing, held_out=20)
    run = train(learner, Run(learner.init()))
    errors = []
    for value, row in zip(smoothing, run.history, strict=False):
        model = fit(pixels, data[:40], 2, value)
        errors.append(100 * (model.predict(mean_visible(data.images[40:], "real")) != data.labels[40:]).mean())
        assert row["smoothing"] == value
        assert row["validation_error_percent"] == pytest.approx(errors[-1])
    assert errors[1] < min(errors[0], errors[2])
    final = fit(pixels, data, 2, smoothing[1])
    for name, array in vars(final).items():
        np.testing.assert_array_equal(getattr(learner.model(run.state), name), array)
    assert run.history[-1]["smoothing"] == smoothing[1]
    guesses = final.predict(mean_visible(data.images, "real"))
    assert run.history[-1]["train_error_percent"] == pytest.approx(100 * (guesses != data.labels).mean())
    assert len(run.history) == 4


def test_one_candidate_needs_no_held_out_images() -> None:
    learner = naive_bayes(smoothing=(0.5,), held_out=10_000)
    assert learner.epochs == 1
    run = train(learner, Run(learner.init()))
    np.testing.assert_array_equal(run.state.model.mean, fit("bernoulli", bars(), 2, 0.5).mean)


def test_candidates_are_those_of_the_distribution() -> None:
    assert NaiveBayesConfig().candidates == CANDIDATES["bernoulli"]
    assert NaiveBayesConfig("gaussian").candidates == CANDIDATES["gaussian"]
    assert NaiveBayesConfig("gaussian", (0.3,)).as_json()["smoothing"] == [0.3]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"pixels": "poisson"}, "no distribution 'poisson' of pixels; known are bernoulli, gaussian"),
        ({"smoothing": (1.0, 0.0)}, "between 1e-09 and 1e\\+09, unlike 0"),
        ({"smoothing": (float("nan"),)}, "unlike nan"),
        ({"smoothing": (float("inf"),)}, "unlike inf"),
        ({"smoothing": (1e10,)}, "unlike 1e\\+10"),
        ({"held_out": 30}, "cannot hold out 30 of 30"),
        ({"held_out": 0}, "cannot hold out 0 of 30"),
        ({"intensity": "loud"}, "no intensity 'loud'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        naive_bayes(**options)


def test_large_variances_are_no_weights_that_explode() -> None:
    learner = naive_bayes(pixels="gaussian", smoothing=(1e6,))
    model = learner.model(train(learner, Run(learner.init())).state)
    assert model.variance.min() > 1e4
