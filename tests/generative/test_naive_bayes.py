from typing import Any

import numpy as np
import pytest
from enumeration import binary_states
from scipy.stats import norm
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from toys import bars, leaves

from dbn.data.dataset import Split
from dbn.errors import DbnError
from dbn.generative import naive_bayes
from dbn.generative.naive_bayes import BernoulliNaiveBayes, GaussianNaiveBayes, NaiveBayes, fit
from dbn.ops.numpy import Rng


def three_classes(n: int = 60) -> tuple[Split, np.ndarray]:
    """Bars, with noise as a third class and a pixel that never changes; and the pixels from 0 to 1."""
    data, rng = bars(n), np.random.default_rng(4)
    noisy = np.arange(n) % 4 == 0
    images = np.where(noisy[:, None], rng.integers(0, 256, (n, 9)), data.images).astype(np.uint8)
    images[:, 4] = 77
    return Split(images, np.where(noisy, 2, data.labels)), images / np.float32(255)


@pytest.mark.parametrize("smoothing", [1.0, 1e-3])
@pytest.mark.parametrize("intensity", ["real", "sampled", "threshold"])
def test_scikit_learn_s_bernoulli_model_is_the_same(smoothing: float, intensity: Any) -> None:
    data, x = three_classes()
    x = (x > 0.5).astype(float) if intensity == "threshold" else x.astype(float)
    ours = fit("bernoulli", data, 3, smoothing, intensity)
    theirs = BernoulliNB(alpha=smoothing, binarize=None).fit(x, data.labels)
    np.testing.assert_allclose(ours.log_prior, theirs.class_log_prior_, rtol=1e-12)
    np.testing.assert_allclose(np.log(ours.mean), theirs.feature_log_prob_, rtol=1e-8)
    np.testing.assert_allclose(ours.log_joint(x), theirs.predict_joint_log_proba(x), rtol=1e-8)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), atol=1e-9)
    np.testing.assert_array_equal(ours.predict(x), theirs.predict(x))


@pytest.mark.parametrize("smoothing", [1e-9, 0.1])
def test_scikit_learn_s_gaussian_model_is_the_same(smoothing: float) -> None:
    data, x = three_classes()
    ours = fit("gaussian", data, 3, smoothing)
    theirs = GaussianNB(var_smoothing=smoothing).fit(x.astype(float), data.labels)
    assert isinstance(ours, GaussianNaiveBayes)
    np.testing.assert_allclose(ours.mean, theirs.theta_, rtol=1e-10)
    np.testing.assert_allclose(ours.variance, theirs.var_, rtol=1e-10)  # with the same floor
    assert ours.variance[:, 4] == pytest.approx(smoothing * x.astype(float).var(axis=0).max(), rel=1e-6)
    np.testing.assert_allclose(ours.log_joint(x), theirs.predict_joint_log_proba(x.astype(float)), rtol=1e-7)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x.astype(float)), atol=1e-7)


def bernoulli() -> BernoulliNaiveBayes:
    rng = np.random.default_rng(1)
    return BernoulliNaiveBayes(np.log([0.2, 0.5, 0.3]), rng.uniform(0.05, 0.95, (3, 5)))


def gaussian() -> GaussianNaiveBayes:
    rng = np.random.default_rng(2)
    return GaussianNaiveBayes(np.log([0.6, 0.4]), rng.normal(size=(2, 4)), rng.uniform(0.1, 2, (2, 4)))


def test_probabilities_of_all_images_and_labels_sum_to_1() -> None:
    joint = np.exp(bernoulli().log_joint(binary_states(5)))
    assert joint.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(joint.sum(axis=0), [0.2, 0.5, 0.3])


def test_densities_are_products_of_normal_ones() -> None:
    model, x = gaussian(), np.random.default_rng(3).normal(size=(7, 4))
    each = norm.logpdf(x[:, None], model.mean, np.sqrt(model.variance)).sum(axis=2)
    np.testing.assert_allclose(model.log_joint(x), each + np.log([0.6, 0.4]), rtol=1e-10)


def test_a_real_valued_image_has_the_mean_of_the_binary_ones_it_stands_for() -> None:
    model, x = bernoulli(), np.random.default_rng(5).uniform(size=5)
    states = binary_states(5)
    p = np.prod(np.where(states == 1, x, 1 - x), axis=1)
    np.testing.assert_allclose(model.log_joint(x[None])[0], p @ model.log_joint(states), rtol=1e-12)


def test_real_valued_images_are_learned_from_as_their_binary_ones_in_the_mean() -> None:
    """Every binary image weighted by its probability gives the same model, whatever the smoothing."""
    x, labels = np.array([[0.25, 1.0], [0.5, 0.0], [0.75, 0.5]]), np.array([0, 0, 1])
    copies = [(state, label) for row, label in zip(x, labels, strict=True) for state in _quarters(row)]
    many = Split(np.array([state for state, _ in copies], np.float32), np.array([label for _, label in copies]))
    few = fit("bernoulli", Split(x.astype(np.float32), labels), 2, smoothing=0.5)
    expanded = fit("bernoulli", many, 2, smoothing=0.5 * 16)  # 16 images for each
    np.testing.assert_allclose(few.mean, expanded.mean, rtol=1e-12)
    np.testing.assert_allclose(few.log_prior, expanded.log_prior)


