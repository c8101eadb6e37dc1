"""Monitors on images that learning does not see: right by value, and without a trace in what is learned."""

from typing import Any

import numpy as np
import pytest
from enumeration import Exact
from toys import bars, bits, greedy, machine, updown

from dbn.data.intensity import to_visible
from dbn.errors import DbnError
from dbn.generative import watching
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.updown import UpDown
from dbn.ops.numpy import Rng
from dbn.training.loop import Run, train

NATS = {"validation_nats_ais", "validation_nats_reverse_ais"}


def watched(learner: Any, every: int) -> Run:
    """Train with the toy's images held out, and a quick AIS every so many epochs."""
    if isinstance(learner, Greedy):
        config, n_classes = learner.config, learner.n_classes
        learner = Greedy(config, learner.data, (3, 3), n_classes, learner.seed, learner.validation, ais_every=every)
    else:
        learner = UpDown(learner.config, learner.start, learner.data, learner.seed, learner.validation, ais_every=every)
    return train(learner, Run(learner.init()))


@pytest.mark.parametrize("learner", [greedy, updown], ids=["greedy", "up-down"])
def test_it_is_measured_in_its_epochs_and_leaves_no_trace(learner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "BETAS", "20")
    monkeypatch.setattr("dbn.generative.likelihood.measure.REACH", 5)
    without, seen = watched(learner(), 0), watched(learner(), 3)
    assert bits(without.state) == bits(seen.state)
    epochs = [row["epoch"] for row in seen.history if row.keys() >= NATS]
    assert epochs == ([2, 3, 4] if learner is greedy else [3])  # at the end of both layers too
    assert not [row for row in without.history if row.keys() & NATS]
    for plain, row in zip(without.history, seen.history, strict=True):
        assert plain.items() - {("seconds", plain["seconds"])} <= row.items()


@pytest.mark.parametrize("intensity", ["real", "threshold"])
def test_both_sides_are_near_the_enumerated_log_likelihood(intensity: Any) -> None:
    net = DBN((machine(("bernoulli", 9), n_hidden=5, seed=3, dtype=np.float32),), (3, 3))
    images = bars(40, seed=5)
    found = watching.log_likelihood(net, bars(60), images, intensity, seed=1)
    v = to_visible(images.images, "sampled" if intensity == "real" else intensity, Rng(1, "likelihood/pixels"))
    index = (v @ 2 ** np.arange(9)[::-1]).astype(int)
    exact = np.log(Exact(net.top).p_v[index]).mean()
    assert found.keys() == NATS
    for nats in found.values():
        assert nats == pytest.approx(exact, abs=0.05)


def test_without_images_nothing_can_be_measured() -> None:
    learner = greedy()
    with pytest.raises(DbnError, match="on validation images; hold some out"):
        Greedy(learner.config, learner.data, (3, 3), 2, 1, ais_every=5)
    with pytest.raises(DbnError, match="with 0, never, not every -1"):
        Greedy(learner.config, learner.data, (3, 3), 2, 1, learner.validation, ais_every=-1)
