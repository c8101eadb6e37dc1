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
    passes,
)
from dbn.comparison.study import Study
from dbn.discriminative.backprop import BackpropConfig
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.updown import UpDownConfig

COUNTS = (10, 30, 100, 300, 1000, 3000, 10_000)
"""Numbers of labelled images, but for rounding to as many of each class; all training images come on top."""


def standard(n_train: int, n_classes: int) -> Study:
    """Return the study for a data set of `n_train` training images of so many classes.

    Sizes, label counts and seeds are meant for a study of MNIST that takes some hours on two cores, so that nets are
    half as wide on top as the paper's. Rates, penalties and updates of the shallow models were chosen on the last
    10,000 training images of MNIST, from 100, 1,000 and 10,000 labelled ones and one seed; so were the rates of the
    deep ones, from 100 and 1,000. The α of label spreading is that of its authors; by what its ten neighbours were
    chosen was not written down. A setting serves all label counts. Smaller data sets get the same with smaller
    nets and mini-batches, and lower rates, which were not compared with others. With ``--validate``, `dbn study` judges
    settings on images that were held out.
    """
    large = n_train >= LARGE
    hidden = (500, 500, 1000) if large else (100, 100, 200)
    size = 100 if large else 20
    updates, shallow_updates = 1000, 3000
    epochs = passes(20, updates, n_train, size)
    low = CDConfig(epochs=epochs, learning_rate="0.1>0")
    memory = CDConfig(epochs=epochs, learning_rate="0.05>0")
    pretraining = GreedyConfig(hidden=hidden, layers=(low, low, memory), batch_size=size, labels=False)
    greedy = replace(pretraining, labels=True)
    updown = UpDownConfig(
        epochs=15, learning_rate="0.1>0", k="1", persistent=True, averaging=0.99, batch_size=size, balanced=False
    )
    backprop = BackpropConfig(epochs=15, batch_size=size, learning_rate="0.1>0")
    joint = CDConfig(epochs=15, learning_rate="0.05>0")
    rate = "0.3>0" if large else "0.1>0"
    conditional = CDConfig(epochs=15, learning_rate=rate, weight_decay="0", generative="0", discriminative="1")
    hybrid = replace(conditional, generative="0.1")
    kept = replace(low, epochs=0)
    families = (
        NaiveBayesFamily(smoothing=0.1),
        LogisticFamily(penalty=10.0),
        RBMFamily(("joint-rbm",), hidden[0], joint, shallow_updates, size),
        RBMFamily(("discriminative-rbm",), hidden[0], conditional, shallow_updates, size),
        RBMFamily(("hybrid-rbm",), hidden[0], hybrid, shallow_updates, size),
        RBMFamily(("joint-rbm-pretrained",), hidden[0], joint, shallow_updates, size, pretrained=True),
        RBMFamily(("discriminative-rbm-pretrained",), hidden[0], conditional, shallow_updates, size, pretrained=True),
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
    even = sorted({n_classes * max(1, round(n / n_classes)) for n in COUNTS})
    n_labels = (*(n for n in even if n < 0.9 * n_train), n_train)
    return Study(families, pretraining, n_labels, seeds=10)
