import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from scipy.stats import beta
from sklearn.neighbors import NearestNeighbors
from toys import machine

from dbn.comparison import samples
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.sampling import chain
from dbn.ops.numpy import Rng

RNG = np.random.default_rng(3)


@pytest.fixture
def net() -> DBN:
    return DBN((machine(("softmax", 2), ("bernoulli", 3), seed=2),), (1, 3))


class Threshold:
    """Says 1 where the first pixel is bright."""

    def predict(self, x: np.ndarray) -> np.ndarray:
        return (x[:, 0] > 0.5).astype(int)


def test_agreement_counts_the_samples_that_get_their_label(net: DBN) -> None:
    found = samples.agreement(net, Threshold(), [1, 3, 4], 25, Rng(0, "s"))
    labels = np.repeat([0, 1], 25)
    frames = list(chain(net, 50, 4, Rng(0, "s"), labels=labels))
    for look, step in enumerate((1, 3, 4)):
        right = (frames[step - 1][:, 0] > 0.5) == labels
        np.testing.assert_array_equal(found.counts[look], [right[:25].sum(), right[25:].sum()])
        assert found.percent()[look] == pytest.approx(100 * right.mean())
    np.testing.assert_allclose(found.class_percent(), 4 * found.counts)
    assert found.counts.min() > 0  # neither all right nor all wrong, so that the test can fail
    assert found.counts.max() < 25


def test_agreement_has_exact_intervals() -> None:
    found = samples.Agreement((1, 10), np.array([[3, 7], [10, 10]]), 10)
    low, high = found.intervals()[0]
    assert low == pytest.approx(100 * beta.ppf(0.025, 10, 11))
    assert high == pytest.approx(100 * beta.ppf(0.975, 11, 10))
    assert found.class_intervals().shape == (2, 2, 2)
    assert found.class_intervals()[0, 0] == pytest.approx([100 * beta.ppf(0.025, 3, 8), 100 * beta.ppf(0.975, 4, 7)])
    assert found.class_intervals()[1, 1] == pytest.approx([100 * 0.025**0.1, 100])


def test_agreement_that_cannot_be_measured_is_refused(net: DBN) -> None:
    for steps, per_class in (([], 1), ([0, 1], 1), ([3, 2], 1), ([2, 2], 1), ([1], 0)):
        with pytest.raises(DbnError, match="rising numbers"):
            samples.agreement(net, Threshold(), steps, per_class, Rng(0, "s"))
    plain = DBN((machine(("bernoulli", 3)),), (1, 3))
    with pytest.raises(DbnError, match="without labels"):
        samples.agreement(plain, Threshold(), [1], 1, Rng(0, "s"))


@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_nearest_images_are_those_of_other_libraries(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "ROWS", 4)
    monkeypatch.setattr(samples, "REFERENCE_ROWS", 7)
    images, reference = RNG.uniform(size=(10, 6)), RNG.uniform(size=(31, 6))
    if kind is np.uint8:
        images, reference = 255 * images, 255 * reference
    images, reference = images.astype(kind), reference.astype(kind)
    images[3] = reference[29]
    distances, rows = samples.nearest(images, reference)
    a, b = (x.astype(float) / (255 if kind is np.uint8 else 1) for x in (images, reference))
    np.testing.assert_allclose(distances, cdist(a, b).min(axis=1), rtol=1e-6)
    found = NearestNeighbors(n_neighbors=1).fit(b).kneighbors(a)[1][:, 0]
    np.testing.assert_array_equal(rows, found)
    assert (distances[3], rows[3]) == (0, 29)


def test_spread_is_the_mean_distance_of_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "ROWS", 4)
    images, labels = RNG.uniform(size=(30, 6)).astype(np.float32), np.arange(30) % 3
    labels[labels == 2] = 1
    labels[5] = 2
    found = samples.spread(images, labels, 4)
    expected = [pdist(images[labels == label].astype(float)).mean() for label in (0, 1)]
    np.testing.assert_allclose(found[:2], expected, rtol=1e-6)
    assert np.isnan(found[2:]).all()
