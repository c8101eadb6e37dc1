"""What is shown to students is what the paper says."""

import json
from typing import Any

import numpy as np
import pytest
from enumeration import Exact

from dbn.generative import theory
from dbn.ops.numpy import Rng


@pytest.fixture(scope="module", params=[0, 1])
def shown(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    return theory.demonstrate(request.param, depth=60, steps=(300, 60))


def test_it_is_json(shown: dict[str, dict[str, Any]]) -> None:
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown


def test_one_cause_explains_the_other_away(shown: dict[str, dict[str, Any]]) -> None:
    table = shown["explaining_away"]
    assert table["states"] == ["00", "01", "10", "11"]
    np.testing.assert_allclose(table["posterior"], table["published"], atol=6e-5)
    assert table["published"] == [0.0001, 0.4999, 0.4999, 0.0001]
    p = 1 / (1 + np.exp(10))
    np.testing.assert_allclose(table["prior"], [(1 - p) ** 2, p * (1 - p), p * (1 - p), p**2], rtol=1e-12)
    assert table["given_the_effect"] == pytest.approx(0.5)
    assert table["given_the_other_cause"] == pytest.approx(2 * p, rel=1e-4)


def test_deep_nets_with_tied_weights_are_the_rbm(shown: dict[str, dict[str, Any]]) -> None:
    table = shown["complementary"]
    assert table["depth"] == list(range(1, 61))
    for name in ("total_variation", "posterior_gap"):
        assert table[name][0] > 0.1
        assert table[name][-1] < 1e-13
        fall = np.log(table[name][29] / table[name][9]) / 20
        assert fall == pytest.approx(np.log(table["rate"]), rel=0.1)
    assert max(table["total_variation_rbm_on_top"]) < 1e-13
    assert table["posterior_gap_rbm_on_top"] < 1e-13


def test_the_bound_starts_tight_and_never_falls(shown: dict[str, dict[str, Any]]) -> None:
    table = shown["bound"]
    assert table["step"] == list(range(61))
    assert table["bound"][0] == pytest.approx(table["one_layer"], abs=1e-12)
    assert table["log_likelihood"][0] == pytest.approx(table["one_layer"], abs=1e-12)
    assert (np.diff(table["bound"]) > 0).all()
    assert (np.array(table["log_likelihood"]) >= np.array(table["bound"]) - 1e-12).all()


def test_another_seed_gives_other_machines_and_the_same_gives_the_same() -> None:
    one, again, other = (theory.demonstrate(seed, depth=2, steps=(1, 1)) for seed in (0, 0, 1))
    assert one == again
    assert one["complementary"]["rate"] != other["complementary"]["rate"]
    assert one["bound"]["one_layer"] != other["bound"]["one_layer"]


def test_the_first_layer_learns_bars_and_stripes() -> None:
    data = theory.bars_and_stripes()
    rbm = theory.random_machine(9, 5, Rng(0, "theory/first-layer"))
    images = {tuple(image) for image in Exact(rbm).v[data > 0].astype(int)}
    rows = {tuple(np.repeat([a, b, c], 3)) for a in (0, 1) for b in (0, 1) for c in (0, 1)}
    columns = {tuple(np.tile([a, b, c], 3)) for a in (0, 1) for b in (0, 1) for c in (0, 1)}
    assert images == rows | columns
    assert set(data[data > 0]) == {1 / 14}
    learned = [theory.second_layer(rbm, (steps, 1))["one_layer"] for steps in (0, 100)]
    assert learned[0] == pytest.approx(data @ np.log(Exact(rbm).p_v), rel=1e-10)
    assert learned[0] < learned[1] < -np.log(14)
