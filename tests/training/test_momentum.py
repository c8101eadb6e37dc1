import numpy as np
import pytest

from dbn.training.momentum import momentum_step


def test_two_steps_by_hand_and_in_place() -> None:
    parameters, velocities = [np.array([1.0, 2.0]), np.array([[3.0]])], [np.array([0.5, 0.0]), np.array([[-1.0]])]
    kept = [*parameters, *velocities]
    momentum_step(parameters, velocities, [np.array([0.1, 0.2]), np.array([[0.3]])], 0.5)
    assert [array.tolist() for array in velocities] == [[0.35, 0.2], [[-0.2]]]
    assert [array.tolist() for array in parameters] == [[1.35, 2.2], [[2.8]]]
    momentum_step(parameters, velocities, [np.zeros(2), np.zeros((1, 1))], 0.9)
    np.testing.assert_allclose(parameters[0], [1.35 + 0.315, 2.2 + 0.18])
    assert all(array is before for array, before in zip([*parameters, *velocities], kept, strict=True))


def test_float32_stays_float32() -> None:
    parameter, velocity = np.ones(2, np.float32), np.zeros(2, np.float32)
    momentum_step([parameter], [velocity], [np.full(2, 0.1)], 0.9)
    assert velocity.dtype == parameter.dtype == np.float32
    assert parameter.tolist() == [np.float32(1.1)] * 2


def test_every_parameter_needs_its_velocity() -> None:
    with pytest.raises(ValueError, match="zip"):
        momentum_step([np.ones(1), np.ones(1)], [np.ones(1)], [np.ones(1), np.ones(1)], 0.9)
