"""The PyTorch engine gives what the NumPy engine gives."""

import json
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from engines import DEVICES, engine, replay, torch

from dbn import ops
from dbn.discriminative.network import Network
from dbn.ops import numpy

pytestmark = pytest.mark.parametrize("device", DEVICES)

A = np.random.default_rng(0).normal(scale=20, size=(5, 7)) * np.array([1, 1, 1, 1, 1, 1, 50])


def there(a: np.ndarray, device: str) -> Any:
    return engine.from_numpy(a, device)


def same(a: Any, expected: np.ndarray) -> None:
    np.testing.assert_allclose(engine.to_numpy(a), expected, rtol=1e-12, atol=1e-13)
    assert engine.to_numpy(a).dtype == expected.dtype


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "log_sum_exp", "log_softmax", "exp", "expm1", "tanh", "copy"])
def test_functions_agree_at_any_size_of_input(device: str, name: str) -> None:
    a = A.clip(max=500)
    same(getattr(engine, name)(there(a, device)), getattr(numpy, name)(a.copy()))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_bernoulli_write_over_some_columns(device: str, dtype: type) -> None:
    a = A.astype(dtype)
    tensor, ours, theirs = there(a, device), numpy.Rng(0, "a"), replay(0, "a", device)
    engine.sigmoid(tensor[:, 2:5])
    numpy.sigmoid(a[:, 2:5])
    np.testing.assert_allclose(engine.to_numpy(tensor), a, rtol=1e-6 if dtype == np.float32 else 1e-12, atol=1e-30)
    theirs.bernoulli(tensor[:, 2:5], out=tensor[:, 2:5])
    ours.bernoulli(a[:, 2:5], out=a[:, 2:5])
    assert set(a[:, 2:5].ravel()) == {0, 1}
    np.testing.assert_allclose(engine.to_numpy(tensor), a, rtol=1e-6)


def test_total_inputs(device: str) -> None:
    b = np.linspace(-1, 1, 5)
    same(engine.affine(there(A, device), there(A.T, device), there(b, device)), numpy.affine(A, A.T, b))


def test_arrays_are_made_alike(device: str) -> None:
    labels, like = np.array([2, 0]), np.zeros(1, np.float32)
    same(engine.one_hot(there(labels, device), 3), numpy.one_hot(labels, 3))
    same(engine.full((2, 3), 0.5, there(like, device)), numpy.full((2, 3), 0.5, like))
    same(engine.copy(there(labels, device), engine.float64), numpy.copy(labels, numpy.float64))
    same(engine.concatenate([there(A, device)] * 2, axis=1), numpy.concatenate([A] * 2, axis=1))
    for turned, expected in (
        (engine.copy(there(A, device).T), A.T),
        (engine.copy(there(A, device).T, engine.float32), A.T.astype(np.float32)),
    ):
        assert turned.is_contiguous()
        same(turned, expected)


def test_a_copy_from_numpy_shares_nothing_and_takes_what_cannot_be_written(device: str) -> None:
    a = np.frombuffer(b"\1\2\3", np.uint8)
    tensor = there(a[::-1], device)
    tensor += 1
    assert engine.to_numpy(tensor).tolist() == [4, 3, 2]
    assert a.tolist() == [1, 2, 3]


def test_the_engine_of_an_array(device: str) -> None:
    assert ops.of(there(A, device)) is engine
    assert ops.of(A) is numpy
    assert ops.is_array(there(A, device))
    assert device in engine.devices()


def test_replayed_uniforms_draw_the_same_states(device: str) -> None:
    p, ours, theirs = numpy.sigmoid(A.copy()), numpy.Rng(0, "a"), replay(0, "a", device)
    for _ in range(20):
        same(theirs.bernoulli(there(p, device)), ours.bernoulli(p))


@pytest.mark.parametrize(("seed", "name"), [(0, "b"), (1, "a"), (0, "a ")])
def test_streams_of_another_name_or_seed_are_uncorrelated(device: str, seed: int, name: str) -> None:
    n = 20_000
    a, b = (engine.to_numpy(engine.Rng(*key, device).uniform((n,))) for key in ((0, "a"), (seed, name)))
    assert a.dtype == np.float32
    assert 0 <= a.min() < a.max() < 1
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(n)
    assert abs(a.mean(dtype=float) - 0.5) < 4 * np.sqrt(1 / 12 / n)


def test_a_restored_position_gives_the_same_draws(device: str) -> None:
    rng, other = engine.Rng(3, "a", device), engine.Rng(0, "b", device)
    rng.normal((3,))
    other.state = rng.state
    for stream in (rng, other):
        stream.drawn = [stream.uniform((5,)).tolist(), stream.normal((3,)).tolist(), stream.permutation(9).tolist()]
    assert rng.drawn == other.drawn
    assert sorted(rng.drawn[2]) == list(range(9))


def test_after_the_position_of_another_engine_follows_a_stream_that_is_always_the_same(device: str) -> None:
    ours, theirs = numpy.Rng(0, "a"), engine.Rng(0, "a", device)
    for stream, text in ((numpy.Rng(0, "x"), theirs.state), (engine.Rng(0, "x", device), ours.state)):
        stream.state = text
        first = stream.uniform((50,)).tolist()
        stream.state = text
        assert stream.uniform((50,)).tolist() == first
        assert json.loads(stream.state)["bit_generator"] != json.loads(text)["bit_generator"]


def test_bernoulli_and_categorical_frequencies(device: str) -> None:
    p, n = np.array([0.05, 0.0, 0.6, 0.35]), 20_000
    with np.errstate(divide="ignore"):
        log_p = np.tile(np.log(p) + 3, (n, 1))
    a = there(np.tile(log_p, 2), device)
    rng, spread = engine.Rng(0, "draws", device), 4 * np.sqrt(p * (1 - p) / n)
    for states in (rng.bernoulli(torch.softmax(a[:, 4:], dim=1)), rng.categorical(a[:, :4])):
        assert set(engine.to_numpy(states).ravel()) == {0, 1}
        assert (np.abs(engine.to_numpy(states).mean(axis=0) - p) <= spread).all()
    assert (a[:, :4].sum(dim=1) == 1).all()
    same(a[:, 4:], log_p)


def test_a_network_is_built_on_a_net_where_that_is(device: str) -> None:
    layers = [(there(A.T, device), there(np.ones(5), device))]
    net = Network.from_layers(layers, 5, 2)
    assert all(
        isinstance(array, torch.Tensor) and array.device == layers[0][0].device for array in (*net.weights, *net.biases)
    )
    same(net.weights[0], A.T.astype(np.float32))
    same(net.weights[1], np.zeros((5, 2), np.float32))
