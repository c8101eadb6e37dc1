"""Every Boolean function is represented exactly; XOR by hand, and learned as the lecture says."""

import numpy as np
import pytest

from dbn.data.dataset import Split
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.boolean import (
    every_function,
    exact_net,
    fewest,
    hidden_units,
    inputs,
    parity,
    parity_by_counting,
    xor_by_hand,
)
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.training.loop import Run, train


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_all_functions_of_up_to_four_inputs(n: int) -> None:
    tables = every_function(n)
    assert tables.shape == (2**n, 2 ** (2**n))
    assert len({column.tobytes() for column in tables.T}) == 2 ** (2**n)
    net = exact_net(tables)
    np.testing.assert_array_equal(net.outputs(inputs(n)), tables)
    np.testing.assert_array_equal((net.weights[1] != 0).sum(axis=0), hidden_units(tables))
    assert net.sizes == (n, 2**n, 2 ** (2**n))


@pytest.mark.parametrize("n", [2, 3])
def test_each_function_alone(n: int) -> None:
    for table in every_function(n).T:
        net = exact_net(table)
        assert net.sizes == (n, min(table.sum(), 2**n - table.sum()), 1)
        np.testing.assert_array_equal(net.outputs(inputs(n))[:, 0], table)


@pytest.mark.parametrize("n", [1, 2, 5, 8, 10])
def test_parity_needs_half_of_all_rows_but_can_be_counted(n: int) -> None:
    table = np.array([state.bit_count() % 2 for state in range(2**n)])
    np.testing.assert_array_equal(parity(n), table)
    net, counting = exact_net(table), parity_by_counting(n)
    assert net.sizes[1] == 2 ** (n - 1)
    assert counting.sizes[1] == n
    np.testing.assert_array_equal(net.outputs(inputs(n))[:, 0], table)
    np.testing.assert_array_equal(counting.outputs(inputs(n))[:, 0], table)
    assert hidden_units(np.random.default_rng(n).integers(0, 2, (2**n, 500))).max() <= 2 ** (n - 1)


def test_the_bound_that_no_construction_beats() -> None:
    for n in (2, 5, 9, 14):
        k = fewest(n)
        assert k * n**2 + k**2 >= 2**n > (k - 1) * n**2 + (k - 1) ** 2
    # 104 of the 256 functions of 3 inputs are those of one unit, 14 of the 16 of 2: see test_perceptron.
    assert fewest(2) == 1


@pytest.mark.parametrize("table", [[0, 1, 1], [0, 2], [], [0.5, 1]])
def test_what_is_no_truth_table_is_refused(table: list[float]) -> None:
    with pytest.raises(DbnError, match="a truth table has a 0 or 1 for each"):
        exact_net(np.array(table))


def test_too_many_functions_are_not_listed() -> None:
    with pytest.raises(DbnError, match=r"2\^\(2\^5\) functions of 5 inputs, too many to list"):
        every_function(5)


def test_xor_by_hand() -> None:
    table = np.array([0, 1, 1, 0])
    np.testing.assert_array_equal(xor_by_hand().outputs(inputs(2))[:, 0], table)
    outputs = xor_by_hand("sigmoid", 20).outputs(inputs(2))[:, 0]
    assert np.abs(outputs - table).max() < 1e-4
    np.testing.assert_array_equal(outputs > 0.5, table)


def test_xor_is_learned_on_line_by_the_squared_error() -> None:
    x, labels = inputs(2), np.array([0, 1, 1, 0])
    rng = np.random.default_rng(1)
    weights = rng.uniform(-0.5, 0.5, (2, 3)), rng.uniform(-0.5, 0.5, (3, 2))
    start = Network(weights, (np.zeros(3), np.zeros(2)), ("sigmoid", "sigmoid"))
    config = BackpropConfig(epochs=1200, batch_size=1, learning_rate="3", momentum="0", loss="squared-error")
    learner = Backprop(config, start, Split(x.astype(np.float32), labels), seed=0)
    run = train(learner, Run(learner.init()))
    net = learner.model(run.state)
    np.testing.assert_array_equal(net.predict(x), labels)
    assert np.abs(net.outputs(x) - np.eye(2)[labels]).max() < 0.1
    assert run.history[0]["loss"] > 0.2 > 0.005 > run.history[-1]["loss"]
