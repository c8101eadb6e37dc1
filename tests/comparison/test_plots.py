from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dbn.comparison import plots
from dbn.data import Dataset, Split
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.generative import sampling
from dbn.generative.dbn import DBN
from dbn.generative.rbm import RBM
from dbn.generative.units import Group
from dbn.ops.numpy import Rng

RANDOM = np.random.default_rng(0)
SPLIT = Split(RANDOM.random((30, 16)).astype(np.float32), np.arange(30) % 3)
DATASET = Dataset.of("random", SPLIT, SPLIT, (4, 4), 3)
HISTORY = [{"epoch": 1.0, "loss": 1.0, "seconds": 0.1}, {"epoch": 2.0, "loss": 0.5, "seconds": 0.1, "late": 7.0}]


def machine(n_visible: int, n_hidden: int, labels: int = 0) -> RBM:
    groups = (Group("softmax", labels),) if labels else ()
    rbm = RBM.create((*groups, Group("bernoulli", n_visible)), n_hidden, Rng(0, "weights"))
    rbm.W[:] = RANDOM.normal(size=rbm.W.shape)
    return rbm


def drawn(model: DBN | Network, history: list[dict[str, float]] = HISTORY) -> set[str]:
    return set(plots.figures_of(model, history, DATASET, "real", seed=0))


WEIGHTS = {"receptive-fields-1", "weights"}
SEEN = {"reconstructions", "hidden-activity"}
JUDGED = {"confusion", "errors"}


def test_chains_are_shown_from_their_beginning_after_the_steps_that_are_written_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net, seen = DBN((machine(16, 5, labels=3),), (4, 4)), []
    strip = plots.figures.film_strip
    monkeypatch.setattr(plots.figures, "film_strip", lambda frames, *a: seen.append(frames) or strip(frames, *a))
    figure = plots.figures_of(net, [], DATASET, "real", seed=0)["chains"]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == [str(20 * i) for i in range(11)]
    rng, labels = Rng(0, "figures/chains"), np.arange(3)
    h = sampling.begin(net, 3, rng, labels=labels)
    np.testing.assert_array_equal(seen[0][0], sampling.show(net, h))
    *_, (_, h) = sampling.gibbs(net, h, 40, rng, labels=labels)
    np.testing.assert_array_equal(seen[0][2], sampling.show(net, h))


@pytest.mark.filterwarnings("error")
def test_what_applies_to_a_model_is_drawn() -> None:
    with_labels = DBN((machine(16, 5), machine(5, 6, labels=3)), (4, 4))
    assert drawn(with_labels) == {
        *{"learning-curves", "receptive-fields-2", "samples", "chains"},
        *(WEIGHTS | SEEN | JUDGED),
    }
    without = DBN((machine(16, 5), machine(5, 6)), (4, 4))
    assert drawn(without) == {"learning-curves", "receptive-fields-2"} | WEIGHTS | SEEN
    rectified = replace(machine(16, 5), hidden="rectified")
    assert drawn(DBN((rectified,), (4, 4)), []) == WEIGHTS | SEEN - {"hidden-activity"}
    lone = DBN((machine(16, 5, labels=3),), (4, 4))
    assert drawn(lone, []) == {"samples", "chains"} | WEIGHTS | SEEN | JUDGED
    network = Network.from_layers(with_labels.recognition_layers(), 6, 3)
    fields = {"receptive-fields-2", "receptive-fields-3"}
    assert drawn(network) == {"learning-curves"} | fields | WEIGHTS | JUDGED


def test_a_subset_of_the_classes_can_be_judged() -> None:
    rows = SPLIT.labels < 2
    two = Dataset.of("two", SPLIT[rows], SPLIT[rows], (4, 4), 2)
    network = Network((RANDOM.normal(size=(16, 3)),), (np.zeros(3),))
    figure = plots.figures_of(network, [], two, "real", 0)["confusion"]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["0", "1", "2"]


def test_data_of_another_model_are_refused() -> None:
    wide = Split(np.zeros((3, 25), np.float32), np.arange(3))
    other = Dataset.of("wide", wide, wide, (5, 5), 3)
    with pytest.raises(DbnError, match="the model takes 16 pixels, these images have 25"):
        plots.figures_of(DBN((machine(16, 5),), (4, 4)), [], other, "real", 0)


def test_a_model_without_errors_has_no_picture_of_them() -> None:
    assert plots.wrong_images(SPLIT.labels, DATASET) == {}
    assert set(plots.wrong_images((SPLIT.labels + 1) % 3, DATASET)) == {"errors"}


def test_the_updates_of_each_layer_that_has_learned() -> None:
    def layer(size: float) -> dict[str, object]:
        velocity = {"0": np.full((4, 3), size), "1": np.full(4, size), "2": np.full(3, size)}
        return {"rbm": {"W": np.ones((4, 3))}, "velocity": velocity}

    state = {"layers": {"0": layer(0.5), "1": layer(0.25), "2": layer(0.0)}, "pixels": "stream"}
    figure = plots.updates({"state": state})["updates"]
    titles = [axes.get_title("left") for axes in figure.axes]
    assert titles == ["updates 1\nmean 0.5, sd 0", "updates 2\nmean 0.25, sd 0"]
    assert plots.updates({"state": {"velocity": {}}}) == {}
