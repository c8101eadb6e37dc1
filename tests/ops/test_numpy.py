import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special

from dbn import ops as engines
from dbn.ops import numpy as ops
from dbn.ops.numpy import Rng

matrices = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=st.floats(-1e4, 1e4))


@given(matrices)
def test_functions_agree_with_scipy_at_any_size_of_input(a: np.ndarray) -> None:
    np.testing.assert_allclose(ops.softplus(a), -special.log_expit(-a), rtol=1e-12)
    np.testing.assert_allclose(ops.log_sum_exp(a), special.logsumexp(a, axis=-1), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ops.log_softmax(a), special.log_softmax(a, axis=-1), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(ops.sigmoid(a.copy()), special.expit(a), rtol=1e-12, atol=1e-300)


def test_sigmoid_writes_over_its_argument_and_keeps_its_type() -> None:
    a = np.zeros(3, np.float32)
    assert ops.sigmoid(a) is a
    assert a.dtype == np.float32


def test_others_leave_their_argument_alone() -> None:
    a = np.array([[1.0, 2.0]])
    for function in (ops.softplus, ops.log_sum_exp, ops.log_softmax):
        function(a)
    assert a.tolist() == [[1.0, 2.0]]


def test_one_hot() -> None:
    rows = ops.one_hot(np.array([2, 0]), 3, np.float64)
    assert rows.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert rows.dtype == np.float64


def draws(seed: int, name: str) -> np.ndarray:
    return Rng(seed, name).uniform((20_000,)).astype(float)


@pytest.mark.parametrize("other", [(0, "layer-2/cd"), (1, "layer-1/cd"), (0, "layer-1/cd ")])
def test_streams_of_another_name_or_seed_are_uncorrelated(other: tuple[int, str]) -> None:
    a, b = draws(0, "layer-1/cd"), draws(*other)
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(len(a))
    assert abs(np.corrcoef(a[1:], b[:-1])[0, 1]) < 4 / np.sqrt(len(a))


def test_the_same_stream_gives_the_same_numbers_on_every_machine() -> None:
    assert Rng(0, "layer-1/cd").uniform((2,)).tolist() == [0.9058197140693665, 0.548060953617096]
    assert Rng(1, "layer-1/cd").uniform((2,)).tolist() == [0.3045034408569336, 0.2718181014060974]
    assert Rng(0, "layer-1/cd").normal((2,)) == pytest.approx([-0.7252752477716183, -0.19147690666009087])
    assert Rng(0, "layer-1/cd").permutation(8).tolist() == [5, 1, 3, 7, 6, 4, 2, 0]
    assert draws(3, "a").tobytes() == draws(3, "a").tobytes()


@given(st.integers(0, 7), st.integers(0, 2**64), st.text(max_size=8))
def test_a_restored_position_gives_the_same_draws(skip: int, seed: int, name: str) -> None:
    rng = Rng(seed, name)
    rng.uniform((skip,))  # an odd number of float32 draws leaves half of a 64-bit word
    position = rng.state
    expected = (rng.uniform((5,)).tolist(), rng.normal((3,)).tolist(), rng.permutation(9).tolist())
    other = Rng(0, "elsewhere")
    other.state = position
    assert (other.uniform((5,)).tolist(), other.normal((3,)).tolist(), other.permutation(9).tolist()) == expected


@given(st.lists(st.tuples(st.sampled_from(["uniform", "normal", "permutation"]), st.integers(0, 9)), max_size=8))
def test_the_numbers_are_those_of_numpys_own_generator(draws: list[tuple[str, int]]) -> None:
    """Two uniforms come of one 64-bit number, and a half may be left over for the next draw."""
    rng, plain = Rng(0, "a"), Rng(0, "a")._generator
    for kind, n in draws:
        if kind == "uniform":
            assert rng.uniform((n, 1)).tobytes() == plain.random((n, 1), np.float32).tobytes()
        elif kind == "normal":
            assert rng.normal((n,)).tobytes() == plain.standard_normal((n,)).tobytes()
        else:
            assert rng.permutation(n).tolist() == plain.permutation(n).tolist()


def test_moments_of_uniform_and_normal_draws() -> None:
    n = 40_000
    u, z = Rng(0, "u").uniform((n,)).astype(float), Rng(0, "z").normal((n,))
    assert 0 <= u.min() < u.max() < 1
    assert abs(u.mean() - 0.5) < 4 * np.sqrt(1 / 12 / n)
    assert abs(z.mean()) < 4 / np.sqrt(n)
    assert abs(z.var() - 1) < 4 * np.sqrt(2 / n)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bernoulli_frequencies(dtype: type) -> None:
    p, n = np.array([0.0, 0.001, 0.3, 0.9, 1.0], dtype), 20_000
    states = Rng(0, "bernoulli").bernoulli(np.tile(p, (n, 1)))
    assert states.dtype == dtype
    assert set(np.unique(states)) == {0.0, 1.0}
    assert (np.abs(states.mean(axis=0, dtype=float) - p) <= 4 * np.sqrt(p * (1 - p) / n)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_categorical_frequencies(dtype: type) -> None:
    p, n = np.array([0.05, 0.0, 0.6, 0.349, 0.001]), 20_000
    with np.errstate(divide="ignore"):
        a = np.tile(np.log(p) + 3, (n, 1)).astype(dtype)
    states = Rng(0, "categorical").categorical(a)
    assert states is a
    assert (states.sum(axis=1) == 1).all()
    assert set(np.unique(states)) == {0.0, 1.0}
    assert (np.abs(states.mean(axis=0, dtype=float) - p) <= 4 * np.sqrt(p * (1 - p) / n)).all()


@pytest.mark.parametrize(("uniform", "chosen"), [(0.0, 1), (1 - 2**-24, 2)])
def test_the_least_and_greatest_draws_choose_what_is_possible(
    uniform: float, chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rng, "uniform", lambda self, shape: np.full(shape, uniform, np.float32))
    log_p = np.array([[-np.inf, np.log(0.5), np.log(0.5), -np.inf]], np.float32)
    assert Rng(0, "edge").categorical(log_p).tolist() == [np.eye(4)[chosen].tolist()]


@given(st.integers(1, 50))
def test_permutation_holds_each_number_once(n: int) -> None:
    assert sorted(Rng(0, "order").permutation(n).tolist()) == list(range(n))


def test_without_pytorch_no_array_is_a_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # how its import is forbidden
    assert engines.of(np.zeros(1)) is ops
    assert not engines.is_array([0.0])
