import numpy as np
import pytest
from enumeration import assert_same_distribution, visible_states
from toys import machine, pretrained

from dbn.errors import DbnError
from dbn.generative import bound as table
from dbn.generative import exact
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.likelihood import partition, variational
from dbn.generative.likelihood.posterior_chain import Posterior, estimate
from dbn.ops.numpy import Rng

LOW, TOP = machine(("bernoulli", 4), n_hidden=3, seed=1, scale=1.5), machine(("bernoulli", 3), n_hidden=4, seed=2)
X, H = visible_states(exact.binary(4)), visible_states(exact.binary(3))
TRUE = table.log_likelihood(LOW, exact.log_p_v(TOP))


def net(*, untied: bool = False) -> DBN:
    return DBN((Directed.untied(LOW) if untied else LOW, TOP), (2, 2))


@pytest.mark.parametrize("untied", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_estimate_is_unbiased_for_the_likelihood_and_too_low_for_its_logarithm(untied: bool, steps: int) -> None:
    n, log_z = 2000, partition.log_z(TOP)
    found = estimate(net(untied=untied), np.repeat(X, n, axis=0), steps, Rng(steps, "chain")).reshape(16, n) - log_z
    ratios = np.exp(found - TRUE[:, None])
    error = ratios.std(axis=1) / np.sqrt(n)
    assert error.max() < 0.1
    assert (np.abs(ratios.mean(axis=1) - 1) < 4 * error + 1e-9).all()
    assert (found.mean(axis=1) < TRUE + 4 * found.std(axis=1) / np.sqrt(n)).all()


def test_longer_chains_are_tighter_and_tighter_than_the_bound() -> None:
    x, log_z = np.repeat(X, 500, axis=0), partition.log_z(TOP)
    short, long = (estimate(net(), x, steps, Rng(0, "chain")).mean() - log_z for steps in (1, 20))
    lower = variational.bound(net(), x, 1, Rng(0, "q")).mean() - log_z
    assert lower + 0.05 < short
    assert short + 0.001 < long
    assert long == pytest.approx(TRUE.mean(), abs=0.001)


def posterior_of(x: np.ndarray) -> np.ndarray:
    """p(h given x) over the rows of H, by enumeration."""
    log_p = Posterior(net(), np.repeat(x[None], len(H), axis=0)).log_joint(H)
    return np.exp(log_p - np.logaddexp.reduce(log_p))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_chains_that_begin_at_the_posterior_stay_there(order: tuple[int, ...]) -> None:
    n, x, rng = 20_000, X[6], Rng(0, "sweep")
    p = posterior_of(x)
    h = H[np.random.default_rng(0).choice(len(H), n, p=p)]
    posterior = Posterior(net(), np.repeat(x[None], n, axis=0))
    for _ in range(3):
        h, _log_p = posterior.sweep(h, order, lambda _, on: rng.bernoulli(on))
    assert_same_distribution(np.bincount((h @ [4, 2, 1]).astype(int), minlength=8), p)


def test_a_sweep_and_its_reverse_are_in_detailed_balance() -> None:
    x = X[6]
    p = posterior_of(x)
    starts, ends = np.repeat(H, 8, axis=0), np.tile(H, (8, 1))
    posterior = Posterior(net(), np.repeat(x[None], 64, axis=0))
    forth = np.exp(posterior.sweep(starts, range(3), lambda j, _: ends[:, j])[1]).reshape(8, 8)
    back = np.exp(posterior.sweep(starts, range(3)[::-1], lambda j, _: ends[:, j])[1]).reshape(8, 8)
    np.testing.assert_allclose(forth.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(p[:, None] * forth, (p[:, None] * back).T, rtol=1e-10)


def test_other_nets_and_no_steps_are_refused() -> None:
    with pytest.raises(DbnError, match="nets of two layers without labels; take the bound instead"):
        Posterior(pretrained(labels=2), X)
    with pytest.raises(DbnError, match="nets of two layers without labels"):
        Posterior(DBN((LOW,), (2, 2)), X)
    with pytest.raises(DbnError, match="at least 1 step, not 0"):
        estimate(net(), X, 0, Rng(0, "chain"))
