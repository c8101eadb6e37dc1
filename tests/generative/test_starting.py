"""A machine that begins as the transpose of the one below: the net of both is as good as the one below, exactly."""

from typing import Any

import numpy as np
import pytest
from toys import bars, bits, greedy, machine

from dbn.errors import DbnError
from dbn.generative import bound, exact
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.rbm import RBM
from dbn.generative.starting import Start, tie
from dbn.ops.numpy import Rng
from dbn.training.loop import Run, train


def above(below: RBM, n_hidden: int) -> RBM:
    rbm = RBM.create(exact.binary(below.n_hidden), n_hidden, Rng(1, "above"))
    tie(rbm, below)
    return rbm


def test_the_net_gives_every_image_the_probability_that_the_machine_below_gives_it() -> None:
    below = machine(("bernoulli", 5), n_hidden=4, scale=2, dtype=np.float32)
    log_p_h = exact.log_p_v(above(below, 5))
    np.testing.assert_allclose(log_p_h, exact.log_p_h(below), atol=1e-5)
    for log_p in (bound.log_likelihood(below, log_p_h), bound.lower_bound(below, log_p_h)):
        np.testing.assert_allclose(log_p, exact.log_p_v(below), atol=1e-5)


def test_hidden_units_in_excess_change_little() -> None:
    below = machine(("bernoulli", 5), n_hidden=4, scale=2, dtype=np.float32)
    rbm = above(below, 12)
    assert abs(rbm.W[:, 5:]).min() > 0  # or they would all learn the same
    np.testing.assert_allclose(exact.log_p_v(rbm), exact.log_p_h(below), atol=5e-3)
    rbm.b[:] = below.c  # without what they add in the mean taken off
    assert abs(exact.log_p_v(rbm) - exact.log_p_h(below)).max() > 5e-3


@pytest.mark.parametrize("labels", [False, True])
def test_a_tied_layer_begins_when_the_one_below_has_learned(labels: bool) -> None:
    layers = CDConfig(epochs=3, learning_rate="0.2"), CDConfig(epochs=1, learning_rate="0")
    learner = greedy(bars(60), hidden=(6, 11), layers=layers, labels=labels, tied=True, averaging=0.9)
    run = train(learner, Run(learner.init()))
    low, top = learner.model(run.state).layers
    assert isinstance(low, RBM)
    assert isinstance(top, RBM)
    np.testing.assert_allclose(top.W[top.n_labels :, :9], low.W.T, rtol=1e-5)
    np.testing.assert_allclose(top.c[:9], low.b, rtol=1e-5)
    np.testing.assert_allclose(top.b[top.n_labels :], low.c - top.W[top.n_labels :, 9:].sum(axis=1) / 2, rtol=1e-5)
    assert abs(top.b[: top.n_labels] - np.log(learner.data.labels.mean())).max(initial=0) < 1


def test_layers_that_are_there_already_stay_as_they_are() -> None:
    below = machine(("bernoulli", 9), n_hidden=6, dtype=np.float32)
    start = DBN((below, machine(("bernoulli", 6), n_hidden=5, dtype=np.float32)), (3, 3))
    layers = (CDConfig(epochs=0),) * 2 + (CDConfig(epochs=1, learning_rate="0"),)
    learner = greedy(hidden=(6, 5, 6), layers=layers, start=start, tied=True, labels=False)
    low, middle, top = (layer.rbm for layer in train(learner, Run(learner.init())).state.layers)
    assert [bits(low), bits(middle)] == [bits(layer) for layer in start.layers]
    np.testing.assert_array_equal(top.W, middle.W.T)
    with pytest.raises(DbnError, match="no layer is new and above another"):
        greedy(hidden=(6, 5), layers=layers[:2], start=start, tied=True, labels=False)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sizes": (9, 6, 8)}, "layer 2 cannot begin as the transpose of the one below with 8 hidden units; give it 9"),
        ({"sizes": (9, 6)}, "no layer is new and above another, to begin as its transpose; leave that out"),
        ({"pixels": "gaussian"}, "only machines of binary units begin as the transpose of the one below"),
        ({"hidden": "rectified"}, "only machines of binary units begin as the transpose of the one below"),
    ],
)
def test_machines_that_cannot_be_transposes_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        Start(**{"sizes": (9, 6, 9), "n_classes": 0, "tied": True, **options})
