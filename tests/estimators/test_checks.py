"""Scikit-learn's own checks, none of which is expected to fail."""

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from dbn.estimators import DBNClassifier, DBNTransformer, RBMTransformer, SoftmaxRegression

SMALL = (
    SoftmaxRegression(),
    RBMTransformer(8, epochs=2),
    DBNTransformer((8, 4), epochs=2),
    DBNClassifier((32,), epochs=5, backprop_epochs=10, batch_size=10),
    DBNClassifier((32,), method="generative", epochs=100, learning_rate="0.2>0"),
)


@parametrize_with_checks(list(SMALL))
def test_scikit_learn_finds_nothing_amiss(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([SoftmaxRegression(), RBMTransformer(), DBNTransformer(), DBNClassifier()])
def test_nor_with_nets_of_the_standard_size(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("estimator", SMALL, ids=lambda estimator: type(estimator).__name__)
def test_columns_of_data_frames_keep_their_names(estimator: Any) -> None:
    pytest.importorskip("pandas")
    from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency

    check_dataframe_column_names_consistency(type(estimator).__name__, estimator)
