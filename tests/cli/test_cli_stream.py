"""Commands whose images stay in their file: the name ``stream:PATH`` goes into the checkpoint and comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from toys import leaves

from dbn.data import load
from dbn.training import checkpoint

TRAINING = (
    *("--hidden", "12,16", "--epochs", "10", "--batch-size", "10", "--learning-rate", "0.2"),
    *("--momentum", "0.5,0.9@5", "--persistent", "0"),
)


def test_every_stage_takes_the_images_from_the_file(call: Callable[..., str], tiny: Path, tmp_path: Path) -> None:
    with np.load(tiny) as arrays, h5py.File(tmp_path / "large.h5", "w") as file:
        file["images"], file["labels"] = arrays["images"], arrays["labels"]
    net, name = tmp_path / "net.h5", f"stream:{tmp_path / 'large.h5'}"
    call("pretrain", "--dataset", name, *TRAINING, "--output", net)
    found = checkpoint.load(net)
    assert found.dataset == {"name": name, "sha256": load(name).sha256, "validation": 33}
    assert found.history[-1]["validation_error_percent"] < 10
    call("updown", net, "--epochs", 2, "--batch-size", 10, "--output", tmp_path / "updown.h5")
    call("finetune", net, "--epochs", 3, "--batch-size", 10, "--output", tmp_path / "network.h5")
    for made in (net, tmp_path / "updown.h5", tmp_path / "network.h5"):
        assert checkpoint.load(made).dataset == found.dataset
        assert "on the 40 test images of large" in call("evaluate", made)
        assert "on the 33 validation images of large" in call("evaluate", made, "--split", "validation")
    again = tmp_path / "again.h5"
    call("pretrain", "--dataset", name, *TRAINING, "--output", again)
    assert leaves(checkpoint.load(again).model) == leaves(found.model)


def test_results_of_a_stream_are_named_after_its_file(
    call: Callable[..., str], tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with np.load(tiny) as arrays, h5py.File(tmp_path / "large.h5", "w") as file:
        file["images"], file["labels"] = arrays["images"], arrays["labels"]
    monkeypatch.chdir(tmp_path)
    call("compare", "--dataset", "stream:large.h5", "--hidden", 5, "--pretrain-epochs", 1, "--finetune-epochs", 1)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["large-seed0"]
