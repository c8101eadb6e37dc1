"""How often a classifier is wrong: counted in blocks of one size on the CPU, and of another on PyTorch's devices."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from toys import bars, machine

from dbn.generative.dbn import DBN
from dbn.training import mistakes
from dbn.training.device import moved
from dbn.training.mistakes import error_percent


def counted(predict: Callable[[Any], Any], sizes: list[int]) -> Callable[[Any], Any]:
    """Predict, and note how many at a time."""
    return lambda v: sizes.append(len(v)) or predict(v)


@pytest.mark.parametrize(("device", "blocks"), [("cpu", 7 * [7] + [1]), ("torch", [20, 20, 10])])
def test_the_error_is_that_of_the_guesses_in_blocks(
    device: str, blocks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    if device != "cpu":
        pytest.importorskip("torch")
    net = DBN((machine(("softmax", 2), ("bernoulli", 9), n_hidden=5, seed=3, dtype=np.float32),), (3, 3))
    data, sizes = bars(50), list[int]()
    wrong = net.predict(data.images / np.float32(255)) != data.labels
    monkeypatch.setattr(mistakes, "BLOCK", 7)
    monkeypatch.setattr(mistakes, "GPU_BLOCK", 20)
    assert 0 < wrong.mean() < 1
    assert error_percent(counted(moved(net, device).predict, sizes), moved(data, device), "real") == 100 * wrong.mean()
    assert sizes == blocks
