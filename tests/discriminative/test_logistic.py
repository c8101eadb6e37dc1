from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from toys import bars, logistic

from dbn.data.dataset import Split
from dbn.discriminative.backprop import loss_and_gradient
from dbn.discriminative.logistic import Logistic, LogisticConfig
from dbn.errors import DbnError
from dbn.training.loop import Run, train


def three_classes(n: int = 60) -> Split:
    """Bars, and noise as a third class."""
    data, rng = bars(n), np.random.default_rng(4)
    noisy = np.arange(n) % 3 == 0
    images = np.where(noisy[:, None], rng.integers(0, 256, (n, 9)), data.images).astype(np.uint8)
    return Split(images, np.where(noisy, 2, data.labels))


@pytest.mark.parametrize("penalty", [1e-3, 1e-1])
def test_scikit_learn_finds_the_same_optimum(penalty: float) -> None:
    data = three_classes()
    config = LogisticConfig(penalties=(penalty,), rounds=10, iterations=200)
    learner = Logistic(config, data, 3, seed=0)
    run = train(learner, Run(learner.init()))
    net = learner.model(run.state)
    x = data.images.astype(np.float32) / np.float32(255)
    theirs = LogisticRegression(C=1 / (penalty * len(data)), tol=1e-10, max_iter=10_000).fit(
        x.astype(float), data.labels
    )
    p = theirs.predict_proba(x)
    penalised = penalty / 2 * (theirs.coef_**2).sum()
    assert run.history[-1]["loss"] == pytest.approx(
        -np.log(p[np.arange(len(x)), data.labels]).mean() + penalised, abs=1e-6
    )
    np.testing.assert_allclose(net.predict_proba(x), p, atol=2e-3)
    np.testing.assert_allclose(
        net.weights[0].T, theirs.coef_, atol=2e-2
    )  # the penalty makes them sum to 0 over classes
    gradients = loss_and_gradient(net, x, data.labels, penalty)[1:]
    assert max(np.abs(array).max() for group in gradients for array in group) < 1e-4


def test_the_penalty_of_least_error_on_held_out_images_wins_and_is_fitted_to_all() -> None:
    data = three_classes(45)
    penalties = (1.0, 1e-2, 3.0)
    learner = Logistic(LogisticConfig(penalties, held_out=15, rounds=2, iterations=100), data, 3, seed=0)
    run = train(learner, Run(learner.init()))
    errors = []
    for penalty, row in zip(penalties, run.history[1:6:2], strict=True):
        alone = Logistic(LogisticConfig((penalty,), rounds=2, iterations=100), data[:30], 3, seed=0)
        net = alone.model(train(alone, Run(alone.init())).state)
        x = data.images[30:].astype(np.float32) / np.float32(255)
        errors.append(100 * (net.predict(x) != data.labels[30:]).mean())
        assert row["penalty"] == penalty
        assert row["validation_error_percent"] == pytest.approx(errors[-1])
    assert run.state.errors.tolist() == pytest.approx(errors)
    assert errors[1] < min(errors[0], errors[2])
    assert learner.penalty(run.state) == run.history[-1]["penalty"] == 1e-2
    final = Logistic(LogisticConfig((1e-2,), rounds=2, iterations=100), data, 3, seed=0)
    expected = final.model(train(final, Run(final.init())).state)
    x = data.images.astype(np.float32) / np.float32(255)
    np.testing.assert_allclose(learner.model(run.state).predict_proba(x), expected.predict_proba(x), atol=1e-3)


def test_a_round_that_starts_at_the_optimum_changes_nothing() -> None:
    learner = logistic(penalties=(0.1,), rounds=6, iterations=500)
    losses = [row["loss"] for row in train(learner, Run(learner.init())).history]
    assert losses[-1] == pytest.approx(losses[1], abs=1e-7)


def test_one_penalty_needs_no_held_out_images() -> None:
    assert logistic(penalties=(0.1,), held_out=10_000).epochs == 2
    assert logistic().epochs == 6


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"penalties": ()}, "at least one L2 penalty"),
        ({"penalties": (0.1, -1.0)}, "between 0 and 1e\\+30, unlike -1.0"),
        ({"penalties": (1e31,)}, "between 0 and 1e\\+30, unlike 1e\\+31"),
        ({"penalties": (float("inf"),)}, "between 0 and .* unlike inf"),
        ({"penalties": (0.1, float("nan"))}, "between 0 and .* unlike nan"),
        ({"rounds": 0}, "at least one round"),
        ({"iterations": 0}, "at least one round and one iteration"),
        ({"held_out": 30}, "cannot hold out 30 of 30"),
        ({"held_out": 0}, "cannot hold out 0 of 30"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        logistic(**options)


def test_one_iteration_a_round_is_enough() -> None:
    assert LogisticConfig(iterations=1).iterations == 1
