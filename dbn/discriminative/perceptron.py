"""The perceptron: one unit that says −1 or +1, its rule, and exactly which problems it can solve.

F. Rosenblatt 1958, *The perceptron*. That no perceptron computes XOR: M. Minsky & S. Papert 1969, *Perceptrons*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng


@dataclass(frozen=True, eq=False)
class Perceptron:
    """y = sign(θ·x + θ0), which is −1 or +1; on the line itself, where the sign is 0, it says −1.

    Parameters
    ----------
    theta : array (d,)
        θ.
    theta0 : float
        θ0.

    >>> Perceptron(np.array([1.0, 1.0]), -1.5).predict(np.array([[1, 1], [1, 0]]))
    array([ 1, -1])
    """

    theta: Array
    theta0: float

    def predict(self, x: Array) -> Array:
        """Classes of examples: (n, d) -> int (n,)."""
        return np.where(x @ self.theta + self.theta0 > 0, 1, -1)

    def margin(self, x: Array, y: Array) -> float:
        """How far the worst example is on its own side: (n, d), (n,) -> min y (θ·x + θ0) / |(θ, θ0)|.

        That is a distance in the space of (x, 1). It is positive only if all examples are classified correctly. Where
        θ and θ0 are 0, there are no sides: DbnError.
        """
        if not (self.theta.any() or self.theta0):
            raise DbnError("a perceptron whose weights are all 0 has no sides, and so no margin; let it learn first")
        length = np.sqrt(self.theta @ self.theta + self.theta0**2)
        return float((y * (x @ self.theta + self.theta0)).min() / length)


@dataclass(frozen=True)
class Learned:
    """What the rule came to.

    Parameters
    ----------
    perceptron : Perceptron
        After the last epoch.
    mistakes : tuple of int
        Corrections made in each epoch.
    path : array (all corrections, d + 1)
        θ and θ0 after each.
    """

    perceptron: Perceptron
    mistakes: tuple[int, ...]
    path: Array

    @property
    def separated(self) -> bool:
        """Whether the last epoch went by without a mistake, so that learning has ended by itself."""
        return self.mistakes[-1] == 0


def learn(x: Array, y: Array, epochs: int, rng: Rng | None = None) -> Learned:
    """Learn by the perceptron rule: at each mistake, y (θ·x + θ0) ≤ 0, add y x to θ and y to θ0; start from 0.

    It ends after the first epoch without a mistake. One comes if any perceptron separates the classes (see
    `most_mistakes`); if none does, there is a mistake in every epoch, however many there are.

    Parameters
    ----------
    x : array (n, d)
        Examples.
    y : array (n,)
        Their classes, −1 or +1.
    epochs : int
        The most passes over the examples.
    rng : Rng, optional
        Shuffles them in each epoch.

    Raises
    ------
    DbnError
        If a class is neither −1 nor +1, there is not one for each example, or there is no epoch.

    >>> x = np.array([[1, 1], [1, 0], [0, 1], [0, 0]])
    >>> learn(x, np.array([1, 1, 1, -1]), epochs=100).separated, learn(x, np.array([-1, 1, 1, -1]), 100).separated
    (True, False)
    """
    if epochs < 1 or len(x) != len(y) or not np.isin(y, (-1, 1)).all():
        raise DbnError("the perceptron rule needs at least one epoch, and of each example a class that is −1 or +1")
    theta, theta0, counts, path = np.zeros(x.shape[1]), 0.0, [], []
    for _ in range(epochs):
        mistakes = 0
        for i in range(len(x)) if rng is None else rng.permutation(len(x)):
            if y[i] * (theta @ x[i] + theta0) <= 0:
                theta += y[i] * x[i]
                theta0 += y[i]
                path.append([*theta, theta0])
                mistakes += 1
        counts.append(mistakes)
        if not mistakes:
            break
    return Learned(Perceptron(theta, float(theta0)), tuple(counts), np.array(path))


def most_mistakes(x: Array, y: Array, separator: Perceptron) -> float:
    """Return Novikoff's bound (R / γ)² on all mistakes that the rule ever makes, in whatever order.

    R is the length of the longest (x, 1), and γ the margin of any perceptron that separates the classes. A. Novikoff
    1962, *On convergence proofs on perceptrons*.

    Raises
    ------
    DbnError
        If `separator` does not separate them.

    >>> most_mistakes(np.array([[1.0], [-1.0]]), np.array([1, -1]), Perceptron(np.array([1.0]), 0.0))
    2.0
    """
    margin = separator.margin(x, y)
    if not margin > 0:
        raise DbnError("the bound needs a perceptron that separates the classes; find one with `separator`")
    return float((np.square(x, dtype=float).sum(axis=1).max() + 1) / margin**2)


def separator(x: Array, y: Array) -> Perceptron | None:
    """Find θ, θ0 with y (θ·x + θ0) ≥ 1 for every example, by linear programming; None if there are none.

    >>> x = np.array([[1, 1], [1, 0], [0, 1], [0, 0]])
    >>> separator(x, np.array([-1, 1, 1, -1])) is None
    True
    """
    from scipy.optimize import linprog  # slow to import

    signed = y[:, None] * np.column_stack([x, np.ones(len(x))])
    found = linprog(np.zeros(signed.shape[1]), A_ub=-signed, b_ub=-np.ones(len(x)), bounds=(None, None))
    return Perceptron(found.x[:-1], float(found.x[-1])) if found.status == 0 else None


def contradiction(x: Array, y: Array) -> Array | None:
    """Prove that no perceptron separates the classes: (n, d), (n,) -> (n,); None if one does.

    The proof is λ ≥ 0 with Σ λ = 1 and Σ_i λ_i y_i (x_i, 1) = 0. A separating θ, θ0 would make each
    y_i (θ·x_i + θ0) positive, and so their mean by λ, which is θ·0 + θ0 0 = 0. Either this λ or a separator exists,
    never both (P. Gordan 1873).

    >>> x = np.array([[1, 1], [1, 0], [0, 1], [0, 0]])
    >>> contradiction(x, np.array([-1, 1, 1, -1]))
    array([0.25, 0.25, 0.25, 0.25])
    """
    from scipy.optimize import linprog

    signed = y[:, None] * np.column_stack([x, np.ones(len(x))])
    sums = np.vstack([signed.T, np.ones(len(x))])
    found = linprog(np.zeros(len(x)), A_eq=sums, b_eq=np.eye(len(sums))[-1], bounds=(0, None))
    proof: Array | None = found.x if found.status == 0 else None
    return proof
