"""What a lecture says of single units, computed and drawn: logistic regression, the perceptron, kinds of unit.

A function a row of the lecture: from the seed of what is drawn at random, and whether to be quick, to what was found in
a sentence, what was measured, as JSON values, and its figures by file name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dbn import figures
from dbn.comparison.metrics import error_percent, interval_percent
from dbn.data import load
from dbn.data.dataset import Split
from dbn.discriminative import boolean, perceptron
from dbn.discriminative.activations import HIDDEN, UNITS
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.logistic import Logistic, LogisticConfig
from dbn.discriminative.network import Network
from dbn.discriminative.perceptron import Perceptron
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng
from dbn.training.loop import Run, fitted, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Shown: TypeAlias = "tuple[str, dict[str, Any], dict[str, Figure]]"

SIDE = 101  # points a side of a square that is drawn
MEANS, DEVIATION = np.array([[0.36, 0.42], [0.62, 0.6]]), 0.13  # of the two clouds
TEACHER, GAP = Perceptron(np.array([1.0, -2.0]), 0.3), 0.02  # separates points that are no nearer to it than that
EPOCHS = 100  # that are drawn of a perceptron that never ends


def logistic_regression(seed: int, quick: bool) -> Shown:
    """Learn p(class | x) of two round Gaussian clouds of one size, for which it is known to be σ(θ·x + θ0)."""
    rng = Rng(seed, "lecture/clouds")
    data, fresh = clouds(100 if quick else 400, rng), clouds(20_000, rng)
    net = fitted(Logistic(LogisticConfig(penalties=(0.0,), rounds=2, iterations=200), data, 2, seed))
    theta, theta0 = np.diff(net.weights[0]).ravel(), float(np.diff(net.biases[0])[0])
    true_theta = (MEANS[1] - MEANS[0]) / DEVIATION**2
    true_theta0 = float((MEANS[0] ** 2 - MEANS[1] ** 2).sum() / (2 * DEVIATION**2))
    x = np.asarray(fresh.images)
    v = x @ theta + theta0
    p, best = ops.sigmoid(v.copy()), x @ true_theta + true_theta0 > 0
    bins = [rows for i in range(1, 10) if (rows := np.digitize(v, np.arange(-4.5, 5)) == i).any()]
    counts = [(int(fresh.labels[rows].sum()), int(rows.sum())) for rows in bins]
    points = square(0, 1)
    drawn = figures.posterior(
        data.images,
        data.labels,
        net.predict_proba(points)[:, 1].reshape(SIDE, SIDE),
        ops.sigmoid(points @ true_theta + true_theta0).reshape(SIDE, SIDE),
        (0, 1),
        [float(v[rows].mean()) for rows in bins],
        [ones / n for ones, n in counts],
        [[bound / 100 for bound in interval_percent(ones, n)] for ones, n in counts],
    )
    measured = {
        "examples": len(data),
        "theta": theta.tolist(),
        "theta0": theta0,
        "true_theta": true_theta.tolist(),
        "true_theta0": true_theta0,
        "largest_gap_to_sigmoid_of_theta": float(np.abs(net.predict_proba(x)[:, 1] - p).max()),
        "fresh_points": len(fresh),
        "error_percent": error_percent(net.predict(x), fresh.labels),
        "error_percent_of_the_true_model": error_percent(best.astype(int), fresh.labels),
    }
    found = (
        f"{measured['error_percent']:.2f} % of fresh points wrong, with the true p(y given x) "
        f"{measured['error_percent_of_the_true_model']:.2f} %"
    )
    return found, measured, {"logistic": drawn}


def clouds(n: int, rng: Rng) -> Split:
    """Draw points in the plane, half of them of each class, as images of two pixels."""
    labels = np.arange(n) % 2
    return Split((MEANS[labels] + DEVIATION * rng.normal((n, 2))).astype(np.float32), labels)


def one_perceptron(seed: int, quick: bool) -> Shown:
    """Let the rule end on classes that a line separates, within Novikoff's bound, and never end on XOR."""
    x = 2 * Rng(seed, "lecture/perceptron").uniform((400, 2)).astype(float) - 1
    length = np.sqrt(TEACHER.theta @ TEACHER.theta + TEACHER.theta0**2)
    x = x[np.abs(x @ TEACHER.theta + TEACHER.theta0) > GAP * length][:100]
    corners, signs = boolean.inputs(2), 2 * boolean.parity(2) - 1
    y, epochs = TEACHER.predict(x), 100 if quick else 1000
    rng = Rng(seed, "lecture/perceptron/order")
    easy, hopeless = perceptron.learn(x, y, epochs, rng), perceptron.learn(corners, signs, epochs, rng)
    proof = perceptron.contradiction(corners, signs)
    measured = {
        "separable_examples": len(x),
        "separated": easy.separated,
        "epochs": len(easy.mistakes),
        "mistakes": sum(easy.mistakes),
        "novikoff_bound": perceptron.most_mistakes(x, y, TEACHER),
        "xor_separated": hopeless.separated,
        "xor_epochs": len(hopeless.mistakes),
        "xor_fewest_mistakes_in_an_epoch": min(hopeless.mistakes),
        "xor_separator_by_linear_programming": perceptron.separator(corners, signs),
        "xor_contradiction": None if proof is None else proof.tolist(),
    }
    problems: list[dict[str, Any]] = [
        {"points": x, "classes": y, "lines": easy.path, "mistakes": easy.mistakes},
        {
            "points": corners,
            "classes": signs,
            "lines": hopeless.path[: sum(hopeless.mistakes[:EPOCHS])],
            "mistakes": hopeless.mistakes[:EPOCHS],
        },
    ]
    found = (
        f"separable classes: {measured['mistakes']} mistakes, of at most {measured['novikoff_bound']:.0f}, in "
        f"{measured['epochs']} epochs; XOR: mistakes in each of {measured['xor_epochs']} epochs, and a proof that no θ "
        "computes it"
    )
    names = ["separable classes", f"XOR, {EPOCHS} epochs"]
    return found, measured, {"perceptron": figures.perceptrons(problems, names)}