def _quarters(row: np.ndarray) -> list[list[float]]:
    """Sixteen binary images of two pixels, as often as they are probable: all probabilities are quarters."""
    return [[float(i < 4 * row[0]), float(j < 4 * row[1])] for i in range(4) for j in range(4)]


def test_samples_have_the_moments_of_their_class() -> None:
    n, rng = 40_000, Rng(0, "samples")
    labels = np.repeat([2, 0], n)
    x = bernoulli().sample(labels, rng)
    assert set(np.unique(x)) == {0, 1}
    for part, label in ((x[:n], 2), (x[n:], 0)):
        np.testing.assert_allclose(part.mean(axis=0), bernoulli().mean[label], atol=4 * 0.5 / np.sqrt(n))
    x = gaussian().sample(np.ones(n, int), rng)
    spread = np.sqrt(gaussian().variance[1])
    assert (np.abs(x.mean(axis=0) - gaussian().mean[1]) < 4 * spread / np.sqrt(n)).all()
    np.testing.assert_allclose(x.std(axis=0), spread, rtol=4 / np.sqrt(2 * n))


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data, _ = three_classes()
    whole = [fit(pixels, data, 3, 0.1).tree() for pixels in ("bernoulli", "gaussian")]
    monkeypatch.setattr(naive_bayes, "BLOCK", 7)
    for tree, pixels in zip(whole, ("bernoulli", "gaussian"), strict=True):
        again = fit(pixels, data, 3, 0.1).tree()  # type: ignore[arg-type]
        for name in ("log_prior", "mean"):
            np.testing.assert_allclose(again[name], tree[name], rtol=1e-12)


@pytest.mark.parametrize("model", [bernoulli(), gaussian()], ids=["bernoulli", "gaussian"])
def test_tree_round_trip(model: NaiveBayes) -> None:
    again = NaiveBayes.from_tree(model.tree())
    assert type(again) is type(model)
    assert leaves(again.tree()) == leaves(model.tree())
    assert (again.n_classes, again.sizes) == (len(model.log_prior), (model.mean.shape[1],))


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.pop("pixels"),
        lambda tree: tree.pop("mean"),
        lambda tree: tree.pop("variance"),
        lambda tree: tree.update(pixels="poisson"),
        lambda tree: tree.update(pixels="bernoulli"),
        lambda tree: tree.update(layers={}),
        lambda tree: tree.update(mean=3.0),
        lambda tree: tree.update(mean=np.zeros((3, 4))),
        lambda tree: tree.update(mean=np.full((2, 4), np.nan)),
        lambda tree: tree.update(variance=np.zeros((2, 4))),
        lambda tree: tree.update(variance=np.ones((2, 3))),
    ],
)
def test_trees_that_are_no_model_are_refused(change: Any) -> None:
    tree = gaussian().tree()
    change(tree)
    with pytest.raises(DbnError):
        NaiveBayes.from_tree(tree)


def test_probabilities_of_0_and_1_are_refused() -> None:
    for p in (0.0, 1.0):
        with pytest.raises(DbnError, match="between 0 and 1, and not at these; smooth them"):
            BernoulliNaiveBayes(np.zeros(1), np.array([[0.5, p]]))


def test_a_class_without_an_image_is_refused() -> None:
    with pytest.raises(DbnError, match="no image of class 2 to fit naive Bayes to"):
        fit("bernoulli", bars(), 3, 1.0)
    with pytest.raises(DbnError, match="knows labels up to 0, not 1"):
        fit("bernoulli", bars(), 1, 1.0)
    with pytest.raises(DbnError, match="no distribution 'poisson' of pixels; known are bernoulli, gaussian"):
        fit("poisson", bars(), 2, 1.0)  # type: ignore[arg-type]


def test_images_that_are_all_the_same_have_no_variance() -> None:
    data = Split(np.full((6, 4), 77, np.uint8), np.arange(6) % 2)
    with pytest.raises(DbnError, match="all images are the same"):
        fit("gaussian", data, 2, 0.5, "real")
    assert fit("bernoulli", data, 2, 0.5, "real").mean.shape == (2, 4)


@pytest.mark.parametrize("pixels", ["bernoulli", "gaussian"])
def test_bytes_are_no_pixels_from_0_to_1(pixels: Any) -> None:
    data = bars(40)
    model = fit(pixels, data, 2, 0.1)
    for ask in (model.predict, model.predict_proba):
        with pytest.raises(DbnError, match="these are bytes"):
            ask(data.images)
