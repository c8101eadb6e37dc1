"""scikit-learn, as a program that is timed: BernoulliRBM, a stack of them, and MLPClassifier.

BernoulliRBM learns from persistent chains, by as many products as CD-1. It takes floating point, which it gets in
single precision and before the clock starts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neural_network import BernoulliRBM, MLPClassifier

from dbn.comparison.bench.cases import CLASSES, Case
from dbn.comparison.bench.worker import Work, digits, serve
from dbn.data.intensity import mean_visible
from dbn.ops.numpy import one_hot


def _machine(case: Case, units: int) -> Any:
    return BernoulliRBM(units, batch_size=case.batch, n_iter=1, random_state=0)


def _cd1(case: Case) -> Work:
    x = mean_visible(digits(case.images).images, "real")
    machine = _machine(case, case.hidden[0])
    return lambda: machine.fit(x)


def _greedy(case: Case) -> Work:
    data = digits(case.images)
    x, y = mean_visible(data.images, "real"), one_hot(data.labels, CLASSES)
    *lower, top = (_machine(case, units) for units in case.hidden)

    def work() -> None:
        features = x
        for machine in lower:
            features = machine.fit(features).transform(features)
        top.fit(np.concatenate([y, features], axis=1))

    return work


def _finetune(case: Case) -> Work:
    data = digits(case.images)
    x = mean_visible(data.images, "real")
    network = MLPClassifier(case.hidden, activation="logistic", solver="sgd", batch_size=case.batch, random_state=0)
    return lambda: network.partial_fit(x, data.labels, classes=np.arange(CLASSES))  # one epoch


if __name__ == "__main__":
    serve({"cd1": _cd1, "greedy": _greedy, "finetune": _finetune})
