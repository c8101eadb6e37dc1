"""The settings of the study's models, for large data sets and for small ones."""

from __future__ import annotations

from dataclasses import replace

from dbn.comparison.compare import LARGE
from dbn.comparison.contenders import (
    DBNFamily,
    LogisticFamily,
    NaiveBayesFamily,
    RandomFamily,
    RBMFamily,
    SpreadingFamily,
)
from dbn.comparison.study import Study
from dbn.discriminative.backprop import BackpropConfig
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy import GreedyConfig
from dbn.generative.updown import UpDownConfig

COUNTS = (10, 30, 100, 300, 1000, 3000, 10_000, 30_000)
"""Numbers of labelled images; all training images come on top."""


def standard(n_train: int) -> Study:
    """Return the study for a data set of `n_train` training images.

    Sizes and epochs are meant for a study of MNIST that takes some hours on two cores. Of the rates, those of the
    discriminative and of the hybrid machine for large data sets were chosen on the last 10,000 training images of
    MNIST; the others are those of `compare.preset` and of the paper's net, not yet compared with others. With
    ``--validate``, `dbn study` judges settings on images that were held out.
    """
    large = n_train >= LARGE
    hidden = (500, 500, 1000) if large else (100, 100, 200)
    size = 100 if large else 20
    updates = 1000
    low = CDConfig(epochs=20, learning_rate="0.1>0")
    memory = CDConfig(epochs=20, learning_rate="0.05>0")
    pretraining = GreedyConfig(hidden=hidden, layers=(low, low, memory), batch_size=size, labels=False)
    greedy = replace(pretraining, labels=True)
    updown = UpDownConfig(
        epochs=15, learning_rate="0.1>0", k="1", persistent=True, averaging=0.99, batch_size=size, balanced=False
    )
    backprop = BackpropConfig(epochs=15, batch_size=size, learning_rate="0.1>0")
    joint = CDConfig(epochs=15, learning_rate="0.05>0")
    rate = "0.3>0" if large else "0.1>0"
    conditional = CDConfig(epochs=15, learning_rate=rate, weight_decay="0", generative="0", discriminative="1")
    hybrid = replace(conditional, generative="0.01")
    kept = replace(low, epochs=0)
    families = (
        NaiveBayesFamily(),
        LogisticFamily(),
        RBMFamily(("joint-rbm",), hidden[0], joint, updates, size),
        RBMFamily(("discriminative-rbm",), hidden[0], conditional, updates, size),
        RBMFamily(("hybrid-rbm",), hidden[0], hybrid, updates, size),
        RBMFamily(("joint-rbm-pretrained",), hidden[0], joint, updates, size, pretrained=True),
        RBMFamily(("discriminative-rbm-pretrained",), hidden[0], conditional, updates, size, pretrained=True),
        DBNFamily(("dbn-up-down", "dbn-backprop"), greedy, updown, backprop, updates),
        DBNFamily(
            ("dbn-up-down-pretrained", "dbn-backprop-pretrained"),
            replace(greedy, layers=(kept, kept, memory)),
            updown,
            backprop,
            updates,
            pretrained=True,
        ),
        SpreadingFamily(),
        RandomFamily(hidden, backprop, updates),
    )
    n_labels = (*(n for n in COUNTS if n < 0.9 * n_train), n_train)
    return Study(families, pretraining, n_labels, seeds=10)
