"""Rectified linear units against the many binary units that each stands for; their learning, storing and refusals."""

from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit
from toys import bars, greedy, machine

from dbn.data.dataset import Split
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.generative import complementary, contrastive, exact, units, watching
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.likelihood import partition
from dbn.generative.likelihood.annealing import Path
from dbn.generative.likelihood.measure import measure
from dbn.generative.likelihood.proxies import pseudo_log_likelihood
from dbn.generative.likelihood.report import LikelihoodConfig
from dbn.generative.rbm import RBM
from dbn.generative.units import Group
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.ops.numpy import Rng
from dbn.training.loop import Run, train

INPUTS = np.array([-6.0, -2.0, -0.5, 0.0, 0.5, 2.0, 6.0, 40.0])
COPIES = expit(INPUTS[:, None] - np.arange(0.5, 100))
"""p(on) of the binary units that one rectified unit stands for (Nair & Hinton 2010, section 2)."""


def rectified(*groups: tuple[Any, int], n_hidden: int = 3, seed: int = 0) -> RBM:
    rbm = machine(*groups, n_hidden=n_hidden, seed=seed)
    return RBM(rbm.W, rbm.b, rbm.c, rbm.groups, rbm.z, "rectified")


def test_expected_states_are_nearly_the_number_of_copies_that_are_on() -> None:
    found = units.mean((Group("rectified", len(INPUTS)),), INPUTS[None].copy())[0]
    np.testing.assert_allclose(found, np.log1p(np.exp(INPUTS)))
    np.testing.assert_allclose(found, COPIES.sum(axis=1), atol=0.011)


@pytest.mark.parametrize("side", ["visible", "hidden"])
def test_states_are_spread_like_the_number_of_copies_that_are_on(side: str) -> None:
    n, rng = 40_000, Rng(0, "states")
    if side == "visible":
        groups = (Group("bernoulli", 1), Group("rectified", len(INPUTS)))
        states = units.sample(groups, np.tile([0.0, *INPUTS], (n, 1)), rng, bernoulli_means=True)[:, 1:]
    else:
        rbm = RBM(np.zeros((1, len(INPUTS))), np.zeros(1), INPUTS, (Group("bernoulli", 1),), hidden="rectified")
        states = rbm.sample_h_from_v(np.ones((n, 1)), rng)
    # max(0, m + N(0, σ²)) has the mean m Φ(m/σ) + σ φ(m/σ)
    m, sd = np.log1p(np.exp(INPUTS)), np.sqrt(expit(INPUTS))
    mean = m * stats.norm.cdf(m / sd) + sd * stats.norm.pdf(m / sd)
    spread = (m**2 + sd**2) * stats.norm.cdf(m / sd) + m * sd * stats.norm.pdf(m / sd) - mean**2
    assert (states >= 0).all()
    assert (np.abs(states.mean(axis=0) - mean) < 4.5 * np.sqrt(spread / n)).all()
    np.testing.assert_allclose(states.var(axis=0), spread, rtol=0.15)
    np.testing.assert_allclose(mean, COPIES.sum(axis=1), atol=0.1)
    np.testing.assert_allclose(spread, (COPIES * (1 - COPIES)).sum(axis=1), atol=0.15)


def test_extreme_inputs_give_finite_states() -> None:
    a = np.array([[-1e4, -200.0, 80.0, 1e4, -80.0]], np.float32)
    states = units.sample((Group("rectified", 5),), a, Rng(0, "states"))
    assert states.dtype == np.float32
    assert states[0, :2].tolist() == [0, 0]
    np.testing.assert_allclose(states[0, 2:4], [80, 1e4], atol=6)
    np.testing.assert_allclose(states[0, 4], 0, atol=1e-16)  # σ is e⁻⁴⁰


def test_base_rate_biases_give_back_the_rates() -> None:
    group, rates = (Group("rectified", 3),), np.array([0.2, 3.0, 50.0])
    np.testing.assert_allclose(units.mean(group, units.base_rate_biases(group, rates)[None])[0], rates)
    assert np.isfinite(units.base_rate_biases(group, np.zeros(3))).all()


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_a_machine_learns_to_reconstruct(visible: Any) -> None:
    layer = CDConfig(epochs=40, learning_rate="0.02" if visible == "bernoulli" else "0.005")
    learner = greedy(bars(80), layers=(layer,), hidden=(12,), visible=visible, hidden_units="rectified", labels=False)
    history = train(learner, Run(learner.init())).history
    assert history[-1]["reconstruction_error"] < 0.6 * history[0]["reconstruction_error"]
    assert not {"free_energy_gap", "always_on_units"} & set(history[-1])


