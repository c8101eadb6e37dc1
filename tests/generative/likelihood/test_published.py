"""A machine with a published log Z: the one fixed in the tests of PyDeep (Jan Melchior, 2017)."""

import numpy as np
import pytest

from dbn.generative import exact, units
from dbn.generative.likelihood import gradients, partition
from dbn.generative.likelihood.annealing import Path, ais, reverse_ais
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Rng

W = np.array(
    [
        [0.12179488, 2.95950177, 0.33513356, 35.05380642],
        [0.20318085, -28.62372894, 26.52611278, 28.41793445],
        [-0.19105386, -28.58530584, -26.52747507, 28.78447320],
        [0.08953740, -59.82556859, -0.06665933, -27.71723459],
    ]
)
B = np.array([-19.24399659, -13.26258696, 13.25909850, 43.74408543])
C = np.array([-0.11155958, 57.02097584, -0.13331758, -32.25991501])
LOG_Z, LOG_P = 59.6749019652, -1.7328699078

MACHINE = RBM(W, B, C, (units.Group("bernoulli", 4),))
# 2 x 2 images of bars and stripes: the empty and the full one are both, and count twice
DATA = np.array([[0, 0, 0, 0], [1, 1, 1, 1]] * 2 + [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]], float)


def test_it_has_the_published_log_z_and_log_likelihood() -> None:
    log_z, states = partition.log_z(MACHINE), exact.states(MACHINE.groups)
    assert log_z == pytest.approx(LOG_Z, abs=1e-7)
    assert np.logaddexp.reduce(-MACHINE.free_energy(states)) == pytest.approx(LOG_Z, abs=1e-7)
    assert np.logaddexp.reduce(-MACHINE.free_energy_of_h(states)) == pytest.approx(LOG_Z, abs=1e-7)
    assert partition.log_p(MACHINE, DATA, log_z).mean() == pytest.approx(LOG_P, abs=1e-6)


def test_it_has_learned_its_data() -> None:
    _, b, _ = gradients.of_log_p(MACHINE, DATA)
    np.testing.assert_allclose(b, 0, atol=1e-4)


def test_annealing_finds_it_from_both_sides() -> None:
    path = Path(MACHINE, units.base_rate_biases(MACHINE.groups, DATA.mean(axis=0)))
    betas, starts = np.linspace(0, 1, 1001), np.repeat(DATA, 50, axis=0)  # the data are next to samples of it
    forth, back = ais(path, betas, 400, Rng(0, "ais")), reverse_ais(path, betas, starts, Rng(0, "reverse"))
    for found in (forth, back):
        assert found.nats == pytest.approx(LOG_Z, abs=0.05)  # as PyDeep asks with as many temperatures
        assert found.low <= LOG_Z <= found.high
