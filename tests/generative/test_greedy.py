import json
from typing import Any

import numpy as np
import pytest
from toys import bars, greedy

from dbn.data.intensity import mean_visible
from dbn.errors import DbnError
from dbn.generative import greedy as module
from dbn.generative.contrastive import CDConfig
from dbn.generative.greedy import Greedy, GreedyConfig
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
    step = learner.step

    def noted(state: Any, rows: np.ndarray, at: float) -> dict[str, float]:
        if at == 2:  # the second layer's first update
            start.update(b=state.layers[1].rbm.b.copy(), features=state.layers[0].rbm.mean_h_from_v(pixels))
        return step(state, rows, at)

    learner.step = noted  # type: ignore[method-assign]
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
    run = Run(learner.init())

    def noted(state: object, v: np.ndarray, config: CDConfig, at: float) -> module.contrastive.CDInfo:
        moments.append(round(at, 6))
        return module.contrastive.CDInfo(0.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.contrastive, "step", noted)
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


def test_config_survives_json() -> None:
    config = GreedyConfig(hidden=(3, 4), layers=(CDConfig(k="1>5"), CDConfig(persistent="0,1@3")), labels=False)
    stored = config.as_json()
    assert json.loads(json.dumps(stored)) == stored
    assert [layer["k"] for layer in stored["layers"]] == ["1>5", "1"]
    assert [layer["persistent"] for layer in stored["layers"]] == ["0", "0,1@3"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"hidden": ()}, "0 layers"),
        ({"hidden": (3, 4)}, "2 layers need as many"),
        ({"batch_size": 0}, "at least one example"),
    ],
)
def test_bad_configs_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        GreedyConfig(**options)
