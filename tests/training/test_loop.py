import signal
import threading
import time
from typing import Any

import numpy as np
import pytest
from toys import LEARNERS, Scripted, Watched, bars, bits, greedy, pretrained, timeless

from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.ops.numpy import Rng
from dbn.training.loop import InterruptedRunError, Run, train
from dbn.training.stopping import EarlyStopping


def test_every_example_is_seen_once_an_epoch_in_the_named_stream_s_order() -> None:
    seen: list[list[int]] = []
    learner = Scripted([1.0, 1.0])
    learner.n_examples, learner.batch_size, learner.seed = 5, 2, 3
    learner.batch_losses = [1.0] * 4
    learner.moment = lambda at: (at, {})  # type: ignore[method-assign]
    learner.step = lambda state, rows, moment: seen.append([round(moment[0], 6), *rows.tolist()]) or {}  # type: ignore
    train(learner, Run(learner.init()))
    for epoch in (0, 1):
        order = Rng(3, f"scripted/order/{epoch}").permutation(5).tolist()
        batches = seen[3 * epoch : 3 * epoch + 3]
        assert [index for _, *rows in batches for index in rows] == order
        assert [at for at, *_ in batches] == pytest.approx([epoch, epoch + 1 / 3, epoch + 2 / 3], abs=1e-5)
        assert [len(rows) - 1 for rows in batches] == [2, 2, 1]


def test_metrics_of_batches_are_averaged_over_examples() -> None:
    learner = Scripted([7.0])
    learner.n_examples, learner.batch_size = 5, 3  # the second batch has two
    history = train(learner, Run(learner.init())).history
    assert timeless(history) == [{"epoch": 1.0, "batch_loss": (3 * 1.0 + 2 * 3.0) / 5, "loss": 7.0}]


@pytest.mark.parametrize(("every", "saved"), [(1, [1, 2, 3, 4]), (2, [2, 4]), (3, [3]), (9, [])])
def test_checkpoints_are_saved_every_so_many_epochs_before_the_last(every: int, saved: list[int]) -> None:
    epochs: list[int] = []
    learner = Scripted([1.0] * 5)
    train(learner, Run(learner.init()), save=lambda run: epochs.append(run.epoch), every=every)
    assert epochs == saved


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_a_metric_that_is_no_number_stops_the_run(bad: float) -> None:
    saved: list[Run] = []
    learner = Scripted([1.0, 1.0], batch_losses=[1.0, bad])
    with pytest.raises(DbnError, match=r"the batch loss is .* in epoch 1, mini-batch 2: .*lower the learning rate"):
        train(learner, Run(learner.init()), save=saved.append)
    assert not saved


@pytest.mark.parametrize("after", [1, 2])
def test_what_a_device_keeps_is_looked_at_when_the_epoch_ends_or_is_interrupted(after: int) -> None:
    saved: list[Run] = []
    diverged = Scripted([1.0, 1.0], batch_losses=[np.array(np.nan), np.array(1.0)])  # type: ignore[list-item]
    learner = Watched(diverged, lambda step: step == after and signal.raise_signal(signal.SIGINT))
    with pytest.raises(DbnError, match=r"the batch loss is nan in epoch 1: .*lower the learning rate"):
        train(learner, Run(learner.init()), save=saved.append)
    assert (learner.steps, saved) == (after, [])


@pytest.mark.parametrize("growth", [6000.0, -6000.0, float("nan"), float("inf")])
def test_exploding_weights_stop_the_run(growth: float) -> None:
    learner = Scripted([1.0] * 3, growth=growth)
    saved: list[int] = []
    with pytest.raises(
        DbnError, match=rf"exploded in epoch {2 if abs(growth) == 6000 else 1}.*lower the learning rate"
    ):
        train(learner, Run(learner.init()), save=lambda run: saved.append(run.epoch))
    assert saved == ([1] if abs(growth) == 6000 else [])


def test_weights_that_are_no_numbers_are_seen_wherever_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = Scripted([1.0])
    monkeypatch.setattr(learner, "parameters", lambda state: [np.ones(2), np.array([1.0, np.nan]), state.value])
    with pytest.raises(DbnError, match=r"exploded in epoch 1 \(largest nan\)"):
        train(learner, Run(learner.init()))


@pytest.mark.parametrize(
    ("losses", "patience", "epochs", "best"),
    [
        ([3, 1, 2, 4, 0], 2, 4, 2),
        ([3, 1, 2, 4, 0], 3, 5, 5),
        ([1, 1, 1, 1], 2, 3, 1),  # as good is not better
        ([4, 3, 2, 1], 1, 4, 4),
        ([2, 3], 9, 2, 1),
    ],
)
def test_early_stopping_returns_to_the_best_epoch(losses: list[float], patience: int, epochs: int, best: int) -> None:
    learner = Scripted(losses)
    run = train(learner, Run(learner.init()), stopping=EarlyStopping("loss", patience))
    assert (len(run.history), run.best_epoch, run.state.value[0]) == (epochs, best, best)
    np.testing.assert_array_equal(run.best[0], [best])


