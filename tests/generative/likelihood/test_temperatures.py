import numpy as np
import pytest

from dbn.errors import DbnError
from dbn.generative.likelihood import temperatures


def test_the_published_schedule_slows_down_twice() -> None:
    found = temperatures.read("salakhutdinov")
    assert len(found) == 14_501
    temperatures.check(found)
    steps = np.diff(found)
    np.testing.assert_allclose(steps[:500], 1e-3, rtol=1e-9)
    np.testing.assert_allclose(steps[500:4500], 1e-4, rtol=1e-9)
    np.testing.assert_allclose(steps[4500:], 1e-5, rtol=1e-9)


@pytest.mark.parametrize("text", ["hinton", "0", "-3", "1.5", "", "1000001", "0.5", "0,half,1", "0,0.5,", "0;1"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(DbnError, match=f"no temperatures '{text}'; give salakhutdinov, a number of even steps from"):
        temperatures.read(text)


def test_any_schedule_can_be_listed() -> None:
    np.testing.assert_array_equal(temperatures.read("0, 0.3,0.99, 1.0"), [0, 0.3, 0.99, 1])


@pytest.mark.parametrize("text", ["0,0.5", "0.1,1", "0,0.7,0.6,1", "0,0.5,0.5,1", "1,0", "0,nan,1", "0,2,1"])
def test_a_list_that_does_not_rise_from_0_to_1_is_refused(text: str) -> None:
    with pytest.raises(DbnError, match="must rise from 0 to 1 without a repetition; give for example 0,0"):
        temperatures.read(text)


@pytest.mark.parametrize("betas", [[0.0], [0.1, 1], [0, 0.9], [0, 0.5, 0.5, 1], [0, np.nan, 1], [[0, 1]]])
def test_temperatures_must_rise_from_0_to_1(betas: list[float]) -> None:
    with pytest.raises(DbnError, match="must rise from 0 to 1"):
        temperatures.check(np.array(betas))
