"""The package itself, as a program that is timed: its learners as users drive them, but without monitors."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np

from dbn import ops
from dbn.comparison.bench.cases import CLASSES, PIXELS, Case
from dbn.comparison.bench.worker import Work, digits, serve
from dbn.data.dataset import Split
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.network import Network
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.likelihood.annealing import Path, ais
from dbn.generative.rbm import RBM
from dbn.generative.sampling import chain
from dbn.generative.units import Group
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.ops.numpy import Rng
from dbn.training.device import moved
from dbn.training.loop import Learner, Run, train
from dbn.training.ranks import ALONE, Ranks

SHAPE = (28, 28)


class _Greedy(Greedy):
    def watched(self, state: Any, i: int, epoch: int, *, last: bool) -> dict[str, float]:
        """Watch nothing."""
        return {}


class _UpDown(UpDown):
    def end_epoch(self, state: Any, epoch: int) -> dict[str, float]:
        """Watch nothing."""
        return {}


def _stack(case: Case, *, labels: bool) -> GreedyConfig:
    layers = (CDConfig(epochs=1),) * len(case.hidden)
    return GreedyConfig(case.hidden, layers, case.batch, labels=labels)


def _net(case: Case) -> DBN:
    learner = Greedy(_stack(case, labels=True), digits(case.batch), SHAPE, CLASSES, seed=0)
    return learner.model(learner.init())


def _train(learner: Learner) -> Work:
    """All of one epoch: with a GPU also that it records the steps of each layer."""
    run = Run(learner.init())
    return lambda: train(learner, run)


def cd1_from(images: Split, case: Case, ranks: Ranks = ALONE) -> Work:
    """Prepare an epoch of a machine of the case's size."""
    learner = _Greedy(_stack(case, labels=False), images, SHAPE, CLASSES, seed=0, device=case.device, ranks=ranks)
    return _train(learner)


def _cd1(case: Case) -> Work:
    return cd1_from(digits(case.images), case)


def _stream(case: Case) -> Work:
    """From memory, to be compared with the program that leaves the images in the file."""
    with h5py.File(case.file) as file:
        return cd1_from(Split(file["images"][: case.images], file["labels"][: case.images].astype(np.int64)), case)


def _greedy(case: Case) -> Work:
    config = _stack(case, labels=True)
    return _train(_Greedy(config, digits(case.images), SHAPE, CLASSES, seed=0, device=case.device))


def _updown(case: Case) -> Work:
    config = UpDownConfig(epochs=1, k=str(case.k), batch_size=case.batch)
    return _train(_UpDown(config, _net(case), digits(case.images), seed=0, device=case.device))


def _finetune(case: Case) -> Work:
    start = Network.random((PIXELS, *case.hidden, CLASSES), Rng(0, "start"))
    config = BackpropConfig(epochs=1, batch_size=case.batch)
    return _train(Backprop(config, start, digits(case.images), seed=0, device=case.device))


def _ais(case: Case) -> Work:
    rbm = RBM.create((Group("bernoulli", PIXELS),), case.hidden[0], Rng(0, "weights"))
    rbm, rng = moved(rbm, case.device), ops.on(case.device).Rng(0, "ais", case.device)
    betas = np.linspace(0, 1, case.steps + 1)
    return lambda: ais(Path(rbm, rbm.b), betas, case.batch, rng)


def _sample(case: Case) -> Work:
    net, labels = _net(case), np.arange(case.batch) % CLASSES
    return lambda: list(chain(net, case.batch, case.steps, Rng(0, "sample"), labels=labels, every=case.steps))


if __name__ == "__main__":
    serve(
        {
            "cd1": _cd1,
            "stream": _stream,
            "greedy": _greedy,
            "updown": _updown,
            "finetune": _finetune,
            "ais": _ais,
            "sample": _sample,
        }
    )
