"""Each kind of unit against the lecture's formula, its slope against finite differences and PyTorch's autograd."""

from collections.abc import Callable

import numpy as np
import pytest

from dbn.discriminative.activations import HIDDEN, LEAK, UNITS, times_slope, units_of
from dbn.errors import DbnError
from dbn.ops.numpy import Array

LECTURE: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda v: np.exp(v) / (1 + np.exp(v)),
    "tanh": lambda v: (np.exp(v) - np.exp(-v)) / (np.exp(v) + np.exp(-v)),
    "relu": lambda v: np.maximum(0, v),
    "leaky-relu": lambda v: np.where(v > 0, v, 0.01 * v),
    "softplus": lambda v: np.log(1 + np.exp(v)),
    "elu": lambda v: np.where(v >= 0, v, np.exp(v) - 1),
    "identity": lambda v: v,
    "threshold": lambda v: (v > 0).astype(float),
}
LEARNING = [kind for kind in UNITS if kind != "threshold"]
V = np.linspace(-6, 6, 97)  # passes through 0


def activity(kind: str, v: Array) -> Array:
    return UNITS[kind].activity(v.copy())


def test_the_lecture_defines_every_kind() -> None:
    assert LECTURE.keys() == UNITS.keys()
    assert set(HIDDEN) < UNITS.keys()


@pytest.mark.parametrize("kind", UNITS)
def test_the_lecture_s_formula(kind: str) -> None:
    np.testing.assert_allclose(activity(kind, V), LECTURE[kind](V), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", LEARNING)
def test_large_inputs_give_numbers_of_the_same_type(kind: str, dtype: type) -> None:
    v = np.array([-1e30, -1e4, -800.0, 0.0, 800.0, 1e4, 1e30], dtype)
    h = activity(kind, v)
    slope = UNITS[kind].slope(h)
    assert h.dtype == slope.dtype == dtype
    assert np.isfinite(h).all()
    ends = {"sigmoid": (0, 0), "tanh": (0, 0), "leaky-relu": (dtype(LEAK), 1), "identity": (1, 1)}
    assert (slope[0], slope[-1]) == ends.get(kind, (0, 1))
    grows = kind not in ("sigmoid", "tanh")
    np.testing.assert_array_equal(h[4:], v[4:] if grows else 1)


@pytest.mark.parametrize("kind", LEARNING)
def test_slopes_against_finite_differences(kind: str) -> None:
    v = V[V != 0]
    slope = UNITS[kind].slope(activity(kind, v))
    np.testing.assert_allclose(slope, (activity(kind, v + 1e-6) - activity(kind, v - 1e-6)) / 2e-6, atol=1e-9)


@pytest.mark.parametrize("kind", LEARNING)
def test_slopes_are_those_of_autograd_at_0_too(kind: str) -> None:
    torch = pytest.importorskip("torch")
    theirs = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky-relu": lambda a: torch.nn.functional.leaky_relu(a, LEAK),
        "softplus": torch.nn.functional.softplus,
        "elu": torch.nn.functional.elu,
        "identity": lambda a: a,
    }[kind]
    v = torch.tensor(V, requires_grad=True)
    h = theirs(v)
    h.sum().backward()
    ours = activity(kind, V)
    np.testing.assert_allclose(ours, h.detach().numpy(), rtol=1e-12, atol=1e-14)
    expected = np.ones(97) if v.grad is None else v.grad.numpy()
    np.testing.assert_allclose(UNITS[kind].slope(ours), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dropped", [False, True])
@pytest.mark.parametrize("kind", LEARNING)
def test_the_way_back_through_a_layer(kind: str, dropped: bool) -> None:
    rng = np.random.default_rng(0)
    v = rng.normal(size=(40, 3))
    v[0] = 0  # an active unit may answer exactly 0
    mask = (rng.random(v.shape) < 0.6) / 0.6
    f, delta = activity(kind, v), rng.normal(size=v.shape)
    expected = delta * UNITS[kind].slope(f) * (mask if dropped else 1)
    if dropped:
        times_slope(kind, delta, f * mask, mask, 0.6)
    else:
        times_slope(kind, delta, f)
    np.testing.assert_allclose(delta, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", ["relu", "leaky-relu"])
def test_signals_keep_their_size_through_ten_rectified_layers(kind: str) -> None:
    """He et al. 2015, section 2.2: with their weights the inputs of every layer have the same variance."""
    rng, h, sizes = np.random.default_rng(0), None, []
    for _ in range(10):
        bound = UNITS[kind].bound(400, 400)
        a = (rng.normal(size=(200, 400)) if h is None else h) @ rng.uniform(-bound, bound, (400, 400))
        sizes.append((a**2).mean())
        h = activity(kind, a)
    assert 0.5 < sizes[-1] / sizes[1] < 2


def test_what_cannot_be_learned_with_is_refused() -> None:
    with pytest.raises(DbnError, match=r"threshold units have no slope .* sigmoid units instead"):
        UNITS["threshold"].slope(np.zeros(1))
    with pytest.raises(DbnError, match="no hidden units 'maxout'; known are sigmoid, tanh"):
        units_of("maxout")
