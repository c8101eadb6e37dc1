import numpy as np
import pytest
from toys import leaves, machine

from dbn.errors import DbnError
from dbn.generative.directed import Directed
from dbn.ops.numpy import Rng
from dbn.training.state import pack


def layer() -> Directed:
    rng = np.random.default_rng(0)
    return Directed(rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(2, 3)), rng.normal(size=3))


def test_each_direction_has_its_own_conditionals() -> None:
    one, v, h = layer(), np.array([[1.0, 0, 0.5]]), np.array([[1.0, 0]])
    up = [1 / (1 + np.exp(-(one.c[j] + v[0] @ one.R[:, j]))) for j in range(2)]
    down = [1 / (1 + np.exp(-(one.b[i] + h[0] @ one.G[:, i]))) for i in range(3)]
    np.testing.assert_allclose(one.mean_h_from_v(v), [up], rtol=1e-12)
    np.testing.assert_allclose(one.mean_v_from_h(h), [down], rtol=1e-12)
    n = 40_000
    for found, expected in (
        (one.sample_h_from_v(np.repeat(v, n, 0), Rng(0, "up")), up),
        (one.sample_v_from_h(np.repeat(h, n, 0), Rng(0, "down")), down),
    ):
        assert set(np.unique(found)) == {0, 1}
        np.testing.assert_allclose(found.mean(axis=0), expected, atol=4 * 0.5 / np.sqrt(n))
    assert (one.n_visible, one.n_hidden) == (3, 2)


def test_untied_it_begins_as_the_machine_was_and_shares_nothing() -> None:
    rbm = machine(("bernoulli", 4), n_hidden=3, seed=1)
    one, v, h = Directed.untied(rbm), np.eye(4), np.eye(3)
    np.testing.assert_array_equal(one.mean_h_from_v(v), rbm.mean_h_from_v(v))
    np.testing.assert_allclose(one.mean_v_from_h(h), rbm.mean_v_from_h(h), rtol=1e-12)
    before = leaves(pack(rbm))
    for array in (one.R, one.c, one.G, one.b):
        array += 1
    assert leaves(pack(rbm)) == before
    again = Directed.untied(one)
    assert leaves(pack(again)) == leaves(pack(one))
    assert not any(np.shares_memory(a, b) for a, b in zip((one.R, one.G), (again.R, again.G), strict=True))


def test_what_does_not_fit_is_refused() -> None:
    one = layer()
    for parts in ((one.R, one.c, one.R, one.b), (one.R, one.b, one.G, one.b), (one.R[None], one.c, one.G, one.b)):
        with pytest.raises(DbnError, match="do not fit"):
            Directed(*parts)
    with pytest.raises(DbnError, match="label units belong"):
        Directed.untied(machine(("softmax", 2), ("bernoulli", 2)))
