import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline
from toys import bits, timeless

from dbn.data.dataset import Split
from dbn.errors import DbnError
from dbn.estimators import DBNTransformer, RBMTransformer, SoftmaxRegression
from dbn.generative.cd_config import CDConfig
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.training.loop import Run, train

X, Y = load_digits(return_X_y=True)
X, Y = X[:300], Y[:300]


def rbm(**options: Any) -> RBMTransformer:
    return RBMTransformer(12, **{"epochs": 3, "learning_rate": "0.1>0", "random_state": 5, **options})


def stack(**options: Any) -> DBNTransformer:
    return DBNTransformer((12, 6), **{"epochs": 2, "learning_rate": "0.1>0", "k": "1>3", "random_state": 5, **options})


def theirs(machine: RBMTransformer) -> BernoulliRBM:
    """Scikit-learn's machine with the same weights."""
    other = BernoulliRBM(12)
    other.components_, other.n_features_in_ = machine.rbm_.W.T.astype(float), 64
    other.intercept_hidden_, other.intercept_visible_ = machine.rbm_.c.astype(float), machine.rbm_.b.astype(float)
    return other


def test_features_are_those_of_scikit_learns_machine_with_the_same_weights() -> None:
    machine = rbm().fit(X)
    np.testing.assert_allclose(machine.transform(X), theirs(machine).transform(X / 16), rtol=1e-5, atol=1e-6)
    expected = machine.rbm_.mean_h_from_v(X / 16)
    np.testing.assert_array_equal(machine.transform(X), expected.astype(np.float32))


def test_scores_are_scikit_learns_free_energies_turned_round() -> None:
    machine = rbm().fit(X)
    expected = -theirs(machine)._free_energy(X / 16)
    np.testing.assert_allclose(machine.score_samples(X), expected, rtol=1e-5)
    assert machine.score_samples(X).mean() > machine.score_samples(16 - X).mean() + 10


def test_the_package_learns_the_same_net_by_itself() -> None:
    net = stack(momentum=0.5, weight_decay=0.001, persistent="0,1@1").fit(X)
    layer = CDConfig(2, learning_rate="0.1>0", momentum="0.5", weight_decay="0.001", k="1>3", persistent="0,1@1")
    config = GreedyConfig((12, 6), (layer, layer), 20, labels=False)
    data = Split((X / 16).astype(np.float32), np.zeros(len(X), np.int64))
    learner = Greedy(config, data, (1, 64), 0, seed=5)
    run = train(learner, Run(learner.init()))
    assert bits(net.run_.state) == bits(run.state)
    assert timeless(net.run_.history) == timeless(run.history)
    expected = learner.model(run.state)
    features = expected.top.mean_h_from_v(expected.layers[0].mean_h_from_v(X / 16))
    np.testing.assert_array_equal(net.transform(X), features.astype(np.float32))


@pytest.mark.parametrize("estimator", [rbm(), stack()])
def test_features_of_an_example_are_the_same_in_any_company(estimator: Any) -> None:
    estimator = clone(estimator).fit(X)
    together = estimator.transform(X[:20])
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together, np.concatenate([estimator.transform(x[None]) for x in X[:20]]))


@pytest.mark.parametrize("estimator", [rbm(), stack()])
def test_as_many_calls_of_partial_fit_as_epochs_are_one_fit(estimator: Any) -> None:
    whole, parts = clone(estimator).fit(X), clone(estimator)
    for _ in whole.run_.history:
        parts = pickle.loads(pickle.dumps(parts.partial_fit(X)))  # noqa: S301
    assert bits(parts.run_.state) == bits(whole.run_.state)
    before = bits(parts.dbn_.layers[:-1])
    features = parts.transform(X)
    parts.partial_fit(X[:50])
    assert bits(parts.dbn_.layers[:-1]) == before
    assert np.abs(parts.transform(X) - features).max() > 0
    assert bits(parts.fit(X).run_.state) == bits(whole.run_.state)


def test_a_stream_of_other_data_is_learned_from() -> None:
    machine = rbm(learning_rate=0.1).fit(X[Y == 0])
    zeros = machine.score_samples(X[Y == 0]).mean() - machine.score_samples(X[Y == 1]).mean()
    for _ in range(20):
        machine.partial_fit(X[Y == 1])
    assert machine.score_samples(X[Y == 0]).mean() - machine.score_samples(X[Y == 1]).mean() < zeros - 1


