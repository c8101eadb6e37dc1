from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from enumeration import Exact
from toys import bars, bits, greedy, leaves, machine, updown

from dbn.data.intensity import mean_visible
from dbn.errors import DbnError
from dbn.figures import learning_curves
from dbn.generative import wake_sleep
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.training.loop import Run, train
from dbn.training.state import pack


def test_untied_the_net_classifies_as_before_and_the_start_is_left_alone() -> None:
    learner = updown()
    before, v = leaves(learner.start.tree()), mean_visible(bars().images, "real")
    run = Run(learner.init())
    net = learner.model(run.state)
    assert all(isinstance(layer, Directed) for layer in net.layers[:-1])
    np.testing.assert_allclose(net.predict_proba(v), learner.start.predict_proba(v), rtol=1e-6)
    train(learner, run)
    assert leaves(learner.start.tree()) == before
    again = updown()
    again.start = DBN(net.layers, net.image_shape)  # an untied net may learn on
    assert leaves(again.model(again.init()).tree()) == leaves(net.tree())


def test_k_and_rate_follow_their_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    from dbn.generative import updown as module

    steps, rates = [], []
    phases, learn = module.phases, module.learn
    monkeypatch.setattr(module, "phases", lambda s, v, y, k, **o: steps.append(k) or phases(s, v, y, k, **o))
    monkeypatch.setattr(
        module, "learn", lambda s, phase, rate, *a, **o: rates.append(rate) or learn(s, phase, rate, *a, **o)
    )
    learner = updown(epochs=4, k="1,3@2", learning_rate="0.4>0", batch_size=30)
    train(learner, Run(learner.init()))
    assert steps == [1, 1, 3, 3]
    assert rates == pytest.approx([0.4, 0.3, 0.2, 0.1])


def test_the_model_is_the_moving_average_of_the_weights() -> None:
    learner = updown(epochs=1, averaging=0.9, batch_size=6)
    state = learner.init()
    mean = [parameter.copy() for parameter in learner.parameters(state)]
    for batch in range(5):
        learner.step(state, np.arange(6 * batch, 6 * batch + 6), learner.moment(0.2 * batch))
        mean = [0.9 * old + 0.1 * new for old, new in zip(mean, learner.parameters(state), strict=True)]
    model = learner.model(state)
    found = [array for layer in model.layers[:-1] if isinstance(layer, Directed) for array in pack(layer).values()]
    for array, expected in zip([*found, model.top.W, model.top.b, model.top.c], mean, strict=True):
        np.testing.assert_allclose(array, expected, rtol=1e-4, atol=1e-6)
    assert not np.allclose(model.top.W, state.top.W, rtol=1e-3)


def test_averaging_changes_nothing_in_the_learning_and_none_is_the_weights() -> None:
    runs = [train(learner, Run(learner.init())) for learner in (updown(averaging=0.9), updown(averaging=0.0))]
    assert bits(runs[0].state.top) == bits(runs[1].state.top)
    learner = updown(averaging=0.0)
    assert learner.model(runs[1].state).top.W is runs[1].state.top.W


@pytest.mark.parametrize("persistent", [False, True])
def test_it_learns_to_classify_and_to_generate(persistent: bool) -> None:
    """From features of a first machine, and an associative memory that knows nothing; so with 12 seeds of 12."""
    data, layers = bars(300), (CDConfig(epochs=20, learning_rate="0.2"), CDConfig(epochs=1, learning_rate="0"))
    below = greedy(data, layers=layers, hidden=(12, 16))
    start = below.model(train(below, Run(below.init())).state)
    options = {"epochs": 120, "learning_rate": "0.2>0", "k": "1", "batch_size": 12, "averaging": 0.98}
    learner = UpDown(UpDownConfig(**options, persistent=persistent), start, data, 1, bars(60, seed=9))
    history = train(learner, Run(learner.init())).history
    first, last = history[0], history[-1]
    assert first["train_error_percent"] > 25
    assert last["train_error_percent"] <= 1
    assert last["validation_error_percent"] <= 1
    assert last["reconstruction_error"] < 0.25 * first["reconstruction_error"]
    assert last["reconstruction_error"] < 0.1 * np.var(data.images / 255, axis=0).mean()  # what the mean image leaves


def test_persistent_chains_begin_as_top_states_of_the_first_examples() -> None:
    state = updown(persistent=True).init()
    assert set(np.unique(state.chains)) == {0, 1}
    assert not updown().init().chains.any()


def test_chains_begin_anew_before_an_update_if_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[float, int]] = []
    restart = wake_sleep.restart
    monkeypatch.setattr("dbn.generative.updown.restart", lambda *a: calls.append(a[1:]) or restart(*a))
    for learner in (updown(persistent=True), updown(persistent=True, restart="0.25")):
        learner.step(learner.init(), np.arange(12), learner.moment(0.0))
    assert calls == [(0.25, 2)]


