import numpy as np
import pytest
from enumeration import Exact
from toys import machine

from dbn.errors import DbnError
from dbn.generative import sampling
from dbn.generative.dbn import DBN
from dbn.generative.ravines import along_chains, along_lines, ridges
from dbn.ops.numpy import Rng


@pytest.fixture
def net() -> DBN:
    top = machine(("softmax", 2), ("bernoulli", 3), n_hidden=5, seed=2)
    return DBN((machine(("bernoulli", 4), n_hidden=3, seed=1), top), (2, 2))


@pytest.mark.parametrize("start", sampling.STARTS)
def test_along_chains_it_is_the_free_energy_of_what_the_memory_sees(net: DBN, start: sampling.Start) -> None:
    labels = np.array([0, 1, 1])
    found = along_chains(net, 3, 6, Rng(0, "r"), labels=labels, start=start)
    rng = Rng(0, "r")
    h = sampling.begin(net, 3, rng, labels=labels, start=start)
    for energies in found:
        ((v, h),) = sampling.gibbs(net, h, 1, rng, labels=labels)
        np.testing.assert_array_equal(v[:, :2], np.eye(2)[labels])
        np.testing.assert_allclose(energies, net.top.free_energy(v))
    assert found.shape == (6, 3)


def test_free_chains_have_the_mean_free_energy_of_the_model(net: DBN) -> None:
    n, exact = 20_000, Exact(net.top)
    energies = net.top.free_energy(exact.v)
    mean = exact.p_v @ energies
    spread = np.sqrt(exact.p_v @ (energies - mean) ** 2 / n)
    assert along_chains(net, n, 40, Rng(0, "r"))[-1].mean() == pytest.approx(mean, abs=4 * spread)


def test_along_lines_it_is_the_free_energy_of_each_label(net: DBN) -> None:
    first, second = np.random.default_rng(0).uniform(size=(2, 6, 4))
    found = along_lines(net, first, second, points=5)
    a, b = net.up_pass(first), net.up_pass(second)
    for place, t in enumerate((0, 0.25, 0.5, 0.75, 1)):
        for label in (0, 1):
            v = np.concatenate([np.tile(np.eye(2)[label], (6, 1)), a + t * (b - a)], axis=1)
            np.testing.assert_allclose(found[:, place, label], net.top.free_energy(v), rtol=1e-12)
    assert found.shape == (6, 5, 2)


def test_along_lines_of_real_pixels_it_is_the_free_energy_too() -> None:
    net = DBN((machine(("softmax", 2), ("gaussian", 4), n_hidden=5),), (2, 2))
    first, second = np.random.default_rng(0).uniform(size=(2, 6, 4))
    found = along_lines(net, first, second, points=3)
    for place, p in enumerate((first, (first + second) / 2, second)):
        for label in (0, 1):
            v = np.concatenate([np.tile(np.eye(2)[label], (6, 1)), p], axis=1)
            np.testing.assert_allclose(found[:, place, label], net.top.free_energy(v), rtol=1e-12)


def test_a_line_passes_through_no_valley(net: DBN) -> None:
    first, second = np.random.default_rng(1).uniform(size=(2, 50, 4)) < 0.5
    energies = along_lines(net, first.astype(float), second.astype(float), points=21)
    best = energies.min(axis=-1)
    assert (np.diff(best, n=2, axis=1) < 1e-9).all()  # concave
    heights = ridges(best)
    assert (heights >= 0).all()
    moves = (first != second).any(axis=1)
    assert (heights[moves] > 1e-6).all()
    np.testing.assert_allclose(heights[~moves], 0, atol=1e-9)


def test_lines_that_there_cannot_be(net: DBN) -> None:
    image = np.zeros((1, 4))
    for arguments in ((image, image, 1), (image, np.zeros((2, 4)), 5)):
        with pytest.raises(DbnError, match="at least two points"):
            along_lines(net, *arguments)
    with pytest.raises(DbnError, match="without labels"):
        along_lines(DBN((machine(("bernoulli", 4)),), (2, 2)), image, image)
