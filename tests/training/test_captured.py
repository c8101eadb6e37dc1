"""Steps that a device repeats on its own: recorded once, and then made again from other rows, numbers and draws."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from engines import DEVICES, engine, torch
from toys import backprop, bars, bits, greedy, updown

from dbn.generative.cd_config import CDConfig
from dbn.training.loop import Run, train
from dbn.training.state import arrays, pack

MAKERS: dict[str, Callable[..., Any]] = {
    "greedy": partial(greedy, intensity="sampled", sample_hidden=True, averaging=0.9),
    "greedy, persistent and centred": partial(
        greedy, layer={"persistent": "0,1@1", "centering": 0.1, "learning_rate": "0.1>0"}
    ),
    "greedy with fast weights": partial(greedy, layer={"persistent": "1", "fast_rate": "0.1>0"}),
    "greedy, tempered": partial(greedy, layer={"persistent": "0,1@1", "temperatures": 3}),
    "greedy, hybrid": partial(
        greedy, hidden=(6,), layers=(CDConfig(epochs=3, generative="1>0.1", discriminative="0>1"),)
    ),
    "greedy with Gaussian pixels": partial(greedy, visible="gaussian"),
    "up-down": partial(updown, persistent=True, restart="0,0.2@1", clamped=0.5, learning_rate="0.1>0"),
    "up-down without labels": partial(updown, labels=False, intensity="sampled"),
    "sgd": partial(backprop, dropout=0.2, learning_rate="0.1>0", weight_decay=0.1),
    "sgd from adversarial examples": partial(backprop, dropout=0.2, adversarial=0.5, learning_rate="0.1>0"),
}
"""Learners whose choices and numbers change in a run, and whose last mini-batch is smaller than the others."""


def learned(make: Callable[..., Any], device: str) -> tuple[Any, list[dict[str, float]]]:
    learner = make(bars(50), device=device)
    run = train(learner, Run(learner.init()))
    return run.state, [{name: row[name] for name in row if name != "seconds"} for row in run.history]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", MAKERS)
def test_a_captured_step_learns_what_the_step_itself_does(
    name: str, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, history = learned(MAKERS[name], device)
    monkeypatch.setattr(engine, "captured", lambda step, *_: step)
    plain, expected = learned(MAKERS[name], device)
    for a, b in zip(arrays(pack(state)), arrays(pack(plain)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    for row, other in zip(history, expected, strict=True):
        assert row == pytest.approx(other, rel=1e-4)


class Tape(torch.utils._python_dispatch.TorchDispatchMode):  # type: ignore[name-defined, misc]
    """What a CUDA graph does, on the CPU: operations with their places in memory, and the numbers that Python gave.

    While it records nothing shall happen: what was written over, and where the streams were, is put back.
    """

    WAITS = frozenset({"_local_scalar_dense", "nonzero", "is_nonzero", "equal", "item", "lift_fresh"})

    def __init__(self, function: Callable[[], Any], streams: Sequence[Any]) -> None:
        super().__init__()
        self.calls: list[tuple[Any, Any, Any, Any]] = []
        self.before: list[tuple[Any, Any]] = []
        self.generators = [stream._torch for stream in streams]
        positions = [generator.get_state() for generator in self.generators]
        with self:
            self.result = function()
        for array, content in reversed(self.before):
            array.copy_(content)
        for generator, position in zip(self.generators, positions, strict=True):
            generator.set_state(position)

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        assert func.overloadpacket.__name__ not in self.WAITS
        if drawn := kwargs.get("generator"):
            assert drawn._cdata in {generator._cdata for generator in self.generators}
        schema, tags = func._schema, func.tags
        shared = any(value.alias_info is not None for value in schema.returns)
        looks = torch.Tag.inplace_view in tags or (shared and not schema.is_mutable)  # another view of the same memory
        for argument, given in zip(schema.arguments, (*args, *[None] * 9), strict=False):
            given = kwargs.get(argument.name, given)
            if argument.alias_info is not None and argument.alias_info.is_write and not looks:
                self.before.append((given, given.clone()))
        out = func(*args, **kwargs)
        if not looks:
            self.calls.append((func, args, kwargs, out))
        return out

    def __call__(self) -> Any:
        for func, args, kwargs, out in self.calls:
            again = func(*args, **kwargs)
            if not func._schema.is_mutable:
                for old, new in zip(_tensors(out), _tensors(again), strict=True):
                    old.copy_(new.reshape(old.shape))
        return self.result


def _tensors(node: Any) -> Iterator[Any]:
    yield from node if isinstance(node, (tuple, list)) else (node,)


@pytest.mark.parametrize("name", MAKERS)
def test_what_is_recorded_depends_on_nothing_that_changes_from_step_to_step(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, history = learned(MAKERS[name], "torch")
    tapes: list[Tape] = []

    def recorder(streams: Sequence[Any], _like: Any) -> Callable[[Callable[[], Any]], Tape]:
        return lambda step: tapes.append(Tape(step, streams)) or tapes[-1]

    monkeypatch.setattr(engine, "_recorder", recorder)
    state, found = learned(MAKERS[name], "torch")
    assert found == history
    assert bits(state) == bits(expected)
    assert tapes


@pytest.mark.parametrize("name", MAKERS)
def test_all_that_a_step_makes_is_where_its_arrays_are(name: str) -> None:
    """PyTorch would make it on a device without numbers: no operation takes this one's tensors and others together."""
    expected, _ = learned(MAKERS[name], "torch")
    with torch.device("meta"):
        state, _ = learned(MAKERS[name], "torch")
    assert bits(state) == bits(expected)


def test_other_choices_are_recorded_into_memory_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch refuses to record into memory of which every graph is gone."""
    begun: list[list[Any]] = []
    monkeypatch.setattr(engine, "_recorder", lambda *_: begun.append([]) or (lambda step: begun[-1].append(1) or step))
    step = engine.captured(lambda rows, moment: None, [], torch.zeros(1))
    for choices in ("cd", "cd", "cd", "pcd", "pcd"):
        step(torch.arange(3), (choices, {}))
    assert begun == [[1], [1]]


def test_a_gpu_records_nothing_if_it_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBN_CUDA_GRAPHS", "0")
    tensor_on_a_gpu = SimpleNamespace(device=SimpleNamespace(type="cuda"))
    assert engine._recorder([], tensor_on_a_gpu)(learned) is learned
