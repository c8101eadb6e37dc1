"""The rows of the lecture measure what they say; the nets they draw are the nets they measured."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from toys import bars, pretrained

from dbn.comparison import deep_net, lecture, one_unit, three_layers, two_layers
from dbn.comparison.deep_net import PER_CLASS, Learned
from dbn.comparison.lecture import LECTURE, Row
from dbn.data.dataset import Dataset
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.ops.numpy import Rng


def test_logistic_regression_finds_the_true_theta_from_many_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    found, measured, drawn = one_unit.logistic_regression(0, quick=False)
    separation = np.linalg.norm(one_unit.MEANS[1] - one_unit.MEANS[0]) / one_unit.DEVIATION
    bayes = 100 * norm.cdf(-separation / 2)
    assert measured["error_percent_of_the_true_model"] == pytest.approx(bayes, abs=4 * np.sqrt(bayes * 88 / 20_000))
    assert bayes - 1 < measured["error_percent"] < bayes + 1.5
    assert measured["largest_gap_to_sigmoid_of_theta"] < 1e-5  # a softmax of two classes is a sigmoid
    monkeypatch.setattr(one_unit, "clouds", lambda n, rng, draw=one_unit.clouds: draw(20_000, rng))
    theta = one_unit.logistic_regression(1, quick=False)[1]
    np.testing.assert_allclose(theta["theta"], theta["true_theta"], rtol=0.1)
    assert theta["theta0"] == pytest.approx(theta["true_theta0"], rel=0.1)
    assert f"{measured['error_percent']:.2f} %" in found
    assert set(drawn) == {"logistic"}


def test_clouds_have_their_means_and_deviation() -> None:
    data = one_unit.clouds(20_000, Rng(0, "clouds"))
    for label in (0, 1):
        x = data.images[data.labels == label]
        np.testing.assert_allclose(x.mean(axis=0), one_unit.MEANS[label], atol=4 * 0.13 / 100)
        np.testing.assert_allclose(x.std(axis=0), 0.13, rtol=0.03)


def test_xor_is_learned_by_the_lecture_s_procedure() -> None:
    errors, net = two_layers.learn_xor(3, 0, 800)
    assert len(errors) == 800
    assert errors[0] > 0.2
    assert errors[-1] < two_layers.SOLVED
    assert net.units == ("sigmoid", "sigmoid")
    assert net.predict(np.array([[0, 0], [0, 1], [1, 0], [1, 1]])).tolist() == [0, 1, 1, 0]
    assert two_layers.learn_xor(3, 1, 1)[0] != errors[:1]


def test_what_is_drawn_of_xor_is_the_net() -> None:
    by_hand = two_layers.boolean.xor_by_hand("sigmoid", 12)
    spaces = two_layers._spaces(by_hand)
    side = one_unit.SIDE
    ticks = np.linspace(-0.25, 1.25, side)
    row, column = 17, 70
    point = np.array([[ticks[column], ticks[row]]])
    assert spaces["over_inputs"][row, column] == pytest.approx(by_hand.outputs(point).item())
    np.testing.assert_allclose(spaces["hidden"][3], 1 / (1 + np.exp(-12 * np.array([1.5, 0.5]))))


def test_the_best_trained_net_is_told_beside_those_of_the_built_size() -> None:
    errors = {"soon": [[0.5, 0.7], [0.2, 0.4]], "later": [[0.1, 0.3], [0.9, 0.5]]}
    measured = {"trained_units": [4, 16], "built_error_of_the_last_size": 0.25, "trained_errors": errors}
    assert two_layers._told("two", measured) == (
        "two: 16 units, built, err by 0.250 at most; trained by 0.300 soon, 0.700 later (medians); of all trained "
        "sizes the best has 4 units and errs by 0.200 (later)"
    )


def test_nets_are_trained_for_longer_and_from_other_weights() -> None:
    line = two_layers.approximation.grid(-1, 1)
    build = partial(two_layers.approximation.build_1d, np.square, -1, 1)
    measured, built, trained = two_layers._built_and_trained(
        np.square, build, (0.3, 0.1), 0.3, (2,), (line[::200], line), range(2), (10, 200)
    )
    assert built.sizes == trained.sizes
    assert measured["trained_units"] == [2, built.sizes[1]]
    soon, later, spread = (np.array(errors) for errors in measured["trained_errors"].values())
    assert (later < soon).all()
    assert spread.shape == (2, 2)
    assert later[-1].min() == two_layers.approximation.largest_error(trained, np.square, line)


def test_the_judge_says_how_many_samples_show_their_label() -> None:
    """One that says 1 whatever it sees agrees with the half of the samples that have this label."""
    net = pretrained(labels=2)
    judge = Network((np.zeros((9, 2)),), (np.array([0.0, 1.0]),))
    digits = Dataset("bars", bars(), bars(), (3, 3), 2)
    told, samples = deep_net._clamped(Learned(digits, net, net, net, net, judge), 5, 0)
    assert samples.shape == (2, PER_CLASS, 9)
    assert (told["gibbs_steps"], told["samples"], told["percent"]) == (5, 2 * PER_CLASS, 50)
    assert told["class_percent"] == [0, 100]
    low, high = told["interval_percent"]
    assert 30 < low < 50 < high < 70


def test_a_row_more_is_a_line_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (Row(10, "generative | discriminative", lambda seed, quick: (f"{seed} {quick}", {"figure": 1.5}, {})),)
    monkeypatch.setattr(lecture, "LECTURE", rows)
    said: list[str] = []
    lecture.run(tmp_path, 7, quick=True, command="python scripts/lecture.py", say=said.append)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["rows"] == [
        {"row": 10, "defines": "generative | discriminative", "found": "7 True", "figures": [], "figure": 1.5}
    ]
    assert (summary["study"], summary["seed"], summary["command"]) == ("lecture", 7, "python scripts/lecture.py")
    assert "numpy" in summary["environment"]
    assert said == ["10. generative | discriminative\n   7 True"]
    (tmp_path / "file").touch()
    with pytest.raises(DbnError):
        lecture.run(tmp_path / "file", 7, quick=True, command="")


def test_three_layers_come_nearer_to_a_function_that_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(three_layers, "continuous_functions", lambda seed, quick: ("two layers", {"one": 1}, {}))
    found, measured, drawn = three_layers.functions(0, quick=True)
    told = measured["three_layers"]
    assert told["hidden_units"][1] == [14, 27]  # of 8 by 8 cells these have their centre on the island
    off = told["percent_of_the_square_off_by_more_than_0.1"]
    assert off[1] < off[0] < 50
    assert found.startswith("two layers; ")
    assert f"{off[1]:.1f} %" in found
    assert measured["one"] == 1
    (figure,) = drawn.values()
    np.testing.assert_allclose(figure.axes[2].lines[0].get_ydata(), off)
    x, y = np.random.default_rng(0).uniform(size=(2, 10_000))
    ring = np.pi * (0.4**2 - 0.15**2)
    assert (three_layers.island(x, y) > 0).mean() == pytest.approx(ring, abs=0.02)


def test_rows_are_numbered_in_order() -> None:
    assert [row.number for row in LECTURE] == list(range(1, len(LECTURE) + 1))
