"""Annealed importance sampling: log Z from below, and from above by the way back.

Neal 2001, *Annealed importance sampling*; Salakhutdinov & Murray 2008, *On the quantitative analysis of deep belief
networks*; the way back from samples of the model as in Grosse, Ghahramani & Adams 2015, *Sandwiching the marginal
likelihood using bidirectional Monte Carlo*.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dbn import ops
from dbn.errors import DbnError
from dbn.generative import units
from dbn.generative.likelihood import temperatures
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array, Rng
from dbn.training.progress import Progress


@dataclass(frozen=True)
class LogZ:
    """An estimate of log Z, in nats.

    Attributes
    ----------
    nats : float
        The estimate.
    low, high : float
        Its ±3σ interval, the mean weight being Gaussian with the spread of the weights;
        infinite where 3σ is more than the mean itself.
    effective : float
        How many equal weights would be as good: (Σw)² / Σw², from 1 to the number of chains.
    """

    nats: float
    low: float
    high: float
    effective: float


@dataclass(frozen=True)
class Path:
    """p_β(v) ∝ e^((1 − β) aᵀv + β bᵀv) Π_j (1 + e^(β(c_j + Σ_i v_i W_ij))): from independent units to the machine.

    Parameters
    ----------
    rbm : RBM
        The machine, at β = 1.
    base : array (n_visible,)
        Visible biases a of the machine at β = 0, which has neither weights nor hidden biases; best those of the
        data's base rates, `units.base_rate_biases`. Of the dtype of the machine.

    Raises
    ------
    DbnError
        If there is not one bias for each visible unit, or units are Gaussian or rectified linear.
    """

    rbm: RBM
    base: Array

    def __post_init__(self) -> None:
        self.rbm.refuse_rectified()
        if len(self.rbm.z):
            raise DbnError("chains at other temperatures need binary pixels, and these are Gaussian; train without")
        if self.base.shape != self.rbm.b.shape:
            raise DbnError(
                f"the machine has {self.rbm.n_visible} visible units, and {self.base.shape} base-rate biases do not "
                "fit; give one for each"
            )

    @property
    def log_z_base(self) -> float:
        """log Z at β = 0."""
        engine = ops.of(self.base)
        b = engine.copy(self.base, engine.float64)
        off = engine.full((1, 1), 0, b)
        start = RBM(engine.full((len(b), 1), 0, b), b, off[0], self.rbm.groups)
        return float(-start.free_energy_of_h(off)[0]) + self.rbm.n_hidden * math.log(2)

    def start(self, n: int, rng: Rng) -> Array:
        """Independent samples at β = 0: (n, n_visible)."""
        return units.sample(self.rbm.groups, ops.of(self.base).full((n, len(self.base)), 0, self.base) + self.base, rng)

    def log_ratio(self, v: Array, a: Array, old: float, new: float) -> Array:
        """log p*(v) at β = new less that at β = old, given a = vW + c (n, n_hidden): (n,), float64."""
        engine = ops.of(a)
        hidden = (engine.softplus(new * a) - engine.softplus(old * a)).sum(axis=1, dtype=engine.float64)
        result: Array = (new - old) * (v @ (self.rbm.b - self.base)) + hidden
        return result

    def slope(self, v: Array, a: Array, h: Array) -> Array:
        """d log p*_β(v, h) / dβ, at every β, given a = vW + c (n, n_hidden) and h (n, n_hidden): (n,)."""
        result: Array = v @ (self.rbm.b - self.base) + (a * h).sum(axis=1)
        return result

    def up(self, a: Array, beta: float | Array, rng: Rng) -> Array:
        """Hidden states at β, or at a β (n, 1) for each row, given a = vW + c: (n, n_hidden) -> same."""
        return rng.bernoulli(ops.of(a).sigmoid(beta * a))

    def down(self, h: Array, beta: float | Array, rng: Rng) -> Array:
        """Visible states at β, or at a β (n, 1) for each row, given h: (n, n_hidden) -> (n, n_visible)."""
        a = self.rbm.inputs_to_v(h)
        a *= beta
        a += (1 - beta) * self.base
        return units.sample(self.rbm.groups, a, rng)

    def move(self, a: Array, beta: float, rng: Rng) -> Array:
        """One full Gibbs step v → h → v at β, which leaves p_β as it is, given a = vW + c: (n, n_visible)."""
        return self.down(self.up(a, beta, rng), beta, rng)

    def log_weights(self, betas: Array, v: Array, rng: Rng, tick: Callable[[], object] = lambda: None) -> Array:
        """Log importance weights of chains that begin at v and pass the given β, up or down: (n,), float64.

        If v are samples at the first β, the mean weight is Z at the last over Z at the first, whatever the β between.
        `tick` is called after each step.
        """
        engine = ops.of(v)
        total: Array = engine.copy(engine.full((len(v),), 0, v), engine.float64)
        for old, new in pairwise(betas.tolist()):
            a = engine.affine(v, self.rbm.W, self.rbm.c)
            total += self.log_ratio(v, a, old, new)
            v = self.move(a, new, rng)
            tick()
        return total


def ais(path: Path, betas: Array, chains: int, rng: Rng, progress: Progress | None = None) -> LogZ:
    """Estimate log Z from chains that go from the base rates to the machine.

    The mean weight is unbiased for Z, so that its logarithm is, in the mean, too *low*: log p comes out too high.

    Parameters
    ----------
    path : Path
        From the base rates to the machine.
    betas : array (steps + 1,)
        Inverse temperatures that rise from 0 to 1; see `temperatures`.
    chains : int
        Chains side by side, at least 2.
    rng : Rng
        Draws everything.
    progress : Progress, optional
        Shows the steps.

    Raises
    ------
    DbnError
        If there are fewer than 2 chains, or the temperatures do not rise from 0 to 1.

    >>> rbm = RBM(np.ones((2, 1)), np.zeros(2), np.zeros(1), (units.Group("bernoulli", 2),))
    >>> found = ais(Path(rbm, np.zeros(2)), np.linspace(0, 1, 11), 1000, Rng(0, "ais"))
    >>> round(found.nats, 1), round(float(np.log(4 + 1 + 2 * np.e + np.e**2)), 1)
    (2.9, 2.9)
    """
    _check(betas, chains)
    log_w = _shown(path, "AIS", betas, path.start(chains, rng), rng, progress)
    log_mean, low, high, effective = _log_mean(log_w)
    at = path.log_z_base
    return LogZ(at + log_mean, at + low, at + high, effective)


def reverse_ais(path: Path, betas: Array, starts: Array, rng: Rng, progress: Progress | None = None) -> LogZ:
    """Estimate log Z from chains that go from the machine to the base rates.

    The mean weight is unbiased for 1/Z if `starts` are samples of the machine, so that log Z is, in the mean, too
    *high* and log p too low. That they are samples is the assumption.

    Parameters
    ----------
    path, betas, rng, progress
        As for `ais`; the temperatures are passed downwards.
    starts : array (chains, n_visible)
        Where chains begin, at least 2.

    Raises
    ------
    DbnError
        As for `ais`.
    """
    _check(betas, len(starts))
    log_mean, low, high, effective = _log_mean(_shown(path, "reverse AIS", betas[::-1], starts, rng, progress))
    at = path.log_z_base
    return LogZ(at - log_mean, at - high, at - low, effective)


def _shown(path: Path, name: str, betas: Array, v: Array, rng: Rng, progress: Progress | None) -> Array:
    """The log weights of a path (n,), with a bar meanwhile."""
    with (progress or Progress()).shown(name, len(betas) - 1, "step") as bar:
        return path.log_weights(betas, v, rng, bar.update)


def _log_mean(log_w: Array) -> tuple[float, float, float, float]:
    """log w̄, log(w̄ − 3s), log(w̄ + 3s) with s the standard error of the mean w̄, and the effective number."""
    log_w = ops.of(log_w).to_numpy(log_w)
    top = log_w.max()
    w = np.exp(log_w - top)
    mean, error = float(w.mean()), float(w.std(ddof=1)) / math.sqrt(len(w))
    low = math.log(mean - 3 * error) if mean > 3 * error else -math.inf
    shift = float(top)
    return shift + math.log(mean), shift + low, shift + math.log(mean + 3 * error), float(w.sum() ** 2 / (w**2).sum())


def _check(betas: Array, chains: int) -> None:
    temperatures.check(betas)
    if chains < 2:
        raise DbnError(f"annealed importance sampling needs at least 2 chains to tell its error, not {chains}")
