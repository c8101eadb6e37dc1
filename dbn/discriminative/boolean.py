"""Boolean functions as nets of threshold units: two layers represent every one of them exactly.

The price is hidden units: a unit for each row of the truth table that is 1, so up to 2ⁿ⁻¹ for n inputs if the output
may be negated. Parity needs that many in this form. Some functions need exponentially many in every form (`fewest`),
although parity does not (`parity_by_counting`).
"""

from __future__ import annotations

from itertools import count

import numpy as np

from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.ops.numpy import Array

THRESHOLD = ("threshold", "threshold")


def inputs(n: int) -> Array:
    """All states of n binary inputs, as a truth table lists them: (2ⁿ, n).

    >>> inputs(2)
    array([[0., 0.],
           [0., 1.],
           [1., 0.],
           [1., 1.]])
    """
    return (np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1).astype(float)


def every_function(n: int) -> Array:
    """The truth tables of all Boolean functions of n inputs, four at most: (2ⁿ, 2^(2ⁿ)), of 0 and 1; DbnError for more.

    >>> every_function(1)
    array([[0, 0, 1, 1],
           [0, 1, 0, 1]])
    """
    if n > 4:
        raise DbnError(f"there are 2^(2^{n}) functions of {n} inputs, too many to list; take 4 inputs at most")
    return np.arange(2 ** (2**n)) >> np.arange(2**n)[::-1, None] & 1


def parity(n: int) -> Array:
    """The truth table of the parity of n inputs: (2ⁿ,).

    >>> parity(2)
    array([0, 1, 1, 0])
    """
    result: Array = inputs(n).sum(axis=1).astype(int) % 2
    return result


def exact_net(table: Array) -> Network:
    """Represent Boolean functions by two layers of threshold units, exactly.

    A hidden unit recognises one state m of the inputs: Σ_i (2 m_i − 1) x_i − Σ_i m_i + ½ is ½ for x = m and at most −½
    for every other x. An output unit is 1 if one of its hidden units is on, or, where fewer rows are 0 than 1, if none
    of those that recognise the zeros is.

    Parameters
    ----------
    table : array (2ⁿ,) or (2ⁿ, functions)
        Truth tables, in the order of `inputs`. Functions in one net share hidden units.

    Raises
    ------
    DbnError
        If a table is not 2ⁿ numbers that are 0 or 1.

    >>> net = exact_net(parity(2))
    >>> net.sizes, net.outputs(inputs(2)).ravel()
    ((2, 2, 1), array([0., 1., 1., 0.]))
    """
    rows = len(table)
    n = rows.bit_length() - 1
    if rows != 2**n or not np.isin(table, (0, 1)).all():
        raise DbnError(
            f"a truth table has a 0 or 1 for each of the 2ⁿ states of n inputs; these {rows} numbers are none"
        )
    columns = table.reshape(rows, -1)
    negated = columns.sum(axis=0) > rows / 2
    recognised = columns != negated
    states = inputs(n)[recognised.any(axis=1)]
    signs = 1 - 2 * negated.astype(float)
    return Network(
        (2 * states.T - 1, recognised[recognised.any(axis=1)] * signs),
        (0.5 - states.sum(axis=1), -0.5 * signs),
        THRESHOLD,
    )


def hidden_units(table: Array) -> Array:
    """Hidden units that each function needs in `exact_net`: (2ⁿ,) or (2ⁿ, functions) -> () or (functions,).

    >>> [int(hidden_units(parity(n))) for n in range(1, 6)]
    [1, 2, 4, 8, 16]
    """
    ones = table.sum(axis=0)
    result: Array = np.minimum(ones, len(table) - ones)
    return result


def parity_by_counting(n: int) -> Network:
    """Parity with n hidden units: unit j is on if at least j inputs are, and the output adds them with + and − in turn.

    >>> parity_by_counting(3).sizes
    (3, 3, 1)
    """
    j = np.arange(1, n + 1)
    return Network((np.ones((n, n)), (-1.0) ** (j[:, None] + 1)), (0.5 - j, np.array([-0.5])), THRESHOLD)


def fewest(n: int) -> int:
    """Hidden threshold units without which some function of n inputs cannot be represented, whatever the weights.

    n inputs, two or more, have at most 2^(n²) threshold functions (T. Cover 1965, *Geometrical and statistical
    properties of systems of linear inequalities*), so that nets of k hidden units make at most 2^(k n² + k²) functions,
    and there are 2^(2ⁿ).

    >>> [fewest(n) for n in (2, 8, 16, 20)]
    [1, 4, 159, 844]
    """
    return next(k for k in count(1) if k * n**2 + k**2 >= 2**n)


def xor_by_hand(units: str = "threshold", steepness: float = 1.0) -> Network:
    """XOR with weights set by hand: "one or the other" (x1 + x2 > ½) and "not both" (x1 + x2 > 1½).

    Parameters
    ----------
    units : {"threshold", "sigmoid"}
        Kind of all units.
    steepness : float
        Multiplies all weights and biases: the larger, the nearer are sigmoid units to threshold units.

    >>> xor_by_hand().outputs(inputs(2)).ravel()
    array([0., 1., 1., 0.])
    """
    weights = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [-1.0]])
    biases = np.array([-0.5, -1.5]), np.array([-0.5])
    return Network(tuple(steepness * W for W in weights), tuple(steepness * b for b in biases), (units, units))
