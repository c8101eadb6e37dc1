import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from toys import LEARNERS, bars, bits, greedy, pretrained

from dbn.data.dataset import Split
from dbn.data.intensity import mean_visible
from dbn.errors import DbnError
from dbn.generative import greedy as module
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.rbm import RBM
from dbn.generative.starting import Start
from dbn.generative.units import Group
from dbn.ops.numpy import Rng, one_hot
from dbn.training.loop import Run, train

INTENSITIES = ["real", "sampled", "threshold"]


def trained(learner: Greedy) -> Run:
    return train(learner, Run(learner.init()))


def logit(p: np.ndarray) -> np.ndarray:
    p = p.clip(0.01, 0.99)
    return np.log(p / (1 - p))


@pytest.mark.parametrize("intensity", INTENSITIES)
def test_learning_reduces_the_reconstruction_error_of_every_layer(intensity: str) -> None:
    layer = CDConfig(epochs=25, learning_rate="0.2")
    learner = greedy(bars(60), layers=(layer, layer), hidden=(12, 8), labels=False, intensity=intensity)
    history = trained(learner).history
    assert [row["layer"] for row in history] == [1.0] * 25 + [2.0] * 25
    for begin in (0, 25):
        errors = [row["reconstruction_error"] for row in history[begin : begin + 25]]
        assert errors[-1] < 0.75 * errors[0]


