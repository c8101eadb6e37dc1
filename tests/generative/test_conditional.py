import numpy as np
import pytest
from enumeration import Exact, binary_states
from toys import machine

from dbn.generative import conditional
from dbn.generative.rbm import RBM

GROUPS = (("softmax", 3), ("bernoulli", 4))


def labelled(dtype: type = float) -> RBM:
    return machine(*GROUPS, n_hidden=5, seed=2, scale=0.8, dtype=dtype)


def examples(n: int = 12) -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.concatenate([np.eye(3)[rng.integers(0, 3, n)], rng.uniform(size=(n, 4))], axis=1)


def flat(parts: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.concatenate([part.ravel() for part in parts])


def mean_log_p(rbm: RBM, v: np.ndarray) -> float:
    """By summing over every state of the hidden units, one label after the other."""
    h, total = binary_states(5), np.zeros((len(v), 3))
    for k, y in enumerate(np.eye(3)):
        states = np.concatenate([np.tile(y, (len(v), 1)), v[:, 3:]], axis=1)
        total[:, k] = np.exp(states @ rbm.W @ h.T + (states @ rbm.b)[:, None] + h @ rbm.c).sum(axis=1)
    return float(np.log((total * v[:, :3]).sum(axis=1) / total.sum(axis=1)).mean())


def test_label_free_energies_give_the_exact_conditional() -> None:
    rbm = labelled()
    exact = Exact(rbm)
    joint = exact.p_v.reshape(3, 16)
    F = conditional.free_energies(rbm, conditional.inputs(rbm, exact.v[:16, 3:]))
    p = np.exp(-F) / np.exp(-F).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(p, (joint / joint.sum(axis=0)).T, rtol=1e-10)


def test_the_gradient_is_that_of_the_enumerated_conditional() -> None:
    rbm, v = labelled(), examples()
    loss, found = conditional.gradient(rbm, v)
    assert loss == pytest.approx(-mean_log_p(rbm, v), rel=1e-12)
    differences = []
    for array in (rbm.W, rbm.b, rbm.c):
        for at in np.ndindex(array.shape):
            before = array[at]
            array[at] = before + 1e-5
            above = mean_log_p(rbm, v)
            array[at] = before - 1e-5
            differences.append((above - mean_log_p(rbm, v)) / 2e-5)
            array[at] = before
    np.testing.assert_allclose(flat(found), differences, atol=1e-9)
    assert not found[1][3:].any()  # what the other visible units do by themselves says nothing about the label


def test_it_is_a_difference_of_clamped_and_free_statistics() -> None:
    """⟨vhᵀ⟩ with the label of the data minus ⟨vhᵀ⟩ with labels from p(y given x): contrastive, but exact."""
    rbm = labelled()
    exact = Exact(rbm)
    x = exact.v[[1, 6, 11], 3:]
    y = np.eye(3)[[2, 0, 0]]
    clamped, free = np.zeros(len(exact.v)), np.zeros(len(exact.v))
    for label, rest in zip(y, x, strict=True):
        same = (exact.v[:, 3:] == rest).all(axis=1)
        clamped += same * (exact.v[:, :3] == label).all(axis=1) / 3
        free += same * exact.p_v / (same @ exact.p_v) / 3
    expected = exact.gradient(clamped, free)
    _, found = conditional.gradient(rbm, np.concatenate([y, x], axis=1))
    np.testing.assert_allclose(flat(found), flat(expected), atol=1e-12)


def test_single_precision_is_precise_and_stays_single() -> None:
    v = examples(40)
    _, double = conditional.gradient(labelled(), v)
    loss, single = conditional.gradient(labelled(np.float32), v.astype(np.float32))
    assert loss == pytest.approx(conditional.gradient(labelled(), v)[0], rel=1e-6)
    assert {array.dtype for array in single} == {np.dtype(np.float32)}
    np.testing.assert_allclose(flat(single), flat(double), atol=3e-7)


def test_inputs_so_large_that_exponentials_overflow_do_no_harm() -> None:
    rbm = labelled(np.float32)
    rbm.c[:] = [200, -200, 1000, -1000, 0]
    rbm.W[:3, 0] = [0, 1, 2]  # the first unit is on in any case, and each label adds its weight
    rbm.W[:3, 1:] = 0
    rbm.b[:3] = 0
    v = examples(6).astype(np.float32)
    loss, parts = conditional.gradient(rbm, v)
    p = np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum()
    assert loss == pytest.approx(-float((v[:, :3] @ np.log(p)).mean()), rel=1e-4)
    assert np.isfinite(flat(parts)).all()
    np.testing.assert_allclose(parts[0][:3, 0], v[:, :3].mean(axis=0) - p, atol=1e-4)


def test_autograd_finds_the_same_gradient() -> None:
    torch = pytest.importorskip("torch")
    rbm, v = labelled(), examples()
    W, b, c = (torch.tensor(array, requires_grad=True) for array in (rbm.W, rbm.b, rbm.c))
    y, x = torch.tensor(v[:, :3]), torch.tensor(v[:, 3:])
    inputs = (x @ W[3:] + c)[:, None, :] + W[None, :3]
    scores = b[:3] + torch.nn.functional.softplus(inputs).sum(dim=2)
    log_p = (torch.log_softmax(scores, dim=1) * y).sum(dim=1).mean()
    log_p.backward()
    loss, found = conditional.gradient(rbm, v)
    assert loss == pytest.approx(-log_p.item(), rel=1e-12)
    for ours, theirs in zip(found, (W, b, c), strict=True):
        np.testing.assert_allclose(ours, theirs.grad.numpy(), atol=1e-12)
