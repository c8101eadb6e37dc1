"""Centering: the update by its formula and in the mean, the enhanced gradient, and that on and off may change names."""

import numpy as np
import pytest
from enumeration import Exact
from toys import machine

from dbn.generative import centering, contrastive
from dbn.generative.cd_config import CDConfig
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Rng

GROUPS = (("softmax", 3), ("bernoulli", 2))


def copied(rbm: RBM) -> RBM:
    return RBM(rbm.W.copy(), rbm.b.copy(), rbm.c.copy(), rbm.groups)


def some_offsets(rbm: RBM, seed: int = 0) -> centering.Offsets:
    rng = np.random.default_rng(seed)
    return rng.uniform(size=rbm.n_visible), rng.uniform(size=rbm.n_hidden)


def test_the_centred_step_is_that_of_the_centred_parameters() -> None:
    rbm, rng = machine(*GROUPS, n_hidden=4), np.random.default_rng(1)
    offsets = mu, la = some_offsets(rbm)
    v, v_k = rng.uniform(size=(7, 5)), rng.uniform(size=(3, 5))
    p, p_k = rbm.mean_h_from_v(v), rbm.mean_h_from_v(v_k)
    W = (v - mu).T @ (p - la) / 7 - (v_k - mu).T @ (p_k - la) / 3
    beta, gamma = rbm.b + rbm.W @ la, rbm.c + mu @ rbm.W  # the same machine, in centred parameters
    beta, gamma = beta + v.mean(axis=0) - v_k.mean(axis=0), gamma + p.mean(axis=0) - p_k.mean(axis=0)
    expected = W, beta - (rbm.W + W) @ la - rbm.b, gamma - mu @ (rbm.W + W) - rbm.c
    found = centering.centred(contrastive.gradient(v, p, v_k, p_k), offsets, rbm.precision)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-14)


def test_without_offsets_centred_steps_are_the_ordinary_ones() -> None:
    gradient = np.ones((2, 3)), np.ones(2), np.ones(3)
    for found, ordinary in zip(
        centering.centred(gradient, (np.zeros(2), np.zeros(3)), np.ones(2)), gradient, strict=True
    ):
        np.testing.assert_array_equal(found, ordinary)


def update(rbm: RBM, v: np.ndarray, config: CDConfig, offsets: centering.Offsets, rng: Rng) -> np.ndarray:
    """What one update of a copy adds to W, b and c, one after the other."""
    copy = copied(rbm)
    state = contrastive.init(copy, rng, config, len(v))
    for here, wanted in zip(state.offsets, offsets, strict=True):
        here[:] = wanted
    contrastive.step(state, v, config, config.moment(0.0))
    return np.concatenate([(copy.W - rbm.W).ravel(), copy.b - rbm.b, copy.c - rbm.c])


@pytest.mark.parametrize("k", [1, 3])
def test_the_mean_centred_update_is_the_exact_one(k: int) -> None:
    exact = Exact(machine(*GROUPS, n_hidden=3, seed=3, scale=0.8))
    v = exact.v[np.random.default_rng(1).integers(0, 5, 40)]
    p_data = exact.counts(v) / len(v)
    W, b, c = exact.gradient(p_data, p_data @ np.linalg.matrix_power(exact.sweep, k))
    mu, la = offsets = some_offsets(exact.rbm)
    W = W - np.outer(mu, c) - np.outer(b, la) - 0.01 * exact.rbm.W
    expected = np.concatenate([W.ravel(), b - W @ la, c - W.T @ mu])
    # So small a share that the offsets stay.
    config = CDConfig(
        learning_rate="1", momentum="0", weight_decay="0.01", k=str(k), sample_visible=True, centering=1e-12
    )
    rng = Rng(k, "cd")
    updates = [update(exact.rbm, v, config, offsets, rng) for _ in range(400)]
    deviation = np.mean(updates, axis=0) - expected
    assert (np.abs(deviation) < 4 * np.std(updates, axis=0) / np.sqrt(400) + 1e-10).all()


def test_offsets_that_follow_at_once_give_the_enhanced_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[np.ndarray, ...]] = []
    gradient = contrastive.gradient

    def noted(*statistics: np.ndarray, **sizes: tuple[int, int]) -> contrastive.Gradient:
        seen.append(statistics)
        return gradient(*statistics, **sizes)

    monkeypatch.setattr(contrastive, "gradient", noted)
    rbm = machine(*GROUPS, n_hidden=3, seed=3)
    v = Exact(rbm).v[[0, 3, 5, 5, 7]]
    config = CDConfig(learning_rate="1", momentum="0", weight_decay="0", centering=1.0)
    found = update(rbm, v, config, some_offsets(rbm), Rng(0, "cd"))
    ((v, p, v_k, p_k),) = seen
    covariances = [np.cov(x.T, y.T, bias=True)[:5, 5:] for x, y in ((v, p), (v_k, p_k))]
    W = covariances[0] - covariances[1]  # Cho, Raiko & Ilin 2011
    b = v.mean(axis=0) - v_k.mean(axis=0) - W @ (p.mean(axis=0) + p_k.mean(axis=0)) / 2
    c = p.mean(axis=0) - p_k.mean(axis=0) - W.T @ (v.mean(axis=0) + v_k.mean(axis=0)) / 2
    np.testing.assert_allclose(found, np.concatenate([W.ravel(), b, c]), atol=1e-14)


