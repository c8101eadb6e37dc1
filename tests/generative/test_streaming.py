"""Learning from images that stay in their file: the same as from memory in the same order, in bounded memory."""

import signal
import tracemalloc
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from toys import Watched, backprop, bars, bits, greedy, header, timeless, updown

from dbn.data.dataset import Split
from dbn.data.own import load_streamed
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.training.loop import InterruptedRunError, Run, train
from dbn.training.runs import Output, train_to_file

BUFFER = 40 * 9
"""Forty images, in blocks of ten."""


def save(path: Path, data: Split, chunk: int) -> Path:
    with h5py.File(path, "w") as file:
        file.create_dataset("images", data=data.images, chunks=(chunk, data.images.shape[1]))
        file["labels"] = data.labels
        file["test_images"], file["test_labels"] = data.images[:2], data.labels[:2]
    return path


@pytest.fixture
def streamed(tmp_path: Path) -> Split:
    return load_streamed(save(tmp_path / "bars.h5", bars(157), 5), BUFFER).train


LEARNERS: dict[str, Any] = {
    "greedy": lambda data: greedy(data),
    "greedy, balanced, with sampled pixels": lambda data: greedy(data, intensity="sampled", balanced=True),
    "up-down": updown,
    "backprop": backprop,
}


@pytest.mark.parametrize("name", LEARNERS)
def test_it_learns_as_from_memory_in_the_same_order(name: str, streamed: Split) -> None:
    learner, twin = LEARNERS[name](streamed), LEARNERS[name](bars(157))
    twin.blocks = learner.blocks
    ours, theirs = train(learner, Run(learner.init())), train(twin, Run(twin.init()))
    if name == "greedy":  # from memory, its upper machine learns from activities that went up in larger blocks
        for array, other in zip(learner.parameters(ours.state), twin.parameters(theirs.state), strict=True):
            np.testing.assert_allclose(array, other, atol=1e-5)
        first = learner.parameters(ours.state)[0]
        assert (first == twin.parameters(theirs.state)[0]).all()
    else:
        assert bits(ours.state) == bits(theirs.state)
        assert timeless(ours.history) == timeless(theirs.history)


def test_interrupted_equals_uninterrupted(streamed: Split, tmp_path: Path) -> None:
    """A stop in each of five mini-batches in turn, and a file opened anew each time."""
    expected = Watched(greedy(streamed))
    train_to_file(expected, header(expected.learner), Output(tmp_path / "whole.h5"))
    output, stops = Output(tmp_path / "net.h5", resume=True), 0
    while True:
        data = load_streamed(tmp_path / "bars.h5", BUFFER).train
        learner = Watched(greedy(data), lambda step: step == 5 and signal.raise_signal(signal.SIGINT))
        try:
            train_to_file(learner, header(learner.learner), output)
        except InterruptedRunError:
            stops += 1
        else:
            break
    assert stops > 8
    assert bits(learner.state) == bits(expected.state)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Two machines, base rates, monitors, digest and hold-out, from a file of 30 MB, in less than 12 MB."""
    rng = np.random.default_rng(0)
    some, n = rng.integers(0, 256, (4000, 256), dtype=np.uint8), 120_000
    path = tmp_path / "large.h5"
    with h5py.File(path, "w") as file:
        images = file.create_dataset("images", (n, 256), np.uint8, chunks=(400, 256))
        for at in range(0, n, len(some)):
            images[at : at + len(some)] = some
        file["labels"] = (np.arange(n) % 2).astype(np.uint8)
    tracemalloc.start()
    try:
        data = load_streamed(path, buffer_bytes=2_000_000)
        assert len(data.sha256) == 64
        parts = data.hold_out(2000)
        config = GreedyConfig((8, 4), (CDConfig(epochs=1),) * 2, batch_size=1000)
        learner = Greedy(config, parts.train, (16, 16), 2, 0, parts.test)
        run = train(learner, Run(learner.init()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(run.history) == 2
    assert peak < 12e6 < path.stat().st_size / 2.5
