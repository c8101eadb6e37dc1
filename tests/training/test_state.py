from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as any_array
from toys import LEARNERS, bits, machine

from dbn.errors import DbnError
from dbn.ops.numpy import Rng
from dbn.training.state import arrays, pack, refuse_nan, restore


@dataclass
class Part:
    numbers: np.ndarray
    rng: Rng
    count: int = 0
    inner: tuple[np.ndarray, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)


def part(a: np.ndarray, inner: list[np.ndarray], count: int = 0, share: float = 0.0, text: str = "") -> Part:
    return Part(a, Rng(0, "part"), count, tuple(inner), {"share": share, "text": text})


floats = any_array(np.float64, st.integers(0, 4), elements=st.floats(allow_nan=True))


@given(floats, st.lists(floats, max_size=3), st.integers(), st.floats(allow_nan=False), st.text(), st.integers(0, 5))
def test_round_trip(a: np.ndarray, inner: list[np.ndarray], count: int, share: float, text: str, drawn: int) -> None:
    state = part(a, inner, count, share, text)
    state.rng.uniform((drawn,))
    fresh = part(np.zeros_like(a), [np.zeros_like(b) for b in inner])
    restore(fresh, pack(state))
    assert bits(fresh) == bits(state)
    assert fresh.rng.uniform((3,)).tolist() == state.rng.uniform((3,)).tolist()


@pytest.mark.parametrize("name", LEARNERS)
def test_states_of_learners_round_trip(name: str) -> None:
    learner = LEARNERS[name]()
    state, other = learner.init(), learner.init()
    learner.begin_epoch(state, 0)
    learner.step(state, np.arange(12), learner.moment(0.0))
    assert bits(other) != bits(state)
    restore(other, pack(state))
    assert bits(other) == bits(state)


def test_arrays_are_restored_in_place() -> None:
    array = np.zeros(2)
    state = {"inner": (array,)}
    restore(state, {"inner": {"0": np.ones(2)}})
    assert state["inner"][0] is array
    assert array.tolist() == [1, 1]


def test_every_array_is_found_in_order() -> None:
    state = {"a": (np.zeros(1), [np.ones(1)]), "b": part(np.full(1, 2), [np.full(1, 3)]), "c": 5}
    assert [int(array[0]) for array in arrays(state)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        ({}, "training in the checkpoint does not fit"),
        ({"a": np.zeros(2), "b": {"0": 1}, "c": 1}, "does not fit"),
        ({"a": np.zeros(3), "b": {"0": np.zeros(1)}}, r"training/a .*\(2,\) float64 expected"),
        ({"a": np.zeros(2, np.float32), "b": {"0": np.zeros(1)}}, "training/a"),
        ({"a": 0.0, "b": {"0": np.zeros(1)}}, "training/a"),
        ({"a": np.zeros(2), "b": {}}, "training/b"),
        ({"a": np.zeros(2), "b": {"0": np.zeros(1), "1": np.zeros(1)}}, "training/b"),
        ({"a": np.zeros(2), "b": np.zeros(1)}, "training/b"),
        ({"a": np.zeros(2), "b": {"0": np.zeros((1, 1))}}, "training/b/0"),
    ],
)
def test_trees_of_another_structure_are_refused(tree: Any, says: str) -> None:
    with pytest.raises(DbnError, match=says):
        restore({"a": np.zeros(2), "b": (np.zeros(1),)}, tree)


def test_a_frozen_part_must_be_as_it_is() -> None:
    tree = pack(machine(("bernoulli", 2)))
    tree["groups"]["0"]["kind"] = "softmax"
    with pytest.raises(DbnError, match="groups/0/kind is 'softmax' in the checkpoint"):
        restore(machine(("bernoulli", 2)), tree)


def test_a_kind_that_an_older_file_does_not_know_is_the_default() -> None:
    tree = pack(machine(("bernoulli", 2)))
    del tree["hidden"]
    restore(machine(("bernoulli", 2)), tree)
    with pytest.raises(DbnError, match="does not fit this run"):
        restore(replace(machine(("bernoulli", 2)), hidden="rectified"), tree)
    del tree["groups"]["0"]["kind"]  # which has no default
    with pytest.raises(DbnError, match="training/groups/0 in the checkpoint does not fit"):
        restore(machine(("bernoulli", 2)), tree)


def test_a_number_that_training_changes_may_not_be_missing() -> None:
    state = part(np.zeros(1), [])
    tree = pack(state)
    del tree["count"]
    with pytest.raises(DbnError, match="does not fit this run"):
        restore(state, tree)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_model_with_weights_that_are_not_numbers_is_refused(bad: float) -> None:
    refuse_nan({"layers": {"0": {"W": np.ones((2, 2)), "units": "softmax"}}})
    with pytest.raises(DbnError, match="weights that are not numbers"):
        refuse_nan({"layers": {"0": {"W": np.array([[1.0, bad]])}}})


def test_a_number_in_the_place_of_a_part_does_not_fit() -> None:
    with pytest.raises(DbnError, match="does not fit this run"):
        restore({"a": {"b": np.zeros(2)}}, {"a": 5})


@pytest.mark.parametrize("weights", [np.array([1, 2]), np.array([True]), np.array([np.inf])])
def test_weights_are_finite_floating_point_numbers(weights: np.ndarray) -> None:
    with pytest.raises(DbnError, match="weights that are not numbers"):
        refuse_nan({"W": weights})
