import tracemalloc

import numpy as np
import pytest
from enumeration import Exact
from scipy.special import logsumexp
from toys import Counted, machine

from dbn.errors import DbnError
from dbn.generative import exact
from dbn.generative.likelihood import partition
from dbn.generative.rbm import RBM
from dbn.generative.units import Group

SHAPES = [
    ((("bernoulli", 6),), 4),
    ((("bernoulli", 3),), 7),
    ((("softmax", 3), ("bernoulli", 4)), 6),
    ((("softmax", 3), ("bernoulli", 4)), 5),
    ((("bernoulli", 2), ("softmax", 5), ("softmax", 2)), 6),
]


@pytest.mark.parametrize("block", [2, 4, 1024])
@pytest.mark.parametrize(("shape", "n_hidden"), SHAPES, ids=str)
def test_log_z_is_that_of_brute_force(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[tuple[str, int], ...], n_hidden: int, block: int
) -> None:
    monkeypatch.setattr(partition, "BLOCK", block)
    rbm = machine(*shape, n_hidden=n_hidden, seed=n_hidden, scale=2)
    oracle = Exact(rbm)
    assert partition.log_z(rbm) == pytest.approx(oracle.log_z, rel=1e-12)
    found = partition.log_p(rbm, oracle.v, partition.log_z(rbm))
    np.testing.assert_allclose(np.exp(found), oracle.p_v, rtol=1e-10)


@pytest.mark.parametrize("shape", [shape for shape, _ in SHAPES], ids=str)
def test_blocks_are_small_and_together_every_state_in_order(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[tuple[str, int], ...]
) -> None:
    monkeypatch.setattr(partition, "BLOCK", 8)
    groups = tuple(Group(kind, size) for kind, size in shape)  # type: ignore[arg-type]
    found = list(partition.blocks(groups))
    assert max(map(len, found)) <= 8
    np.testing.assert_array_equal(np.concatenate(found), exact.states(groups))
    assert exact.n_states(groups) == len(exact.states(groups))


@pytest.mark.parametrize(("shape", "n_hidden"), SHAPES, ids=str)
def test_every_block_is_shown(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[tuple[str, int], ...], n_hidden: int
) -> None:
    monkeypatch.setattr(partition, "BLOCK", 4)
    rbm, progress = machine(*shape, n_hidden=n_hidden), Counted()
    assert partition.log_z(rbm, progress) == partition.log_z(rbm)
    smaller = min(rbm.groups, exact.binary(n_hidden), key=exact.n_states)
    n = len(list(partition.blocks(smaller)))
    assert n > 1
    assert progress.bars == [["exact log Z", n, n]]


def test_pairs_of_units_that_know_only_each_other_have_a_log_z_in_closed_form_and_need_little_memory() -> None:
    n, rng = 16, np.random.default_rng(0)
    w, b, c = 3 * rng.normal(size=(3, n))
    rbm = RBM(np.diag(w), b, c, exact.binary(n))
    tracemalloc.start()
    found = partition.log_z(rbm)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == pytest.approx(np.log1p(np.exp(b) + np.exp(c) + np.exp(b + c + w)).sum(), rel=1e-12)
    assert peak < 2**20 < 2**n * n * 8  # 1 MiB, where the table of states alone would take 8


def test_the_label_units_are_summed_out() -> None:
    rbm = machine(("softmax", 3), ("bernoulli", 4), n_hidden=5, seed=3)
    oracle = Exact(rbm)
    joint = np.log(oracle.p_v).reshape(3, 16)
    found = partition.log_weight(rbm, oracle.v[:16, 3:]) - oracle.log_z
    np.testing.assert_allclose(found, logsumexp(joint, axis=0), rtol=1e-10)


def test_a_machine_of_single_precision_is_answered_in_double() -> None:
    single = machine(("bernoulli", 8), n_hidden=6, dtype=np.float32)
    oracle = Exact(single)
    assert partition.log_z(single) == pytest.approx(oracle.log_z, rel=1e-13)
    v = oracle.v.astype(np.float32)
    found = partition.log_weight(single, v) - oracle.log_z
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, np.log(oracle.p_v), rtol=1e-11)


def test_up_to_25_units_can_be_listed() -> None:
    assert partition.countable(machine(("bernoulli", 25), n_hidden=40))
    assert partition.countable(machine(("bernoulli", 40), n_hidden=25))
    assert partition.countable(machine(("softmax", 32), ("bernoulli", 20), n_hidden=40))
    assert not partition.countable(machine(("softmax", 33), ("bernoulli", 20), n_hidden=26))
    with pytest.raises(DbnError, match="30 visible and 26 hidden units can be listed; estimate log Z by annealed"):
        partition.log_z(machine(("bernoulli", 30), n_hidden=26))