def test_a_net_learns_to_classify_is_stored_and_becomes_a_network_that_agrees() -> None:
    layers = CDConfig(epochs=20, learning_rate="0.05"), CDConfig(epochs=60, learning_rate="0.1")
    learner = greedy(bars(80), layers=layers, hidden=(12, 20), hidden_units="rectified")
    run = train(learner, Run(learner.init()))
    assert run.history[-1]["validation_error_percent"] <= 10
    net = learner.model(run.state)
    low, top = net.layers
    assert isinstance(low, RBM)
    assert (low.hidden, top.groups[-1], net.top.hidden) == ("rectified", Group("rectified", 12), "bernoulli")
    x = np.random.default_rng(0).random((5, 9)).astype(np.float32)
    again = DBN.from_tree(net.tree())
    np.testing.assert_array_equal(again.predict_proba(x), net.predict_proba(x))
    assert again.rectified
    network = Network.from_layers(net.recognition_layers(), 20, 2, hidden=net.recognition_units())
    activities = network.forward(x)[0]
    np.testing.assert_allclose(activities[1], net.up_pass(x), rtol=1e-5)
    np.testing.assert_allclose(activities[2], expit(net.up_pass(x) @ net.top.W[2:] + net.top.c), rtol=1e-4)
    started = greedy(start=net, hidden=(12, 20), hidden_units="rectified").init()
    np.testing.assert_array_equal(started.layers[0].rbm.W, low.W)


def test_layers_above_see_what_is_below() -> None:
    layer = CDConfig(epochs=1, learning_rate="0.001")
    learner = greedy(layers=(layer, layer, layer), hidden=(6, 5, 4), hidden_units="rectified", labels=False)
    net = learner.model(train(learner, Run(learner.init())).state)
    assert [layer.groups[0].kind for layer in net.layers] == ["bernoulli", "rectified", "rectified"]  # type: ignore[union-attr]
    assert net.recognition_units() == ["softplus"] * 3
    v = np.random.default_rng(0).random((4, 9)).astype(np.float32)
    h = np.log1p(np.exp(net.up_pass(v) @ net.top.W + net.top.c))
    np.testing.assert_allclose(net.reconstruct(v), net.down_pass(net.top.mean_v_from_h(h)), rtol=1e-5)


def test_what_rectified_units_cannot_do_is_refused() -> None:
    rbm, above = rectified(("bernoulli", 4)), machine(("softmax", 2), ("rectified", 3))
    net, data = DBN((rbm,), (2, 2)), Split(np.zeros((2, 4), np.uint8), np.zeros(2, int))
    v, h, closed = np.zeros((1, 4)), np.zeros((1, 3)), "without rectified linear ones"
    start = DBN((rectified(("bernoulli", 9), n_hidden=6),), (3, 3))
    config = CDConfig(persistent="1", temperatures=2)
    for refused, says in (
        (lambda: DBN((above,), (1, 3)), "layer 1 sees rectified linear units, but no such ones lie below"),
        (lambda: DBN((rbm, machine(("bernoulli", 3))), (2, 2)), "2 sees no rectified linear units, but such ones lie"),
        (lambda: DBN((machine(("bernoulli", 4)), above), (2, 2)), "layer 2 sees rectified linear units"),
        (lambda: rectified(("softmax", 2), ("bernoulli", 4)), "beside label units binary, not 'rectified'"),
        (lambda: rbm.energy(v, h), closed),
        (lambda: rbm.free_energy(v), closed),
        (lambda: above.free_energy_of_h(h), closed),
        (lambda: Path(rbm, rbm.b), closed),
        (lambda: contrastive.init(rbm, Rng(0, "pt"), config, 2), closed),
        (lambda: partition.log_z(rbm), closed),
        (lambda: partition.log_weight(above, h), closed),
        (lambda: pseudo_log_likelihood(rbm, v), closed),
        (lambda: exact.log_h_given_v(rbm), closed),
        (lambda: exact.log_v_given_h(rbm), closed),
        (lambda: exact.states(above.groups), "of rectified ones cannot be listed"),
        (lambda: complementary.transposed(rbm), "no transpose"),
        (lambda: measure(net, data, data, LikelihoodConfig(), 0), "no log-likelihood in closed form"),
        (lambda: Directed.untied(rbm), "binary units only"),
        (lambda: UpDown(UpDownConfig(1), DBN((rbm, above), (2, 2)), data, 0), "this net has rectified linear ones"),
        (lambda: greedy(hidden_units="relu"), "bernoulli or rectified ones, not relu"),
        (lambda: watching.check_every(1, data, binary=False), "annealing takes binary units"),
        (lambda: greedy(start=start), "are rectified ones, and here bernoulli ones"),
    ):
        with pytest.raises(DbnError, match=says):
            refused()
