import pickle
import signal
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from toys import bits

from dbn.data.dataset import Split
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.estimators import DBNClassifier
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.training.loop import Run, train

DIGITS, LABELS = load_digits(return_X_y=True)
X, Y = DIGITS[:400], np.array([f"digit {label}" for label in LABELS[:400]])
IMAGES = (X / 16).astype(np.float32)
DATA = Split(IMAGES, LABELS[:400].astype(np.int64))


def classifier(**options: Any) -> DBNClassifier:
    few = {"epochs": 2, "updown_epochs": 1, "backprop_epochs": 2, "batch_size": 10, "random_state": 3}
    return DBNClassifier(**{"hidden": (20, 30), **few, **options})


def finished(learner: Any) -> Any:
    return learner.model(train(learner, Run(learner.init())).state)


def by_hand() -> tuple[DBN, Network]:
    """The same three stages without scikit-learn."""
    layer = CDConfig(2, "0.1>0")
    net = finished(Greedy(GreedyConfig((20, 30), (layer, layer), 10), DATA, (8, 8), 10, seed=3))
    net = finished(UpDown(UpDownConfig(1, "0.02", batch_size=10), net, DATA, seed=3))
    start = Network.from_layers(net.recognition_layers(), 30, 10)
    return net, finished(Backprop(BackpropConfig(2, 10, learning_rate="0.2>0"), start, DATA, seed=3))


@pytest.mark.parametrize("method", ["generative", "discriminative"])
def test_the_package_learns_the_same_classifier_by_itself(method: Any) -> None:
    ours = classifier(method=method).fit(X, Y)
    net, network = by_hand()
    assert bits(ours.dbn_.tree()) == bits(net.tree())
    expected: Any = net if method == "generative" else network
    assert bits(ours.model_.tree()) == bits(expected.tree())
    np.testing.assert_array_equal(ours.predict(X), [f"digit {label}" for label in expected.predict(IMAGES)])
    np.testing.assert_allclose(ours.predict_proba(X), expected.predict_proba(IMAGES), rtol=1e-5, atol=1e-7)
    assert len(ours.history_) == (5 if method == "generative" else 7)


def test_both_methods_learn_digits_that_they_have_not_seen() -> None:
    for method in ("generative", "discriminative"):
        model = DBNClassifier((100,), method=method, epochs=20, random_state=0).fit(DIGITS[:1000], LABELS[:1000])
        assert model.score(DIGITS[1000:1400], LABELS[1000:1400]) > 0.9


def test_samples_of_a_class_are_taken_for_that_class() -> None:
    model = DBNClassifier((100,), method="generative", batch_size=10, random_state=0).fit(X, Y)
    wanted = np.repeat(model.classes_, 10)
    samples = model.sample(wanted, steps=100, random_state=1)
    assert (model.predict(samples) == wanted).mean() > 0.8
    np.testing.assert_array_equal(samples, model.sample(wanted, steps=100, random_state=1))
    with pytest.raises(DbnError, match="class 'digit 11' is not among"):
        model.sample(["digit 11"])


def test_the_seed_makes_the_classifier_and_pickling_keeps_it() -> None:
    p = classifier().fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(p, classifier().fit(X, Y).predict_proba(X))
    assert np.abs(p - classifier(random_state=4).fit(X, Y).predict_proba(X)).max() > 1e-3
    kept = pickle.loads(pickle.dumps(classifier().fit(X, Y)))  # noqa: S301
    np.testing.assert_array_equal(p, kept.predict_proba(X))


def test_a_grid_of_pipelines_chooses_the_one_that_learns() -> None:
    pipeline = make_pipeline(MinMaxScaler(), classifier(hidden=(30,), updown_epochs=0, backprop_epochs=10))
    grid = GridSearchCV(pipeline, {"dbnclassifier__backprop_learning_rate": [0.0, 0.1]}, cv=2).fit(X, Y)
    assert grid.best_params_ == {"dbnclassifier__backprop_learning_rate": 0.1}
    assert grid.best_score_ > 0.5


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"method": "both"}, "no method 'both'"),
        ({"hidden": (5,)}, "needs two hidden layers at least"),
        ({"hidden": ()}, "a net needs at least one layer; give the numbers"),
        ({"backprop_learning_rate": -1.0}, "cannot read the schedule"),
        ({"updown_epochs": None}, "updown_epochs must be a whole number, and None is not"),
        ({"hidden": 500}, r"hidden must be a size for each layer, such as \(500, 500\), and 500 is not"),
        ({"hidden": (5, "x")}, "hidden must be a size for each layer"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        classifier().set_params(**options).fit(X, Y)


def test_a_fit_that_fails_leaves_what_was_learned_before() -> None:
    one = classifier().fit(X, Y)
    before = one.predict_proba(X)
    with pytest.raises(DbnError, match="cannot read the schedule"):
        one.set_params(backprop_learning_rate=-1.0).fit(10 * X, np.char.add(Y, "!"))
    np.testing.assert_array_equal(one.predict_proba(X), before)
    assert set(one.predict(X)) <= set(Y)
    with pytest.raises(NotFittedError):
        clone(one).predict(X)


def test_an_interrupt_ends_a_search_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches go on after exceptions, other than Ctrl-C."""
    step = Greedy.step
    monkeypatch.setattr(Greedy, "step", lambda *a: signal.raise_signal(signal.SIGINT) or step(*a))
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(classifier(), {"batch_size": [10, 20]}, cv=2).fit(X, Y)
