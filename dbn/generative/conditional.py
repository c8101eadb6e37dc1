"""What a machine with label units says of the label, given everything else: p(y given x), exactly, and its gradient.

An image clamped to the visible units leaves one state of the label units for each class, so nothing is sampled
(Larochelle & Bengio 2008, *Classification using discriminative restricted Boltzmann machines*, section 3).
"""

from __future__ import annotations

from dbn import ops
from dbn.generative import units
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array


def inputs(rbm: RBM, x: Array) -> Array:
    """Total inputs c + xW of the hidden units with all label units off: (n, other visible units) -> (n, n_hidden)."""
    a: Array = ops.of(x).affine(x, rbm.R[rbm.n_labels :], rbm.c)
    return a


def free_energies(rbm: RBM, a: Array) -> Array:
    """Free energy of each label, up to a term that all labels share: inputs a (n, n_hidden) -> (n, n_labels), float64.

    F_k = −b_k − Σ_j softplus(a_j + U_kj), U being the weights of the label units; p(y = k given x) is the softmax
    of −F.

    >>> import numpy as np
    >>> from dbn.generative.units import Group
    >>> groups = Group("softmax", 2), Group("bernoulli", 1)
    >>> rbm = RBM(np.zeros((3, 4)), np.array([0.0, 1.0, 0.0]), np.zeros(4), groups)
    >>> free_energies(rbm, inputs(rbm, np.ones((1, 1)))).round(4)
    array([[-2.7726, -3.7726]])
    """
    engine = ops.of(a)
    softplus, float64 = engine.softplus, engine.float64
    columns = [-rbm.b[k] - softplus(a + rbm.W[k]).sum(axis=1, dtype=float64)[:, None] for k in range(rbm.n_labels)]
    result: Array = engine.concatenate(columns, axis=1)
    return result


def gradient(rbm: RBM, v: Array, n: int | None = None) -> tuple[float, tuple[Array, ...]]:
    """Mean −log p(y given x), in nats, and the gradient of the mean log p(y given x) in W, b, c and z.

    With e_k = [y = k] − p(k given x) and σ_kj = σ(a_j + U_kj), the gradient is ⟨e_k⟩ in b_k, ⟨e_k σ_kj⟩ in U_kj, and,
    s_j being Σ_k e_k σ_kj, ⟨s_j⟩ in c_j and ⟨x_i s_j⟩ in W_ij; it is 0 in the biases of the other visible units. So
    it takes two matrix products, whatever the number of labels, and n · n_labels · n_hidden elementwise operations.
    Of a Gaussian unit the gradient in W_ij is 1/σ_i² times ⟨x_i s_j⟩, a factor left out as in `contrastive.gradient`,
    and that in z_i is −⟨x_i Σ_j W_ij s_j⟩ / σ_i².

    Parameters
    ----------
    rbm : RBM
        The machine; its first group of visible units are the labels.
    v : array (n, n_visible)
        Visible states, the label first: y as one unit that is on, then x.
    n : int, optional
        The mean is over so many, of which v may be a part: then the result is what these contribute.
    """
    labels, engine, n = rbm.n_labels, ops.of(v), n or len(v)
    y, x = v[:, :labels], v[:, labels:]
    a = inputs(rbm, x)
    log_p = engine.log_softmax(-free_energies(rbm, a))
    error = engine.copy((y - engine.exp(log_p)) / n, a.dtype)
    W, b, total = (engine.full(array.shape, 0, array) for array in (rbm.W, rbm.b, a))
    for k in range(labels):
        on = engine.sigmoid(a + rbm.W[k])
        on *= error[:, k, None]
        W[k] = on.sum(axis=0)
        total += on
    engine.matmul(x.T, total, out=W[labels:])
    b[:labels] = error.sum(axis=0)
    loss, ascent = -engine.number((y * log_p).sum()) / n, (W, b, total.sum(axis=0))
    if not len(rbm.z):
        return loss, ascent
    columns = units.gaussian(rbm.groups)
    z = engine.exp(-rbm.z) * -(v[:, columns] * (total @ rbm.W[columns].T)).sum(axis=0)
    return loss, (*ascent, z)