@pytest.mark.parametrize("intensity", INTENSITIES)
@pytest.mark.parametrize("block", [1000, 7])
def test_every_layer_begins_with_the_base_rates_of_what_it_sees(
    intensity: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    learner = greedy(intensity=intensity)
    run = Run(learner.init())
    pixels = mean_visible(learner.data.images, intensity)
    np.testing.assert_allclose(run.state.layers[0].rbm.b, logit(pixels.mean(axis=0)), rtol=1e-5)
    assert not run.state.layers[1].rbm.b.any()
    start: dict[str, np.ndarray] = {}
    moment = learner.moment

    def noted(at: float) -> Any:
        if at == 2:  # before the second layer's first update
            layers = run.state.layers
            start.update(b=layers[1].rbm.b.copy(), features=layers[0].rbm.mean_h_from_v(pixels))
        return moment(at)

    learner.moment = noted  # type: ignore[method-assign]
    train(learner, run)
    rates = np.bincount(learner.data.labels) / len(learner.data)
    np.testing.assert_allclose(start["b"][:2], np.log(rates), rtol=1e-5)
    np.testing.assert_allclose(start["b"][2:], logit(start["features"].mean(axis=0)), rtol=1e-4, atol=1e-5)


def test_only_the_layer_whose_turn_it_is_learns() -> None:
    learner = greedy()
    first = greedy()
    first.epochs = 2
    low = trained(first).state.layers
    both = trained(learner).state.layers
    np.testing.assert_array_equal(low[0].rbm.W, both[0].rbm.W)
    np.testing.assert_array_equal(low[1].rbm.W, greedy().init().layers[1].rbm.W)
    assert not np.array_equal(both[1].rbm.W, low[1].rbm.W)


def test_layer_boundaries() -> None:
    layers = (CDConfig(epochs=2), CDConfig(epochs=1), CDConfig(epochs=3))
    learner = greedy(hidden=(4, 4, 4), layers=layers)
    assert [learner.layer_of(epoch) for epoch in range(6)] == [(0, 0), (0, 0), (1, 2), (2, 3), (2, 3), (2, 3)]
    with pytest.raises(DbnError, match="beyond the 6"):
        learner.layer_of(6)


def test_each_layer_s_schedules_begin_with_the_layer() -> None:
    moments: list[float] = []
    learner = greedy()
    run, moment = Run(learner.init()), CDConfig.moment

    def noted(config: CDConfig, at: float) -> Any:
        moments.append(round(at, 6))
        return moment(config, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CDConfig, "moment", noted)
        train(learner, run)
    once = [0.0, 0.333333, 0.666667, 1.0, 1.333333, 1.666667]
    assert moments == once * 2


@pytest.mark.parametrize("intensity", INTENSITIES)
def test_monitors_are_those_of_the_machine_that_learns(intensity: str) -> None:
    learner = greedy(intensity=intensity)
    run = trained(learner)
    row, (low, top) = run.history[-1], run.state.layers
    assert learner.validation is not None

    def seen(split: Any) -> np.ndarray:
        up = low.rbm.mean_h_from_v(mean_visible(split.images, intensity))
        return np.concatenate([one_hot(split.labels, 2), up], axis=1)

    inside, outside = seen(learner.data), seen(learner.validation)
    activity = top.rbm.mean_h_from_v(inside).mean()
    gap = top.rbm.free_energy(outside).mean() - top.rbm.free_energy(inside).mean()
    guesses = learner.model(run.state).predict(mean_visible(learner.validation.images, intensity))
    assert row["hidden_activity"] == pytest.approx(activity, rel=1e-5)
    assert row["free_energy_gap"] == pytest.approx(gap, abs=1e-5)
    assert row["update_ratio"] == pytest.approx(np.linalg.norm(top.velocity[0]) / np.linalg.norm(top.rbm.W), rel=1e-5)
    assert row["validation_error_percent"] == 100 * (guesses != learner.validation.labels).mean()
    assert "validation_error_percent" not in run.history[0]


def test_looking_at_the_model_shifts_no_random_stream() -> None:
    watched, unwatched = greedy(intensity="sampled"), greedy(intensity="sampled")
    unwatched.validation = None
    for one, other in zip(trained(watched).state.layers, trained(unwatched).state.layers, strict=True):
        np.testing.assert_array_equal(one.rbm.W, other.rbm.W)


def test_every_random_stream_is_its_own() -> None:
    state = greedy().init()
    streams = [state.pixels, *(layer.rng for layer in state.layers)]
    assert len({rng.state for rng in streams} | {Rng(1, f"layer-{i}/weights").state for i in (1, 2)}) == 5


def test_another_layer_shifts_no_draw_of_the_first() -> None:
    alone = greedy(hidden=(6,), layers=(CDConfig(epochs=2),), labels=False)
    np.testing.assert_array_equal(
        trained(alone).state.layers[0].rbm.W, trained(greedy(labels=False)).state.layers[0].rbm.W
    )


def test_it_learns_to_tell_bars_apart() -> None:
    layer = CDConfig(epochs=60, learning_rate="0.2")
    learner = greedy(bars(80), layers=(layer, layer), hidden=(20, 30))
    assert trained(learner).history[-1]["validation_error_percent"] <= 10


KEPT = CDConfig(epochs=0)


def test_a_net_to_start_from_is_copied() -> None:
    start = pretrained()
    before = bits(start)
    learner = greedy(start=start, layers=(CDConfig(epochs=1), CDConfig(epochs=1)))
    state = learner.init()
    for layer, known in zip(state.layers, start.layers, strict=True):
        gained = layer.rbm.n_labels
        np.testing.assert_array_equal(layer.rbm.W[gained:], known.W)
        np.testing.assert_array_equal(layer.rbm.b[gained:], known.b)
        np.testing.assert_array_equal(layer.rbm.c, known.c)
    run = train(learner, Run(state))
    assert all(
        (layer.rbm.W[-6:] != known.W[-6:]).any() for layer, known in zip(state.layers, start.layers, strict=True)
    )
    assert [row["layer"] for row in run.history] == [1, 2]
    assert bits(start) == before


def test_a_memory_without_labels_gains_label_units() -> None:
    start = pretrained()
    for layers, first in (((KEPT, CDConfig(epochs=1)), True), ((CDConfig(epochs=1), CDConfig(epochs=1)), False)):
        learner = greedy(start=start, layers=layers)
        top = learner.init().layers[1].rbm
        assert top.groups == (Group("softmax", 2), Group("bernoulli", 6))
        rates = np.bincount(learner.data.labels) / len(learner.data)
        np.testing.assert_allclose(top.b[:2], np.log(rates) if first else 0, rtol=1e-6)
    drawn = np.concatenate([Start((9, 6, 5), 2, start).machine(1, seed).W[:2].ravel() for seed in range(200)])
    assert drawn.mean() == pytest.approx(0, abs=4 * 0.01 / np.sqrt(drawn.size))
    assert drawn.std() == pytest.approx(0.01, rel=4 / np.sqrt(2 * drawn.size))


def test_labels_that_are_there_are_kept() -> None:
    start = pretrained(labels=2)
    state = greedy(start=start, layers=(KEPT, CDConfig(epochs=1))).init()
    np.testing.assert_array_equal(state.layers[1].rbm.W, start.top.W)
    np.testing.assert_array_equal(state.layers[1].rbm.b, start.top.b)


def test_layers_of_0_epochs_stay_as_they_are_and_those_above_learn_from_them() -> None:
    start = pretrained()
    learner = greedy(start=start, layers=(KEPT, CDConfig(epochs=2)))
    run = trained(learner)
    np.testing.assert_array_equal(run.state.layers[0].rbm.W, start.layers[0].W)
    assert [row["layer"] for row in run.history] == [2, 2]
    net = learner.model(run.state)
    assert learner.validation is not None
    guesses = net.predict(mean_visible(learner.validation.images, "real"))
    assert run.history[-1]["validation_error_percent"] == 100 * (guesses != learner.validation.labels).mean()
    low_alone = trained(greedy(start=start, labels=False, layers=(CDConfig(epochs=2), KEPT)))
    np.testing.assert_array_equal(low_alone.state.layers[1].rbm.W, start.top.W)
    assert [row["layer"] for row in low_alone.history] == [1, 1]


@pytest.mark.parametrize("intensity", INTENSITIES)
def test_new_layers_on_a_start_begin_with_the_base_rates_of_what_they_see(intensity: str) -> None:
    low = DBN(pretrained().layers[:1], (3, 3))
    learner = greedy(start=low, labels=False, layers=(KEPT, CDConfig(epochs=1)), intensity=intensity)
    state = learner.init()
    assert isinstance(low.layers[0], RBM)
    seen = low.layers[0].mean_h_from_v(mean_visible(learner.data.images, intensity))
    np.testing.assert_allclose(state.layers[1].rbm.b, logit(seen.mean(axis=0)), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(state.layers[1].rbm.W, greedy(labels=False).init().layers[1].rbm.W)


def test_the_memory_of_a_deep_net_learns_to_classify() -> None:
    layers = CDConfig(epochs=20, learning_rate="0.2"), CDConfig(epochs=40, learning_rate="0.2", discriminative="1")
    losses = {}
    for generative in ("1", "0.01", "0"):
        top = replace(layers[1], generative=generative)
        learner = greedy(bars(80), layers=(layers[0], top), hidden=(20, 30))
        history = trained(learner).history
        assert ["loss" in row for row in history] == [False] * 20 + [True] * 40
        assert ["reconstruction_error" in row for row in history] == [True] * 20 + [generative != "0"] * 40
        losses[generative] = history[-1]["loss"]
        assert history[-1]["validation_error_percent"] <= 10
    assert max(losses.values()) < 0.2  # of log 2 = 0.69


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"start": pretrained(), "hidden": (7, 5)}, "layers of 9-6-5 units, the pixels first, .* has 9-7-5; choose"),
        ({"start": pretrained(), "hidden": (6,), "layers": (CDConfig(),)}, "layers of 9-6-5 units"),
        ({"start": pretrained(labels=3)}, "layer 2 .* has 3 label units, and here it has 2; start from"),
        ({"start": pretrained(labels=2), "labels": False}, "layer 2 .* has 2 label units, and here it has 0"),
        (
            {"start": pretrained(labels=2), "hidden": (6, 5, 4), "layers": (CDConfig(),) * 3},
            "layer 2 .* has 2 label units, and here it has 0",
        ),
        (
            {"start": DBN((Directed.untied(pretrained().layers[0]), pretrained().top), (3, 3))},
            "up-down learning has untied",
        ),
        ({"layers": (KEPT, CDConfig())}, "layer 1 has 0 epochs, and would stay random; give it epochs, or start"),
        ({"layers": (CDConfig(), KEPT), "start": pretrained()}, "layer 2 has 0 epochs"),
        ({"layers": (KEPT, KEPT), "start": pretrained(labels=2)}, "every layer has 0 epochs"),
        ({"data": replace(bars(), images=bars().images[:, :4])}, "takes 9 pixels, these images have 4; use its own"),
        ({"data": replace(bars(), labels=bars().labels + 1)}, "the model knows labels up to 1, not 2; use its own"),
    ],
)
def test_starts_and_epochs_that_do_not_fit_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        greedy(**options)


