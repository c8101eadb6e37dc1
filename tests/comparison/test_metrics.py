import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from sklearn import metrics as oracle

from dbn.comparison import metrics


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_scikit_learn_counts_the_same(pairs: list[tuple[int, int]]) -> None:
    labels, guesses = np.array(pairs).T
    found = metrics.confusion_matrix(labels, guesses, 4)
    np.testing.assert_array_equal(found, oracle.confusion_matrix(labels, guesses, labels=range(4)))
    assert metrics.error_percent(guesses, labels) == pytest.approx(100 * (1 - oracle.accuracy_score(labels, guesses)))
    assert metrics.error_percent(guesses, labels) == pytest.approx(100 * (1 - np.trace(found) / len(pairs)))


@pytest.mark.parametrize(("wrong", "n"), [(3, 10), (125, 10_000), (1, 2)])
def test_the_interval_is_that_of_clopper_and_pearson(wrong: int, n: int) -> None:
    low, high = metrics.interval_percent(wrong, n)
    assert low == pytest.approx(100 * beta.ppf(0.025, wrong, n - wrong + 1))
    assert high == pytest.approx(100 * beta.ppf(0.975, wrong + 1, n - wrong))


def test_intervals_at_the_ends() -> None:
    assert metrics.interval_percent(0, 100) == pytest.approx((0, 100 * (1 - 0.025 ** (1 / 100))))
    assert metrics.interval_percent(100, 100) == pytest.approx((100 * 0.025 ** (1 / 100), 100))


class Brightest:
    """Names the brightest pixel, and remembers what it was shown."""

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def predict(self, x: np.ndarray) -> np.ndarray:
        self.seen.append(x)
        return x.argmax(axis=1)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_predictions_are_made_in_blocks_and_keep_their_order(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "BLOCK", 3)
    images = np.random.default_rng(0).permuted(np.tile(np.arange(5, dtype=np.uint8) * 50, (n, 1)), axis=1)
    model = Brightest()
    np.testing.assert_array_equal(metrics.predictions(model.predict, images), images.argmax(axis=1))
    assert [len(block) for block in model.seen] == [3] * (n // 3) + [n % 3] * (n % 3 > 0)


@pytest.mark.parametrize(
    ("intensity", "shown"), [("real", [0, 0.4, 1]), ("sampled", [0, 0.4, 1]), ("threshold", [0, 0, 1])]
)
def test_models_are_shown_expected_intensities(intensity: str, shown: list[float]) -> None:
    model = Brightest()
    metrics.predictions(model.predict, np.array([[0, 102, 255]], np.uint8), intensity)
    np.testing.assert_allclose(model.seen[0], [shown], rtol=1e-6)


def test_many_classes_in_bytes_are_counted_all_the_same() -> None:
    labels = np.arange(26, dtype=np.uint8)
    np.testing.assert_array_equal(metrics.confusion_matrix(labels, labels, 26), np.eye(26))