def test_offsets_slide_to_the_averages_of_data_and_chains() -> None:
    offsets = np.array([0.5, 0.5]), np.array([0.5])
    v, v_k = np.array([[1.0, 0], [1, 1]]), np.array([[1.0, 1]])
    centering.slide(offsets, 0.1, v, np.array([[0.2], [0.4]]), v_k, np.array([[0.9]]))
    np.testing.assert_allclose(offsets[0], [0.9 * 0.5 + 0.1 * 1, 0.9 * 0.5 + 0.1 * 0.75])
    np.testing.assert_allclose(offsets[1], [0.9 * 0.5 + 0.1 * 0.6])


class Mirror(Rng):
    """A stream by which units that are off turn on and the other way round, on the sides that have so many units."""

    sides: set[int]

    def bernoulli(self, p: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        if p.shape[1] not in self.sides:
            return super().bernoulli(p, out)
        return np.subtract(1, super().bernoulli(1 - p), out=out)


def flipped(rbm: RBM, sides: set[int]) -> RBM:
    """The machine of 1 − v and of 1 − h in the place of v and h, on the sides that have so many units."""
    W, b, c = rbm.W, rbm.b, rbm.c
    if rbm.n_visible in sides:
        W, b, c = -W, -b, c + W.sum(axis=0)
    if rbm.n_hidden in sides:
        W, b, c = -W, b + W.sum(axis=1), -c
    return RBM(W.copy(), b.copy(), c.copy(), rbm.groups)


def after_30_updates(rbm: RBM, v: np.ndarray, rng: Rng, share: float, **options: object) -> RBM:
    config = CDConfig(
        epochs=30,
        weight_decay="0.05",
        momentum="0.5",
        persistent="0,1@10",
        k="1>3",
        centering=share,
        **options,  # type: ignore[arg-type]
    )
    state = contrastive.init(rbm, rng, config, len(v))
    for epoch in range(30):
        contrastive.step(state, v, config, config.moment(float(epoch)))
    return rbm


@pytest.mark.parametrize(
    ("sides", "options"),
    [
        ({4}, {}),
        ({3}, {}),
        ({4, 3}, {}),
        ({4, 3}, {"fast_rate": "0.1"}),
        ({4}, {"temperatures": 3}),
    ],
    ids=["visible", "hidden", "both", "both, with fast weights", "visible, tempered"],
)
def test_learning_does_not_care_which_state_is_called_on(sides: set[int], options: dict[str, object]) -> None:
    """Five machines that learn of flipped data are the flipped machines; without centering they are others."""
    for seed in range(5):
        start = machine(("bernoulli", 4), n_hidden=3, seed=seed, scale=0.5)
        v = (np.random.default_rng(seed).random((20, 4)) < [0.1, 0.2, 0.6, 0.9]).astype(float)
        turned = 1 - v if 4 in sides else v
        for share in (0.0, 0.1, 1.0):
            mirror = Mirror(seed, "cd")
            mirror.sides = sides
            learned = after_30_updates(copied(start), v, Rng(seed, "cd"), share, **options)
            other = flipped(after_30_updates(flipped(start, sides), turned, mirror, share, **options), sides)
            difference = max(np.abs(getattr(learned, name) - getattr(other, name)).max() for name in "Wbc")
            assert difference < 1e-12 if share else difference > 1e-3


def test_base_rates_of_the_data_are_where_the_visible_offsets_begin() -> None:
    rbm = machine(*GROUPS, n_hidden=3)
    state = contrastive.init(rbm, Rng(0, "cd"), CDConfig(centering=0.01), 2)
    np.testing.assert_allclose(np.concatenate(state.offsets), [1 / 3] * 3 + [0.5] * 5)
    before, rates = rbm.b.copy(), np.array([0.2, 0.3, 0.5, 0.75, 0.1])
    contrastive.set_base_rates(state, rates, rates, slice(3))
    np.testing.assert_array_equal(state.offsets[0], rates)
    np.testing.assert_allclose(rbm.b, [*np.log(rates[:3]), *before[3:]])


def test_exact_label_gradients_are_centred_too() -> None:
    rbm = machine(*GROUPS, n_hidden=3, seed=5)
    v = Exact(rbm).v[[0, 3, 5]]
    offsets = some_offsets(rbm)
    config = CDConfig(momentum="0", weight_decay="0", generative="0", discriminative="1", centering=0.5)
    expected = centering.centred(contrastive.conditional.gradient(rbm, v)[1], offsets, rbm.precision)
    found = update(rbm, v, config, offsets, Rng(0, "cd"))
    np.testing.assert_allclose(found, 0.1 * np.concatenate([part.ravel() for part in expected]), atol=1e-14)