def test_early_stopping_returns_to_the_averaged_weights_of_the_best_epoch() -> None:
    data, seen = bars(), []

    class Scored(Greedy):
        def end_epoch(self, state: Any, epoch: int) -> dict[str, float]:
            seen.append(bits(self.model(state).tree()))
            return {**super().end_epoch(state, epoch), "score": [3.0, 1.0, 2.0][epoch]}

    config = GreedyConfig(hidden=(5,), layers=(CDConfig(epochs=3),), batch_size=12, averaging=0.9)
    learner = Scored(config, data, (3, 3), 2, seed=1)
    run = train(learner, Run(learner.init()), stopping=EarlyStopping("score", 5))
    assert run.best_epoch == 2
    assert bits(learner.model(run.state).tree()) == seen[1] != seen[2]


def test_early_stopping_needs_patience() -> None:
    with pytest.raises(DbnError, match="waits for at least 1 epoch, not 0"):
        EarlyStopping("loss", 0)


def test_early_stopping_needs_its_metric() -> None:
    learner = Scripted([1.0, 2.0])
    with pytest.raises(DbnError, match="needs the metric 'validation_loss'"):
        train(learner, Run(learner.init()), stopping=EarlyStopping("validation_loss", 2))


@pytest.mark.parametrize("name", LEARNERS)
def test_a_run_interrupted_at_every_step_ends_with_the_same_bits(name: str) -> None:
    whole = LEARNERS[name]()
    expected = train(whole, Run(whole.init()))
    saves: list[int] = []
    learner = Watched(LEARNERS[name](), lambda step: signal.raise_signal(signal.SIGINT))
    run = Run(learner.init())
    for _ in range(100):
        try:
            train(learner, run, save=lambda run: saves.append(run.epoch))
            break
        except InterruptedRunError:
            continue
    assert learner.steps > 2
    assert len(saves) >= learner.steps
    assert bits(run.state) == bits(expected.state)
    assert timeless(run.history) == timeless(expected.history)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_noted_and_the_update_finished(number: signal.Signals) -> None:
    learner = Watched(Scripted([1.0, 1.0]), lambda step: step == 3 and signal.raise_signal(number))
    run = Run(learner.init())
    saved: list[tuple[int, int, dict[str, float]]] = []
    before = signal.getsignal(number)
    with pytest.raises(InterruptedRunError, match="in epoch 2, after 1 of its mini-batches"):
        train(learner, run, save=lambda run: saved.append((run.epoch, run.batch, dict(run.sums))))
    assert saved == [(1, 0, {}), (1, 1, {"batch_loss": 2.0})]
    assert run.state.value[0] == 1.5
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("epochs", [1, 3])
def test_an_interrupt_at_the_end_of_an_epoch_saves_once_and_says_so(epochs: int) -> None:
    learner = Watched(Scripted([1.0] * epochs), lambda step: step == 2 and signal.raise_signal(signal.SIGINT))
    run, saved = Run(learner.init()), []
    with pytest.raises(InterruptedRunError, match=r"^interrupted after epoch 1$"):
        train(learner, run, save=lambda run: saved.append((run.epoch, run.batch)))
    assert saved == [(1, 0)]
    assert len(train(learner, run).history) == epochs


def test_the_seconds_of_a_resumed_epoch_leave_out_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def work(step: int) -> None:
        clock[0] += 2.0**step  # 2, 4, 8, … seconds a step, two steps an epoch
        if step in {3, 4, 5}:
            signal.raise_signal(signal.SIGINT)

    learner = Watched(Scripted([1.0, 1.0, 1.0]), work)
    run = Run(learner.init())
    for _ in range(4):
        try:
            train(learner, run)
        except KeyboardInterrupt:
            clock[0] += 1000.0
    assert clock[0] == 100 + 2 + 4 + 8 + 16 + 32 + 64 + 3 * 1000
    assert [row["seconds"] for row in run.history] == [2 + 4, 8 + 16, 32 + 64]


def test_a_second_interrupt_stops_at_once() -> None:
    def twice(_: int) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    learner, saved = Watched(Scripted([1.0]), twice), []
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(learner, Run(learner.init()), save=saved.append)
    assert not saved
    assert signal.getsignal(signal.SIGINT) is before


def test_it_runs_outside_the_main_thread() -> None:
    learner, found = Scripted([1.0, 2.0]), []

    def work() -> Any:
        found.append(train(learner, Run(learner.init())))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [row["loss"] for row in found[0].history] == [1.0, 2.0]


def test_early_stopping_is_not_for_machines_that_learn_in_turn() -> None:
    learner, alone = greedy(), greedy(layers=(CDConfig(epochs=0), CDConfig(epochs=2)), start=pretrained())
    with pytest.raises(DbnError, match="would leave some of 2 machines as they began"):
        train(learner, Run(learner.init()), stopping=EarlyStopping("reconstruction_error", 2))
    assert len(train(alone, Run(alone.init()), stopping=EarlyStopping("reconstruction_error", 2)).history) == 2