def test_config_survives_json() -> None:
    config = GreedyConfig(hidden=(3, 4), layers=(CDConfig(k="1>5"), CDConfig(persistent="0,1@3")), labels=False)
    stored = config.as_json()
    assert json.loads(json.dumps(stored)) == stored
    assert [layer["k"] for layer in stored["layers"]] == ["1>5", "1"]
    assert [layer["persistent"] for layer in stored["layers"]] == ["0", "0,1@3"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"hidden": ()}, "a net needs at least one layer; give the numbers of its hidden units"),
        ({"hidden": (3, 4)}, "2 layers need as many"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, not 0"),
        ({"intensity": "loud"}, "no intensity 'loud'; known are real, sampled, threshold"),
    ],
)
def test_bad_configs_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        GreedyConfig(**options)


@pytest.mark.parametrize("n", [36, 30])  # the last mini-batch of 30 is half of one
def test_the_model_is_the_mean_of_the_weights_and_the_next_layer_learns_from_it(n: int) -> None:
    learner = greedy(bars(n), averaging=0.999, labels=False)  # 6 updates of a layer: a plain mean
    learner.begin_epoch(state := learner.init(), 0)
    seen: list[list[np.ndarray]] = []
    for epoch in range(2):
        order = learner.order(epoch)
        for batch in range(3):
            learner.step(state, order[12 * batch : 12 * (batch + 1)], learner.moment(epoch + batch / 3))
            seen.append([parameter.copy() for parameter in state.layers[0].rbm.parameters])
        learner.end_epoch(state, epoch)
    (low, _) = learner.model(state).layers
    assert isinstance(low, RBM)
    for parts in zip(low.parameters, state.layers[0].rbm.parameters, *seen, strict=True):
        model, below, *updates = parts
        np.testing.assert_allclose(model, np.mean(updates, axis=0), rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(below, model)


def test_machines_above_can_learn_from_sampled_states(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = greedy(
        bars(300),
        labels=False,
        sample_hidden=True,
        start=pretrained(),
        layers=(CDConfig(epochs=0), CDConfig(epochs=40, learning_rate="0")),
    )
    shown: list[np.ndarray] = []
    step = module.contrastive.step
    monkeypatch.setattr(module.contrastive, "step", lambda state, v, *a: (shown.append(v), step(state, v, *a))[1])
    run = trained(learner)
    states = np.concatenate(shown)
    assert set(np.unique(states)) == {0, 1}
    p = run.state.layers[0].rbm.mean_h_from_v(mean_visible(learner.data.images, "real"))
    np.testing.assert_allclose(states.mean(axis=0), p.mean(axis=0), atol=4 * 0.5 / np.sqrt(len(states)))


def test_a_mini_batch_of_one_is_one() -> None:
    assert GreedyConfig(batch_size=1).batch_size == 1
    with pytest.raises(DbnError):
        GreedyConfig(batch_size=0)


@pytest.mark.parametrize("make", [LEARNERS["greedy with labels"], LEARNERS["up-down"], LEARNERS["sgd"]])
def test_validation_images_are_checked_before_anything_is_learned(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = bars(4)
    for bad, says in (
        (Split(np.zeros((2, 8), np.uint8), np.zeros(2, int)), "takes 9 pixels, these images have 8"),
        (Split(good.images, good.labels + 2), "knows labels up to 1, not"),
        (good[:0], "not a single image"),
    ):
        monkeypatch.setattr("toys.bars", lambda n=30, seed=0, bad=bad: bad if seed == 9 else bars(n, seed))
        with pytest.raises(DbnError, match=says):
            make()