def kinds_of_unit(seed: int, quick: bool) -> Shown:
    """Draw units with their slopes, and let a network of each kind learn the embedded digits."""
    v = np.linspace(-4, 4, 400)  # 0, where some have a kink, is left out
    far = np.array([-1e4, 1e4])
    curves, slopes, ends, histories = {}, {}, {}, {}
    parts = load("mnist-5k").hold_out(666)
    data = parts.train[:1000] if quick else parts.train
    config = BackpropConfig(epochs=3 if quick else 12, batch_size=20, learning_rate="0.05>0", momentum="0.5")
    for kind in HIDDEN:
        f, slope = UNITS[kind].activity, UNITS[kind].slope
        curves[kind] = f(v.copy()), slope(f(v.copy()))
        slopes[kind] = float(np.abs(curves[kind][1] - (f(v + 1e-6) - f(v - 1e-6)) / 2e-6).max())
        ends[kind] = f(far.copy()).tolist()
        start = Network.random((784, 100, 100, 10), Rng(seed, "lecture/units"), hidden=kind)
        learner = Backprop(config, start, data, seed, parts.test, "lecture/units")
        histories[kind] = train(learner, Run(learner.init())).history
    errors = {kind: rows[-1]["validation_error_percent"] for kind, rows in histories.items()}
    measured = {
        "answers_to_plus_and_minus_10000": ends,
        "largest_gap_of_slopes_to_finite_differences": slopes,
        "training_images": len(data),
        "validation_images": len(parts.test),
        "validation_error_percent": errors,
    }
    found = "validation error of 784-100-100-10 on embedded digits: "
    found += ", ".join(f"{kind} {error:.1f} %" for kind, error in errors.items())
    return (
        found,
        measured,
        {
            "units": figures.unit_curves(v, curves),
            "units-learning": figures.compare_learning_curves(histories, "validation_error_percent"),
        },
    )


def square(low: float, high: float) -> Array:
    """Points of a square, its second coordinate by rows: (SIDE², 2)."""
    ticks = np.linspace(low, high, SIDE)
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
