"""What a lecture says of two layers of units, computed and drawn: XOR, Boolean and continuous functions, backprop.

A function a row of the lecture, as in `one_unit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from dbn import figures
from dbn.comparison.one_unit import SIDE, Shown, square
from dbn.data.dataset import Split
from dbn.discriminative import approximation, boolean
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.network import Network
from dbn.ops.numpy import Array, Rng
from dbn.training.loop import Run, train

SOLVED = 0.01  # squared error of XOR below which it counts as learned
UNITS = ("sigmoid", "sigmoid")


def xor(seed: int, _quick: bool) -> Shown:
    """Solve XOR with one hidden layer, its weights set by hand and learned."""
    corners, by_hand = boolean.inputs(2), boolean.xor_by_hand("sigmoid", 12)
    tried = 0
    errors, learned = learn_xor(2, seed, 1000)
    while errors[-1] > SOLVED:  # not every start of two hidden units gets there, see `on_line_backprop`
        tried += 1
        errors, learned = learn_xor(2, seed + tried, 1000)
    measured = {
        "inputs": corners.tolist(),
        "by_hand_with_threshold_units": boolean.xor_by_hand().outputs(corners)[:, -1].tolist(),
        "by_hand_with_sigmoid_units": by_hand.outputs(corners)[:, -1].tolist(),
        "learned": learned.outputs(corners)[:, -1].tolist(),
        "learned_squared_error": errors[-1],
        "starts_that_failed_before": tried,
    }
    drawn = figures.xor({"by hand": _spaces(by_hand), "learned": _spaces(learned)})
    found = f"by hand exactly; learned to a squared error of {errors[-1]:.1g}"
    return found, measured, {"xor": drawn}


def _spaces(net: Network) -> dict[str, Array]:
    corners = boolean.inputs(2)
    top = Network(net.weights[1:], net.biases[1:], net.units[1:])
    return {
        "inputs": corners,
        "hidden": net.forward(corners)[0][1],
        "classes": boolean.parity(2),
        "over_inputs": net.outputs(square(-0.25, 1.25))[:, -1].reshape(SIDE, SIDE),
        "over_hidden": top.outputs(square(0, 1))[:, -1].reshape(SIDE, SIDE),
    }


def learn_xor(hidden: int, seed: int, epochs: int) -> tuple[list[float], Network]:
    """Learn XOR by the lecture's procedure: small random weights, on-line updates, squared error of sigmoid outputs.

    There are two outputs, one a class. Returned are E after each epoch, and the net.
    """
    rng = Rng(seed, f"lecture/xor-{hidden}")
    small = [rng.uniform(shape) - np.float32(0.5) for shape in ((2, hidden), (hidden, 2), (hidden,), (2,))]
    start = Network(tuple(small[:2]), tuple(small[2:]), UNITS)
    data = Split(boolean.inputs(2).astype(np.float32), boolean.parity(2))
    config = BackpropConfig(epochs=epochs, batch_size=1, learning_rate="2", momentum="0", loss="squared-error")
    learner = Backprop(config, start, data, seed, name="lecture/xor")
    run = train(learner, Run(learner.init()))
    return [row["loss"] for row in run.history], learner.model(run.state)


def boolean_functions(seed: int, quick: bool) -> Shown:
    """Represent every Boolean function of up to four inputs, and count the hidden units that more inputs need."""
    wrong, counts = {}, np.zeros(0, int)
    for n in range(1, 5):
        tables = boolean.every_function(n)
        wrong[n] = int((boolean.exact_net(tables).outputs(boolean.inputs(n)) != tables).any(axis=0).sum())
        counts = np.bincount(boolean.hidden_units(tables))
    sizes = list(range(2, 9 if quick else 13))
    random = [
        float(boolean.hidden_units((Rng(seed, f"lecture/tables-{n}").uniform((2**n, 100)) < 0.5) * 1).mean())
        for n in sizes
    ]
    units: dict[str, list[float]] = {
        "parity, in minterms": [int(boolean.hidden_units(boolean.parity(n))) for n in sizes],
        "random functions, in minterms": random,
        "lower bound of the hardest, in any form": [boolean.fewest(n) for n in sizes],
        "parity, by counting": [boolean.parity_by_counting(n).sizes[1] for n in sizes],
    }
    measured: dict[str, Any] = {
        "functions_checked": {str(n): 2 ** (2**n) for n in wrong},
        "functions_represented_wrongly": {str(n): number for n, number in wrong.items()},
        "functions_of_4_inputs_by_hidden_units": counts.tolist(),
        "inputs": sizes,
        "hidden_units": units,
    }
    found = (
        f"all {sum(measured['functions_checked'].values()):,} functions of up to four inputs checked, "
        f"{sum(wrong.values())} wrong; parity of {sizes[-1]} inputs has {2 ** (sizes[-1] - 1):,} minterms"
    )
    return found, measured, {"boolean": figures.boolean_sizes(sizes, units, counts, 4)}


def cusp(t: Array) -> Array:
    """√|t| + ½ sin 9t, continuous on [−1, 1], with a cusp."""
    result: Array = np.sqrt(np.abs(t)) + 0.5 * np.sin(9 * t)
    return result


def hill(x: Array, y: Array) -> Array:
    """A hill on a wavy ground over the unit square."""
    result: Array = np.exp(-12 * ((x - 0.35) ** 2 + (y - 0.6) ** 2)) + 0.4 * np.cos(4 * (x + y * y))
    return result


def continuous_functions(seed: int, quick: bool) -> Shown:
    """Build nets to requested errors, and train nets of the same and of smaller sizes from random weights instead."""
    line, plane = approximation.grid(-1, 1), approximation.square(SIDE)
    seeds, iterations = range(seed, seed + (1 if quick else 5)), 50 if quick else 1000
    one, built, trained = _built_and_trained(
        cusp,
        lambda error: approximation.build_1d(cusp, -1, 1, error),
        (0.2,) if quick else (0.4, 0.2, 0.1, 0.05, 0.025),
        0.2 if quick else 0.05,
        (2,) if quick else (2, 4, 8, 16, 32),
        (line[::50], line),
        seeds,
        iterations,
    )
    two, flat, _ = _built_and_trained(
        hill,
        lambda error: approximation.build_2d(hill, error),
        (0.4,) if quick else (0.4, 0.2, 0.1, 0.05),
        0.4 if quick else 0.1,
        (4,) if quick else (4, 8, 16, 32, 64),
        (approximation.square(31), plane),
        seeds[:3],
        iterations,
    )
    curves: dict[str, Any] = {
        "t": line[:, 0],
        "f": cusp(line[:, 0]),
        "built": approximation.evaluate(built, line),
        "trained": approximation.evaluate(trained, line),
        "shown_units": [built.sizes[1], trained.sizes[1]],
    }
    surfaces: dict[str, Any] = {
        "f": hill(*plane.T).reshape(SIDE, SIDE).T,
        "built": approximation.evaluate(flat, plane).reshape(SIDE, SIDE).T,
        "shown_units": [flat.sizes[1]],
    }
    measured = {"one_variable": one, "two_variables": two, "seeds": list(seeds), "iterations_of_lbfgs": iterations}
    found = "; ".join(
        f"{name}: {told['trained_units'][-1]} units, built, err by {told['built_error_of_the_last_size']:.3f} at most, "
        f"trained by {np.median(told['trained_errors'][-1]):.3f} (median)"
        for name, told in (("one variable", one), ("two", two))
    )
    return found, measured, {"approximation": figures.approximations(curves | one, surfaces | two)}


def _built_and_trained(
    f: approximation.Function,
    build: Callable[[float], Network],
    requests: tuple[float, ...],
    shown: float,
    sizes: tuple[int, ...],
    points: tuple[Array, Array],
    seeds: range,
    iterations: int,
) -> tuple[dict[str, Any], Network, Network]:
    """Measure nets that were built and nets that learned at `points[0]`, all at `points[1]`.

    Returned are their errors, the net built for the error `shown`, and the best trained net of its size.
    """
    built = {error: build(error) for error in requests}
    trained = {
        size: [
            approximation.learn(f, points[0], size, Rng(seed, f"lecture/learn-{size}"), iterations) for seed in seeds
        ]
        for size in (*sizes, built[shown].sizes[1])
    }

    def errors(nets: Iterable[Network]) -> list[float]:
        return [approximation.largest_error(net, f, points[1]) for net in nets]

    measured: dict[str, Any] = {
        "requested_errors": list(requests),
        "built_units": [net.sizes[1] for net in built.values()],
        "built_errors": errors(built.values()),
        "built_error_of_the_last_size": errors([built[shown]])[0],
        "trained_units": list(trained),
        "trained_errors": [errors(nets) for nets in trained.values()],
    }
    best = int(np.argmin(measured["trained_errors"][-1]))
    return measured, built[shown], trained[built[shown].sizes[1]][best]


def on_line_backprop(seed: int, quick: bool) -> Shown:
    """Learn XOR by the lecture's rules from several starts: some with two hidden units get stuck."""
    starts, epochs = (1, 100) if quick else (8, 1000)
    curves = {
        f"{hidden} hidden units": [learn_xor(hidden, seed + start, epochs)[0] for start in range(starts)]
        for hidden in ((2,) if quick else (2, 3))
    }
    measured: dict[str, Any] = {
        "starts": starts,
        "epochs": epochs,
        "learning_rate": 2.0,
        "solved": {name: sum(errors[-1] < SOLVED for errors in found) for name, found in curves.items()},
        "last_squared_errors": {name: [errors[-1] for errors in found] for name, found in curves.items()},
    }
    titled = {f"{name}: {measured['solved'][name]} of {starts} starts solve XOR": curves[name] for name in curves}
    found = "XOR learned from " + ", ".join(
        f"{number} of {starts} random starts with {name}" for name, number in measured["solved"].items()
    )
    return found, measured, {"backprop": figures.on_line_curves(titled)}
