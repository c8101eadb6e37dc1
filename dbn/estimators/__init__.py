"""The scikit-learn face: estimators for Pipeline and GridSearchCV, driven by the package's own learners.

In the order of what they learn: `transformers` (features: `RBMTransformer`, `DBNTransformer`; `stack` is what they
share), `classifier` (`DBNClassifier`), `softmax` (`SoftmaxRegression`); `inputs` turns scikit-learn's arrays into what
the package takes.
"""

from dbn.estimators.classifier import DBNClassifier
from dbn.estimators.softmax import SoftmaxRegression
from dbn.estimators.transformers import DBNTransformer, RBMTransformer

__all__ = ["DBNClassifier", "DBNTransformer", "RBMTransformer", "SoftmaxRegression"]
