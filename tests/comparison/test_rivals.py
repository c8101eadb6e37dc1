from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from toys import bars

from dbn.comparison.rivals import RIVALS, MachineRival, NeighbourRival, NetworkRival
from dbn.data import load
from dbn.errors import DbnError
from dbn.training.loop import Run, train

MACHINE = MachineRival("svm", 1.4, degree=9, penalty=5.0)
EARLY = next(rival for rival in RIVALS if isinstance(rival, NetworkRival) and rival.held_out)


def test_the_published_errors_of_table_1() -> None:
    published = {rival.name: rival.published_percent for rival in RIVALS}
    assert published == {
        "svm-degree-9": 1.4,
        "backprop-500-300": 1.51,
        "backprop-800": 1.53,
        "backprop-500-150-squared-error": 2.95,
        "nearest-neighbour-l3-60000": 2.8,
        "nearest-neighbour-l2-60000": 3.1,
        "nearest-neighbour-l3-20000": 4.0,
        "nearest-neighbour-l2-20000": 4.4,
    }


def test_the_machine_s_kernel_by_hand() -> None:
    digits = load("mnist-5k")
    train, images = digits.train[:600], digits.test.images[:300]
    x, y = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (train.images.astype(float), images.astype(float)))
    oracle = SVC(C=5, kernel="precomputed").fit(((1 + x @ x.T) / 2) ** 9, train.labels)
    expected = oracle.predict(((1 + y @ x.T) / 2) ** 9)
    assert (MACHINE.predict(train, images) == expected).mean() > 0.99  # float32 pixels: a close pair may tip
    assert (expected == digits.test.labels[:300]).mean() > 0.85


@pytest.mark.parametrize("power", [2, 3])
def test_scikit_learn_s_neighbours_vote_alike(power: int) -> None:
    digits = load("mnist-5k")
    train, images = digits.train[:900], digits.test.images[:200]
    guesses = NeighbourRival("nearest", 3.0, power, k=1, n_train=600).predict(train, images)
    oracle = KNeighborsClassifier(1, algorithm="brute", p=power).fit(train.images[:600] / 255, train.labels[:600])
    np.testing.assert_array_equal(guesses, oracle.predict(images / 255))


@pytest.mark.parametrize("rival", [rival for rival in RIVALS if isinstance(rival, NetworkRival)], ids=lambda r: r.name)
def test_every_network_learns_digits(rival: NetworkRival) -> None:
    digits = load("mnist-5k")
    config = replace(rival.config, epochs=4, batch_size=min(rival.config.batch_size, 10))
    small = replace(rival, held_out=100 * bool(rival.held_out), config=config)
    learner = small.learner(digits.train[:800], 10, seed=0)
    assert learner.start.sizes == (784, *rival.hidden, 10)
    run = train(learner, Run(learner.init()), stopping=small.stopping)
    unseen = digits.test[:500]
    assert (learner.model(run.state).predict(unseen.images / 255) == unseen.labels).mean() > 0.7


def test_held_out_images_stop_learning_and_are_not_learned_from() -> None:
    rival, data = replace(EARLY, held_out=20, patience=3), bars(60)
    learner = rival.learner(data, 2, seed=0)
    assert learner.validation is not None
    np.testing.assert_array_equal(learner.data.images, data.images[:40])
    np.testing.assert_array_equal(learner.validation.labels, data.labels[40:])
    assert rival.stopping is not None
    assert (rival.stopping.metric, rival.stopping.patience) == ("validation_error_percent", 3)
    with pytest.raises(DbnError, match="backprop-800 cannot hold out 10000 of 60 images"):
        EARLY.learner(data, 2, seed=0)


def test_without_held_out_images_every_epoch_is_run() -> None:
    rival = next(rival for rival in RIVALS if rival.name == "backprop-500-300")
    assert isinstance(rival, NetworkRival)
    learner = rival.learner(bars(40), 2, seed=0)
    assert (rival.stopping, learner.validation, learner.n_examples) == (None, None, 40)
