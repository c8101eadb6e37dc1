"""A tiny data set, what the commands make of it, and two ways to call them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from dbn.cli import main

Call = Callable[..., str]

TRAINING = (
    *("--hidden", "12,16", "--epochs", "10", "--batch-size", "10", "--learning-rate", "0.2"),
    *("--momentum", "0.5,0.9@5", "--persistent", "0"),
)


def invoke(*arguments: object) -> tuple[int, str]:
    words = [str(argument) for argument in arguments]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["dbn", *words])
        result = CliRunner().invoke(main, words)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def _call(*arguments: object) -> str:
    code, output = invoke(*arguments)
    assert code == 0, output
    return output


@pytest.fixture(scope="session")
def call() -> Call:
    """Run a command in this process, which must succeed, and return what it prints."""
    return _call


@pytest.fixture(scope="session")
def refused() -> Call:
    """Run a command in this process, which must fail with one sentence, and return that sentence."""

    def run(*arguments: object) -> str:
        code, output = invoke(*arguments)
        assert code != 0, output
        *before, last = output.strip().splitlines()
        assert last.startswith("Error: "), output
        assert all(line.startswith(("Usage: ", "Try ", "training ")) or not line for line in before), output
        return last.removeprefix("Error: ")

    return run


@pytest.fixture
def spawn() -> Callable[..., subprocess.Popen[str]]:
    """Start a command in a process of its own."""

    def start(*arguments: object, **options: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dbn", *(str(argument) for argument in arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        environment.pop("PYTHONUNBUFFERED", None)  # as users have it
        return subprocess.Popen(command, env=environment, **pipes)

    return start


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 noisy images of three patterns: enough to learn from in a few milliseconds."""
    rng = np.random.default_rng(0)
    patterns, labels = rng.random((3, 16)) < 0.5, np.arange(240) % 3
    images = patterns[labels] ^ (rng.random((240, 16)) < 0.1)
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    np.savez(path, images=(255 * images).astype(np.uint8), labels=labels)
    return path


@pytest.fixture(scope="session")
def trained(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dbn.h5, plain.h5 (without labels), network.h5 and logistic.h5. Look, but do not touch."""
    folder = tmp_path_factory.mktemp("trained")
    _call("pretrain", "--dataset", tiny, *TRAINING, "--output", folder / "dbn.h5", "--log", folder / "dbn.jsonl")
    _call("pretrain", "--dataset", tiny, *TRAINING, "--no-labels", "--output", folder / "plain.h5")
    _call("finetune", folder / "dbn.h5", "--epochs", 3, "--batch-size", 10, "--output", folder / "network.h5")
    _call("baseline", "--dataset", tiny, "--rounds", 1, "--output", folder / "logistic.h5")
    return folder
