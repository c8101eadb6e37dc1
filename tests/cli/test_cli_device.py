"""--device: refused with one sentence where there is no such device, and otherwise files like all others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dbn.discriminative import backprop
from dbn.generative import greedy, updown
from dbn.models import load_model
from dbn.training import checkpoint, device
from dbn.training.state import arrays

Call = Callable[..., str]

COMMANDS = [
    ("pretrain", "--dataset", "tiny", "--hidden", "6,5", "--epochs", 2),
    ("updown", "dbn", "--epochs", 2),
    ("finetune", "dbn", "--epochs", 2, "--batch-size", 10),
]


@pytest.fixture(params=COMMANDS, ids=lambda words: words[0])
def command(request: pytest.FixtureRequest, tiny: Path, trained: Path) -> list[object]:
    places = {"tiny": tiny, "dbn": trained / "dbn.h5"}
    return [places.get(word, word) for word in request.param]


def on(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every learner's device be another one than the user chose."""
    for module in (greedy, updown, backprop):
        monkeypatch.setattr(module, "chosen", lambda name: place)


def test_a_gpu_that_is_not_there_is_refused(
    command: list[object], refused: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "known", lambda: ("cpu",))
    said = refused(*command, "--device", "cuda", "--output", tmp_path / "x.h5")
    assert said == "the device cuda needs PyTorch; install it with dbn[torch], or compute on the cpu"
    assert not (tmp_path / "x.h5").exists()


def test_where_there_is_no_gpu_auto_is_the_cpu(
    command: list[object], call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "known", lambda: ("cpu",))
    for name in ("auto", "cpu"):
        call(*command, "--device", name, "--output", tmp_path / f"{name}.h5")
    one, other = (arrays(checkpoint.load(tmp_path / f"{name}.h5").model) for name in ("auto", "cpu"))
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


def test_what_pytorch_learned_is_a_model_like_any_other(
    command: list[object], call: Call, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    on("torch", monkeypatch)
    call(*command, "--device", "cuda", "--output", tmp_path / "net.h5")
    assert all(isinstance(array, np.ndarray) for array in arrays(load_model(tmp_path / "net.h5")))
    assert "error percent" in call("evaluate", tmp_path / "net.h5", "--dataset", tiny)


def test_scipys_optimisers_stay_on_the_cpu(
    trained: Path, refused: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    on("torch", monkeypatch)
    words = ("finetune", trained / "dbn.h5", "--optimiser", "cg", "--device", "cuda", "--output", tmp_path / "x.h5")
    assert refused(*words) == "cg is SciPy's and computes on the cpu; choose that device, or sgd"
