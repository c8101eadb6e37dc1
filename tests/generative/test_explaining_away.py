from itertools import product

import numpy as np
import pytest

from dbn.errors import DbnError
from dbn.generative import exact
from dbn.generative.explaining_away import posterior


def test_figure_2_of_the_paper() -> None:
    W, b, c = np.array([[20.0, 20.0]]), np.array([-20.0]), np.array([-10.0, -10.0])
    (found,) = posterior(W, b, c, np.array([[1.0]]))
    np.testing.assert_allclose(found, [0.0001, 0.4999, 0.4999, 0.0001], atol=6e-5)
    # Both or neither cause leave the effect with σ(±20), one of them with ½; each costs e⁻¹⁰.
    one, none_or_both = np.exp(-10) / 2, np.exp(-20) / (1 + np.exp(-20))
    total = 2 * one + none_or_both + np.exp(-20) / (1 + np.exp(-20))
    np.testing.assert_allclose(found, np.array([none_or_both, one, one, none_or_both]) / total, rtol=1e-12)


def test_bayes_rule_written_out() -> None:
    rng = np.random.default_rng(0)
    W, b, c = rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=4)
    v = exact.states(exact.binary(3))

    def bernoulli(x: float, a: float) -> float:
        return 1 / (1 + np.exp(-a if x else a))

    joint = np.array(
        [
            [
                np.prod([bernoulli(h[j], c[j]) for j in range(4)])
                * np.prod([bernoulli(row[i], b[i] + W[i] @ h) for i in range(3)])
                for h in product((0, 1), repeat=4)
            ]
            for row in v
        ]
    )
    assert joint.sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(posterior(W, b, c, v), joint / joint.sum(axis=1, keepdims=True), rtol=1e-10)


def test_without_weights_nothing_is_learned_about_the_causes() -> None:
    c = np.array([0.3, -2.0])
    found = posterior(np.zeros((1, 2)), np.zeros(1), c, np.array([[0.0], [1.0]]))
    p = 1 / (1 + np.exp(-c))
    np.testing.assert_allclose(found, np.tile(np.outer([1 - p[0], p[0]], [1 - p[1], p[1]]).ravel(), (2, 1)))


def test_there_may_be_more_effects_than_could_be_listed() -> None:
    rng = np.random.default_rng(1)
    found = posterior(rng.normal(size=(500, 2)), rng.normal(size=500), np.zeros(2), rng.integers(0, 2, (3, 500)) * 1.0)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)


@pytest.mark.parametrize("shapes", [((2, 1), 1, 2, (1, 1)), ((1, 2), 1, 2, (1, 2)), ((1, 2), 1, 2, (1,))])
def test_shapes_that_do_not_fit_are_refused(shapes: tuple) -> None:
    with pytest.raises(DbnError, match="do not fit"):
        posterior(*(np.zeros(shape) for shape in shapes))


def test_too_many_causes_are_refused() -> None:
    with pytest.raises(DbnError, match="smaller machine"):
        posterior(np.zeros((1, 13)), np.zeros(1), np.zeros(13), np.ones((1, 1)))
