"""Fast weights: what they learn, that they fade, in which machine the chains run, and what they are for."""

import numpy as np
import pytest
from enumeration import Exact
from toys import machine

from dbn.generative import contrastive
from dbn.generative.cd_config import CDConfig
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Rng

SHAPE = (("softmax", 3), ("bernoulli", 2))


def test_three_updates_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    ran, gradients = [], []
    chain, gradient = contrastive.chain, contrastive.gradient

    def noted_chain(rbm: RBM, *args: object, **options: object) -> tuple[np.ndarray, np.ndarray]:
        ran.append(rbm)
        return chain(rbm, *args, **options)  # type: ignore[arg-type]

    def noted_gradient(*statistics: np.ndarray, **sizes: tuple[int, int]) -> contrastive.Gradient:
        gradients.append([part.copy() for part in gradient(*statistics, **sizes)])
        return gradient(*statistics, **sizes)

    monkeypatch.setattr(contrastive, "chain", noted_chain)
    monkeypatch.setattr(contrastive, "gradient", noted_gradient)
    rbm = machine(*SHAPE, seed=1)
    v = Exact(rbm).v[[0, 3, 7]]
    config = CDConfig(epochs=3, momentum="0", weight_decay="0", persistent="0,1@1", fast_rate="0.5,0@2")
    state = contrastive.init(rbm, Rng(0, "cd"), config, 3)
    fast, slow = [np.zeros_like(part) for part in (rbm.W, rbm.b, rbm.c)], [rbm.W.copy(), rbm.b.copy(), rbm.c.copy()]
    for epoch, rate in enumerate((0, 0.5, 0)):
        contrastive.step(state, v, config, config.moment(float(epoch)))
        if not epoch:  # the chain ran in the machine itself, which has moved on
            ran[-1] = RBM(*slow, rbm.groups)
        for there, part, more in zip((ran[-1].W, ran[-1].b, ran[-1].c), slow, fast, strict=True):
            np.testing.assert_allclose(there, part + more, atol=1e-14)
        slow = [part + 0.1 * ascent for part, ascent in zip(slow, gradients[-1], strict=True)]
        fast = [0.95 * part + rate * ascent for part, ascent in zip(fast, gradients[-1], strict=True)]
        for found, expected in zip(state.fast, fast, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-15)
        for found, expected in zip((rbm.W, rbm.b, rbm.c), slow, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-14)


def test_chains_leave_the_mode_in_which_gibbs_sampling_stays() -> None:
    """Four units all on or all off: the data have both, the chains begin in one, and nothing slow is learned."""
    visited = []
    for rate in ("0", "1"):
        rbm = machine(("bernoulli", 4), n_hidden=3)
        rbm.W[:] = 6.0
        rbm.b[:], rbm.c[:] = -9.0, -12.0
        config = CDConfig(learning_rate="0", weight_decay="0", persistent="1", fast_rate=rate)
        state = contrastive.init(rbm, Rng(0, "cd"), config, 50)
        state.chains[:] = 0
        v = np.repeat([[0.0], [1.0]], 25, axis=0).repeat(4, axis=1)
        on = []
        for _ in range(100):
            contrastive.step(state, v, config, config.moment(0.0))
            on.append(state.chains.mean())
        visited.append(max(on))
        np.testing.assert_array_equal(rbm.W, np.full((4, 3), 6.0))
    assert visited[0] < 0.05
    assert visited[1] > 0.5
