import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbn.errors import DbnError
from dbn.training.schedules import Schedule

numbers = st.floats(0, 1e6).map(lambda x: float(f"{x:.6g}"))
epochs = st.integers(1, 100)


@given(numbers, st.floats(0, 200), epochs)
def test_a_number_holds_always(value: float, epoch: float, n: int) -> None:
    assert Schedule(repr(value))(epoch, n) == value


@given(st.lists(st.tuples(st.integers(1, 50), numbers), max_size=4, unique_by=lambda step: step[0]), numbers, st.data())
def test_steps_hold_from_their_epoch_on(steps: list[tuple[int, float]], first: float, data: st.DataObject) -> None:
    steps.sort()
    text = ",".join([repr(first), *(f"{value!r}@{start}" for start, value in steps)])
    epoch = data.draw(st.floats(0, 60))
    expected = first
    for start, value in steps:
        if start <= epoch:
            expected = value
    assert Schedule(text)(epoch, 30) == expected


@given(numbers, numbers, st.integers(0, 20), epochs, st.floats(0, 1))
def test_ramps_go_straight_from_their_start_to_the_end_of_the_run(
    first: float, last: float, start: int, more: int, share: float
) -> None:
    ramp, n = Schedule(f"{first!r}>{last!r}@{start}"), start + more
    assert ramp(start * share, n) == pytest.approx(first)
    assert ramp(start + share * more, n) == pytest.approx(first + (last - first) * share, abs=1e-6 * (first + last))
    assert ramp(n, n) == pytest.approx(last, abs=1e-12 * (1 + first))


def test_exact_values() -> None:
    momentum, ramp, late = Schedule("0.5,0.9@5"), Schedule("0.1>0"), Schedule("0.1>0.02@10")
    assert [momentum(at, 30) for at in (0, 4.999, 5, 29)] == [0.5, 0.5, 0.9, 0.9]
    assert [ramp(at, 4) for at in (0, 1, 2, 3, 4)] == pytest.approx([0.1, 0.075, 0.05, 0.025, 0])
    assert [late(at, 30) for at in (0, 10, 20, 30, 31)] == pytest.approx([0.1, 0.1, 0.06, 0.02, 0.02])
    assert [Schedule("1>5")(at, 1) for at in (0, 0.5, 1)] == [1, 3, 5]
    assert [Schedule(text)(0, 1) for text in ("1e-3", ".5", "2.", "1E+2")] == [0.001, 0.5, 2, 100]


def test_a_ramp_that_begins_after_the_run_never_moves() -> None:
    assert [Schedule("0.1>0@40")(at, 30) for at in (0, 29.9, 30)] == [0.1, 0.1, 0.1]


BAD = ["", "fast", "-1", "0.1@5", "0.5,0.9", "0.5,0.9@0", "0.5,0.9@5,0.95@5", "0.5,0.9@9,1@5", "0.1>", ">0", "1>2>3"]
HUGE = ["1e400", "0.1,1e400@2", "1e400>0", "0>1e400"]


@pytest.mark.parametrize(
    "text", [*BAD, *HUGE, "0.1>0@", "0.1>0@-1", "0.1,0.2>0@5", "nan", "inf", "1e", "0.1 ", "0.1@1.5"]
)
def test_texts_that_are_no_schedule_are_refused(text: str) -> None:
    with pytest.raises(DbnError, match="cannot read the schedule"):
        Schedule(text)


@given(st.text(alphabet="0123456789.eE+-@,> x", max_size=12))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        schedule = Schedule(text)
    except DbnError:
        return
    assert schedule(0.0, 10) >= 0


@pytest.mark.parametrize("text", ["1.5", "0.5,1.5@5", "0.5>1.5", "0.5>1e300"])
def test_a_schedule_that_leaves_its_bounds_is_refused(text: str) -> None:
    Schedule("0,1@3").check("momentum", 0, 1)
    Schedule("1>0@2").check("momentum", 0, 1)
    with pytest.raises(DbnError, match="momentum must lie between 0 and 1"):
        Schedule(text).check("momentum", 0, 1)
