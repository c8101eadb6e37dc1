"""With the same random numbers, both engines learn and anneal alike: in float64 to 1e-10."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from engines import DEVICES, replay, replayed
from toys import bars, machine, updown

from dbn import ops
from dbn.discriminative.activations import HIDDEN
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.loss import OUTPUT_OF
from dbn.discriminative.network import Network
from dbn.generative import contrastive, units, wake_sleep
from dbn.generative.cd_config import CDConfig
from dbn.generative.contrastive import CDState
from dbn.generative.dbn import DBN
from dbn.generative.likelihood.annealing import Path, ais, reverse_ais
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.ops.numpy import Rng, one_hot
from dbn.training.device import moved
from dbn.training.state import arrays, pack

pytestmark = pytest.mark.parametrize("device", DEVICES)

BINARY, LABELLED, GAUSSIAN = (("bernoulli", 9),), (("softmax", 2), ("bernoulli", 9)), (("gaussian", 9),)
RECTIFIED = (("rectified", 9),)
BATCH = 12


def alike(theirs: Any, ours: Any) -> None:
    pairs = list(zip(arrays(pack(theirs)), arrays(pack(ours)), strict=True))
    assert len(pairs) > 3
    for a, b in pairs:
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


def batches(groups: tuple[tuple[str, int], ...]) -> list[np.ndarray]:
    data = bars(5 * BATCH - 3)
    v = data.images / 255
    if groups == LABELLED:
        v = np.concatenate([one_hot(data.labels, 2, float), v], axis=1)
    return [v[at : at + BATCH] for at in range(0, len(v), BATCH)]


@pytest.mark.parametrize(
    ("groups", "options"),
    [
        (BINARY, {}),
        (BINARY, {"k": "3", "sample_visible": True, "momentum": "0.5", "weight_decay": "0.01"}),
        (LABELLED, {"k": "2", "sparsity_cost": 0.5}),
        (BINARY, {"persistent": "1", "centering": 0.01}),
        (LABELLED, {"persistent": "0,1@1", "fast_rate": "0.1", "centering": 0.1}),
        (BINARY, {"persistent": "1", "temperatures": 4, "k": "2"}),
        (LABELLED, {"persistent": "1", "temperatures": 3, "centering": 0.5}),
        (LABELLED, {"generative": "0.01", "discriminative": "1"}),
        (LABELLED, {"generative": "0", "discriminative": "1", "sparsity_cost": 0.1}),
        (GAUSSIAN, {"learning_rate": "0.01", "centering": 0.1}),
        (RECTIFIED, {"learning_rate": "0.01", "k": "2"}),
    ],
    ids=str,
)
def test_contrastive_divergence(device: str, groups: Any, options: dict[str, Any]) -> None:
    config = CDConfig(**{"epochs": 4, "learning_rate": "0.1", **options})
    rbm = machine(*groups, n_hidden=6, scale=0.5)
    rbm = replace(rbm, hidden="rectified") if groups == RECTIFIED else rbm
    ours = contrastive.init(rbm, Rng(0, "start"), config, BATCH)
    if groups != LABELLED:
        rates = np.linspace(0, 1, 9)
        contrastive.set_base_rates(ours, rates, rates, slice(None))
    theirs = replayed(ours, 1, device)
    for number, v in enumerate(batches(groups)):
        info = contrastive.step(ours, v, config, config.moment(number / 2))
        there = contrastive.step(theirs, moved(v, device), config, config.moment(number / 2))
        assert pack(there) == pytest.approx(info, abs=1e-10)
    alike(*map(learned, (theirs, ours)))


def learned(state: CDState) -> dict[str, Any]:
    return {name: part for name, part in vars(state).items() if name != "rng"}


@pytest.mark.parametrize("kind", [BINARY, GAUSSIAN, (("softmax", 3), ("bernoulli", 4)), (("softmax", 2), *GAUSSIAN)])
def test_energies_and_conditionals(device: str, kind: Any) -> None:
    ours = machine(*kind, n_hidden=4)
    theirs, rng = moved(ours, device), np.random.default_rng(0)
    v, h = rng.uniform(size=(7, ours.n_visible)), rng.integers(0, 2, (7, 4)).astype(float)
    x, y = moved((v, h), device)
    found = [m.energy(a, b) for m, a, b in ((ours, v, h), (theirs, x, y))]
    found += [m.free_energy(a) for m, a in ((ours, v), (theirs, x))]
    found += [f(a) for m, a in ((ours, h), (theirs, y)) for f in (m.free_energy_of_h, m.mean_v_from_h)]
    a, b, c, d, e, f, g, i = found
    alike((b, d, g, i), (a, c, e, f))


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("labels", [0, 2])
def test_up_down(device: str, persistent: bool, labels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = ("generative.watching", "training.mistakes")
    doubled(monkeypatch, "dbn.generative.updown.to_visible", *(f"dbn.{module}.mean_visible" for module in modules))
    groups = (("softmax", 2), ("bernoulli", 5)) if labels else (("bernoulli", 5),)
    low, middle = (machine(("bernoulli", n), n_hidden=m, seed=n, scale=0.5) for n, m in ((9, 6), (6, 5)))
    net = DBN((low, middle, machine(*groups, n_hidden=7, scale=0.5)), (3, 3))
    restart, clamped = ("1", 0.5 * bool(labels)) if persistent else ("0", 0.0)
    config = UpDownConfig(3, "0.1", "2", persistent, restart, clamped, averaging=0.9, batch_size=BATCH)
    both_learn(lambda place: UpDown(config, net, bars(), 1, bars(20, seed=9), device=place), device)


def test_only_the_chosen_chains_begin_anew(device: str) -> None:
    state = replayed(updown(batch_size=200).init(), 1, device)
    state.chains[:] = 2  # no state of a unit: those that begin anew are known by it
    chosen = Rng(1, "rng").uniform((200,)) < 0.4
    wake_sleep.restart(state, 0.4, n_classes=2)
    found = pack(state.chains)
    assert (found[~chosen] == 2).all()
    assert set(np.unique(found[chosen])) == {0, 1}


@pytest.mark.parametrize("loss", OUTPUT_OF)
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("adversarial", [0.0, 0.5])
def test_backprop(device: str, hidden: str, loss: str, adversarial: float, monkeypatch: pytest.MonkeyPatch) -> None:
    doubled(monkeypatch, *(f"dbn.discriminative.backprop.{name}_visible" for name in ("to", "mean")))
    rng = np.random.default_rng(0)
    weights = tuple(rng.normal(scale=0.5, size=size) for size in ((9, 6), (6, 5), (5, 2)))
    net = Network(weights, tuple(rng.normal(size=len(W.T)) for W in weights), (hidden, hidden, OUTPUT_OF[loss]))
    config = BackpropConfig(3, BATCH, weight_decay=0.01, dropout=0.2, loss=loss, adversarial=adversarial)
    both_learn(lambda place: Backprop(config, net, bars(), 1, bars(20, seed=9), device=place), device)


def doubled(monkeypatch: pytest.MonkeyPatch, *functions: str) -> None:
    """Let the pixels that a learner sees be float64, and so all that it computes."""
    for function in functions:
        monkeypatch.setattr(function, lambda images, *_: ops.of(images).copy(images, ops.of(images).float64) / 255)


def both_learn(learner: Callable[[str], Any], device: str) -> None:
    """Let a learner learn on both engines, with the same numbers; their weights and metrics stay alike."""
    here, there = learner("cpu"), learner(device)
    ours = here.init()
    theirs = replayed(ours, 1, device)
    for epoch in range(here.epochs):
        order = here.order(epoch)
        assert pack(there.order(epoch)).tolist() == order.tolist()
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            metrics = here.step(ours, rows, here.moment(epoch + at / len(order)))
            found = pack(there.step(theirs, moved(rows, device), there.moment(epoch + at / len(order))))
            assert found == pytest.approx(metrics, abs=1e-10)
        assert there.end_epoch(theirs, epoch) == pytest.approx(here.end_epoch(ours, epoch), abs=1e-10)
    alike(there.parameters(theirs), here.parameters(ours))
    alike(there.model(theirs).tree(), here.model(ours).tree())


@pytest.mark.parametrize("groups", [BINARY, LABELLED])
def test_annealed_importance_sampling(device: str, groups: Any) -> None:
    rbm, betas = machine(*groups, n_hidden=5), np.linspace(0, 1, 51)
    ours = Path(rbm, units.base_rate_biases(rbm.groups, np.linspace(0.1, 0.9, rbm.n_visible)))
    theirs = moved(ours, device)
    starts = ours.start(20, Rng(0, "starts"))
    forth, back = ais(ours, betas, 20, Rng(0, "ais")), reverse_ais(ours, betas, starts, Rng(0, "back"))
    assert vars(ais(theirs, betas, 20, replay(0, "ais", device))) == pytest.approx(vars(forth), abs=1e-10)
    found = reverse_ais(theirs, betas, moved(starts, device), replay(0, "back", device))
    assert vars(found) == pytest.approx(vars(back), abs=1e-10)