def test_samples_are_told_by_their_seed_and_look_like_the_data() -> None:
    machine = rbm(epochs=30, learning_rate=0.1).fit(X)
    samples = machine.sample(200, steps=50, random_state=1)
    np.testing.assert_array_equal(samples, machine.sample(200, steps=50, random_state=1))
    assert np.abs(samples - machine.sample(200, steps=50, random_state=2)).max() > 1
    assert samples.shape == (200, 64)
    assert np.corrcoef(samples.mean(axis=0), X.mean(axis=0))[0, 1] > 0.9
    assert samples.max() > 8


def test_the_seed_makes_the_features() -> None:
    first, other = rbm().fit_transform(X), rbm(random_state=6).fit_transform(X)
    np.testing.assert_array_equal(first, rbm().fit_transform(X))
    assert np.abs(first - other).max() > 0.01


def test_features_have_names() -> None:
    assert stack().fit(X).get_feature_names_out().tolist() == [f"dbntransformer{i}" for i in range(6)]


def test_a_grid_of_pipelines_finds_that_learning_helps() -> None:
    pipeline = make_pipeline(rbm(), SoftmaxRegression(weight_decay=1e-3))
    grid = GridSearchCV(pipeline, {"rbmtransformer__learning_rate": [0.0, 0.1]}, cv=3).fit(X, Y)
    assert grid.best_params_ == {"rbmtransformer__learning_rate": 0.1}
    assert grid.best_estimator_["rbmtransformer"].rbm_.n_hidden == 12


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"epochs": 0}, "layer 1 has 0 epochs"),
        ({"learning_rate": "fast"}, "cannot read the schedule"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, not 0"),
        ({"n_components": "many"}, "n_components must be a whole number, and 'many' is not"),
        ({"epochs": 1.5}, "epochs must be a whole number, and 1.5 is not"),
        ({"batch_size": True}, "batch_size must be a whole number, and True is not"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        rbm().set_params(**options).fit(X)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_learning_that_is_refused_leaves_the_features_as_they_were(method: str) -> None:
    one = RBMTransformer(5, epochs=1, random_state=0).fit(X)
    before = one.transform(X)
    with pytest.raises(DbnError, match="cannot read the schedule"):
        getattr(one.set_params(learning_rate=-1), method)(10 * X)
    np.testing.assert_array_equal(one.transform(X), before)


@pytest.mark.parametrize("make", [rbm, stack])
def test_a_partial_fit_that_diverges_changes_nothing(make: Any) -> None:
    model = make().partial_fit(X)
    net, features = model.dbn_, model.transform(X)
    with pytest.raises(DbnError, match=r"diverged|exploded"):
        model.set_params(learning_rate=100, weight_decay=0.1).partial_fit(X)
    np.testing.assert_array_equal(model.transform(X), features)
    model.set_params(**{name: make().get_params()[name] for name in ("learning_rate", "weight_decay")}).partial_fit(X)
    whole = make(epochs=2).fit(X) if make is rbm else None
    assert whole is None or model.run_.epoch == whole.run_.epoch == 2
    assert bits(net.tree()) != bits(model.dbn_.tree())  # what was kept from before is as it was


def test_sizes_that_have_changed_take_a_new_beginning() -> None:
    with pytest.raises(DbnError, match=r"the net has \(12,\) units, not \(9,\); call fit to begin anew"):
        rbm().partial_fit(X).set_params(n_components=9).partial_fit(X)


def test_options_may_be_numbers_of_numpy() -> None:
    search = GridSearchCV(rbm(), {"epochs": np.arange(1, 3), "batch_size": np.array([10])}, cv=2, scoring=lambda *_: 0)
    assert search.fit(X).best_params_["epochs"] == 1


@pytest.mark.parametrize("method", ["fit", "sample"])
def test_a_seed_is_not_negative(method: str) -> None:
    with pytest.raises(DbnError, match="random_state is a whole number from 0, and -1 is not"):
        _ = rbm(random_state=-1).fit(X) if method == "fit" else rbm().fit(X).sample(random_state=-1)