def test_labels_of_a_share_of_the_chains_are_clamped_if_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clamping draws nothing, and labels are clamped as often as the data have them."""
    data = replace(bars(), labels=np.arange(len(bars())) % 3 // 2)
    dreams, phases = [], wake_sleep.phases
    monkeypatch.setattr("dbn.generative.updown.phases", lambda *a, **o: dreams.append(phases(*a, **o)) or dreams[-1])
    states = []
    for learner in (updown(data, persistent=True), updown(data, persistent=True, clamped=0.5)):
        states.append(learner.init())
        learner.step(states[-1], np.arange(12), learner.moment(0.0))
    free, half = dreams[1].dream[:, :2], dreams[3].dream[:, :2]
    np.testing.assert_array_equal(half[:6], np.eye(2)[[0, 0, 0, 0, 1, 1]])
    np.testing.assert_array_equal(half[6:], free[6:])
    assert not np.array_equal(half[:6], free[:6])
    assert states[0].rng.state == states[1].rng.state


def test_clamped_labels_leave_the_model_the_frequencies_of_the_data() -> None:
    """Of 400 examples 3 in 4 have one label; were both clamped as often, the other would vanish from the model."""
    data = bars(400)
    data = replace(data, labels=np.where(np.arange(400) % 4, 0, 1))
    options = {"epochs": 60, "k": "5", "learning_rate": "0.2>0", "batch_size": 40, "averaging": 0.99}
    learner = updown(data, persistent=True, clamped=0.5, **options)
    exact = Exact(learner.model(train(learner, Run(learner.init())).state).top)
    assert exact.p_v @ exact.v[:, 0] == pytest.approx(0.75, abs=0.05)


def test_batches_hold_all_classes_evenly_unless_told_otherwise() -> None:
    data = bars(120)
    balanced, shuffled = updown(data, batch_size=12), updown(data, batch_size=12, balanced=False)
    share = data.labels.mean()
    for learner, even in ((balanced, True), (shuffled, False)):
        means = data.labels[learner.order(0)].reshape(10, 12).mean(axis=1)
        assert (np.abs(means - share).max() <= 2 / 12) == even


@pytest.mark.parametrize("labels", [True, False])
def test_the_gap_is_that_of_the_associative_memory_after_an_up_pass(labels: bool) -> None:
    """Of the averaged weights, which are the model."""
    learner = updown(labels=labels)
    run = Run(learner.init())
    row, net = train(learner, run).history[-1], learner.model(run.state)

    def free_energy(split: Any) -> float:
        v = mean_visible(split.images, "real")
        for layer in net.layers[:-1]:
            v = layer.mean_h_from_v(v)
        y = np.eye(2)[split.labels] if labels else np.zeros((len(v), 0))
        return float(net.top.free_energy(np.concatenate([y, v], axis=1)).mean())

    assert row["free_energy_gap"] == pytest.approx(free_energy(bars(20, seed=9)) - free_energy(bars()), abs=1e-5)
    assert abs(row["free_energy_gap"]) > 1e-3
    panels = learning_curves({name: [value] for name, value in row.items()}).axes
    assert "Free-energy gap" in [axes.get_title("left") for axes in panels]
    learner.validation = None
    without = Run(learner.init())
    assert "free_energy_gap" not in train(learner, without).history[-1]
    assert bits(without.state) == bits(run.state)


def test_without_labels_it_only_generates() -> None:
    learner = updown(labels=False, epochs=1)
    assert train(learner, Run(learner.init())).history[0].keys() == {
        "epoch",
        "reconstruction_error",
        "recognition_error",
        "free_energy_gap",
        "seconds",
    }


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("epochs", 0, "epochs must be a whole number of at least 1, not 0"),
        ("batch_size", 0, "batch_size must be a whole number of at least 1, not 0"),
        ("averaging", 1.0, "averaging is a share from 0 and below 1, and 1.0 is not"),
        ("averaging", float("nan"), "averaging is a share"),
        ("restart", "0.1>2", "restart must lie between 0 and 1, and the schedule '0.1>2' does not"),
        ("restart", "0.1>0", "only persistent chains can begin anew"),
        ("clamped", 1.5, "from 0 to 1, and 1.5 does not"),
        ("clamped", float("nan"), "from 0 to 1"),
        ("clamped", 0.5, "only the labels of persistent chains can be clamped"),
        ("learning_rate", "-1", "cannot read the schedule"),
        ("learning_rate", "1000", "learning rate must lie between"),
        ("k", "0", "k must lie between 1 and"),
        ("intensity", "loud", "no intensity 'loud'"),
        ("learning_rate", 0.1, "a schedule is a text such as '0.1', and 0.1 is none; put it in quotes"),
    ],
)
def test_bad_options_are_refused(option: str, value: object, says: str) -> None:
    with pytest.raises(DbnError, match=says):
        replace(UpDownConfig(), **{option: value})


def test_nets_that_cannot_learn_so_are_refused() -> None:
    learner = updown()
    with pytest.raises(DbnError, match="stack at least two"):
        type(learner)(learner.config, DBN(learner.start.layers[-1:], (1, 5)), bars(), 0)
    with pytest.raises(DbnError, match="no label units that could be clamped"):
        updown(labels=False, persistent=True, clamped=0.5)
    with pytest.raises(DbnError, match=r"clamping 0\.01 of 12 chains makes none; clamp more"):
        updown(persistent=True, clamped=0.01)
    small = replace(bars(), images=bars().images[:, :4])
    with pytest.raises(DbnError, match="takes 9 pixels, these images have 4"):
        type(learner)(learner.config, learner.start, small, 0)
    gaussian = machine(("gaussian", 9), n_hidden=6, seed=1, scale=0.3, dtype=np.float32)
    with pytest.raises(DbnError, match="is of binary units, and this net has Gaussian ones"):
        type(learner)(learner.config, DBN((gaussian, *learner.start.layers[1:]), (3, 3)), bars(), 0)
    with pytest.raises(DbnError, match="knows labels up to 1, not 2"):
        type(learner)(learner.config, learner.start, replace(bars(), labels=bars().labels + 1), 0)
