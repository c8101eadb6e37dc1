"""The rule against Novikoff's bound, and which Boolean functions a perceptron computes against the known counts."""

import numpy as np
import pytest

from dbn.discriminative.boolean import every_function, inputs
from dbn.discriminative.perceptron import Perceptron, contradiction, learn, most_mistakes, separator
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng

XOR = np.array([-1, 1, 1, -1])  # of 11, 10, 01, 00, as the lecture lists them
CORNERS = np.array([[1, 1], [1, 0], [0, 1], [0, 0]])


def separable(seed: int, n: int = 80, d: int = 3, gap: float = 0.1) -> tuple[Array, Array, Perceptron]:
    """Points on both sides of a plane, none nearer to it than `gap`."""
    rng = np.random.default_rng(seed)
    teacher = Perceptron(rng.normal(size=d), float(rng.normal()) / 2)
    x = rng.normal(size=(4 * n, d))
    a = x @ teacher.theta + teacher.theta0
    x = x[np.abs(a) > gap * np.sqrt(teacher.theta @ teacher.theta + teacher.theta0**2)][:n]
    return x, teacher.predict(x), teacher


def test_it_is_the_sign_of_a_weighted_sum() -> None:
    perceptron, x = Perceptron(np.array([2.0, -1.0]), 0.5), np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.5]])
    assert perceptron.predict(x).tolist() == [1, -1, -1]
    assert perceptron.margin(x[:2], np.array([1, -1])) == pytest.approx(0.5 / np.sqrt(5.25))
    assert perceptron.margin(x[:2], np.array([1, 1])) == pytest.approx(-0.5 / np.sqrt(5.25))


def test_the_rule_by_hand() -> None:
    x, y = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([1, -1])
    once = learn(x, y, epochs=1)  # 0 is a mistake: θ = x1, θ0 = 1; then 1·3 − 2 + 1 = 2 > 0 is one: θ = x1 − x2, θ0 = 0
    np.testing.assert_array_equal(once.perceptron.theta, [-2.0, 3.0])
    assert (once.perceptron.theta0, once.mistakes, once.separated) == (0.0, (2,), False)
    assert learn(x, y, epochs=9).mistakes == (2, 0)


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_mistakes_stay_below_novikoff_s_bound_on_separable_data(seed: int, shuffled: bool) -> None:
    x, y, teacher = separable(seed)
    done = learn(x, y, 10_000, Rng(seed, "perceptron") if shuffled else None)
    assert done.separated
    np.testing.assert_array_equal(done.perceptron.predict(x), y)
    assert done.perceptron.margin(x, y) > 0
    assert sum(done.mistakes) <= most_mistakes(x, y, teacher)
    assert 0 not in done.mistakes[:-1]


def test_the_bound_by_hand() -> None:
    x, y = np.array([[3.0, 0.0], [-1.0, 0.0]]), np.array([1, -1])
    assert most_mistakes(x, y, Perceptron(np.array([2.0, 0.0]), 0.0)) == pytest.approx(10 / 1)
    with pytest.raises(DbnError, match="needs a perceptron that separates the classes"):
        most_mistakes(x, y, Perceptron(np.array([-1.0, 0.0]), 0.0))


def test_no_perceptron_computes_xor() -> None:
    assert separator(CORNERS, XOR) is None
    proof = contradiction(CORNERS, XOR)
    assert proof is not None
    np.testing.assert_allclose(proof, 0.25)
    # The four inequalities y (θ·x + θ0) > 0, added up in whole numbers: θ and θ0 drop out, and 0 > 0 is left.
    assert (XOR[:, None] * np.column_stack([CORNERS, np.ones(4, int)])).sum(axis=0).tolist() == [0, 0, 0]
    done = learn(CORNERS, XOR, epochs=1000)
    assert not done.separated
    assert len(done.mistakes) == 1000
    assert min(done.mistakes) > 0


@pytest.mark.parametrize(("n", "computable"), [(1, 4), (2, 14), (3, 104)])
def test_as_many_functions_are_separable_as_is_known(n: int, computable: int) -> None:
    """2, 4, 14, 104, 1882, …: OEIS A000609. Each function has a separator or a contradiction, never both."""
    x, tables, found = inputs(n), every_function(n), 0
    for table in tables.T:
        y = 2 * table - 1
        perceptron, proof = separator(x, y), contradiction(x, y)
        assert (perceptron is None) != (proof is None)
        if perceptron is not None:
            np.testing.assert_array_equal(perceptron.predict(x), y)
            found += 1
        if proof is not None:
            assert proof.min() >= 0
            assert proof.sum() == pytest.approx(1)
            np.testing.assert_allclose((proof * y) @ np.column_stack([x, np.ones(len(x))]), 0, atol=1e-12)
    assert found == computable


def test_other_classes_are_refused() -> None:
    with pytest.raises(DbnError, match="of each example a class that is −1 or"):
        learn(CORNERS, np.array([0, 1, 1, 0]), 5)
    with pytest.raises(DbnError, match="at least one epoch"):
        learn(CORNERS, XOR, 0)
    with pytest.raises(DbnError, match="of each example"):
        learn(CORNERS, XOR[:3], 5)
    with pytest.raises(DbnError, match="has no sides, and so no margin"):
        Perceptron(np.zeros(2), 0.0).margin(CORNERS, XOR)


def test_the_path_has_the_weights_after_each_correction() -> None:
    found = learn(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1, -1]), 10)
    np.testing.assert_array_equal(found.path, [[1, 0, 1], [1, -1, 0]])


def test_the_bound_of_bytes_is_that_of_numbers() -> None:
    x, y = np.array([[200, 10], [10, 200], [20, 10]]), np.array([1, 1, -1])
    found = separator(x, y)
    assert found is not None
    assert most_mistakes(x.astype(np.uint8), y, found) == most_mistakes(x.astype(float), y, found) > 40_000
