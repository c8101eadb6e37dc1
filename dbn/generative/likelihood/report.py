"""Everything that can be said of how probable a net says images are, each figure beside that of the other side."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dbn.data.intensity import Intensity, to_visible
from dbn.errors import DbnError
from dbn.generative import units
from dbn.generative.dbn import DBN
from dbn.generative.likelihood import partition, proxies, temperatures, variational
from dbn.generative.likelihood.annealing import LogZ, Path, ais, reached, reverse_ais
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng

if TYPE_CHECKING:
    from dbn.data.dataset import Split

T = TypeVar("T")

WIDE = 1.0
"""Nats between AIS and reverse AIS from which on neither can be trusted."""

DATA = 10_000
"""Training images at most from which base rates and starts are taken."""

REACH = 1000
"""Gibbs steps from these to where reverse AIS begins."""

POSTERIOR = 20
"""Samples, for each image, of the units between the pixels and the associative memory."""

STEPS, EVERY = 1000, 10
"""Of the chains for the conservative estimate: Gibbs steps before and after the first sample, and between two."""

SIDES = {"exact": "exact", "AIS": "too high in the mean", "reverse AIS": "too low in the mean"}
BOUND_SIDES = {
    "exact": "lower bound",
    "AIS": "too high a bound in the mean",
    "reverse AIS": "too low a bound in the mean",
}
"""On which side log p(x), or the bound on it, lies of the true one, by where log Z comes from."""


@dataclass(frozen=True)
class LikelihoodConfig:
    """How to estimate.

    Parameters
    ----------
    chains, betas : int, str
        Chains side by side and their temperatures, see `temperatures.read`: by default those of Salakhutdinov &
        Murray 2008.
    intensity : {"sampled", "threshold"}
        How grey pixels become the binary ones that have a probability, once for all figures.

    Raises
    ------
    DbnError
        If pixels would not be binary, there are fewer than 2 chains, or the temperatures cannot be read.
    """

    chains: int = 100
    betas: str = "salakhutdinov"
    intensity: Intensity = "sampled"

    def __post_init__(self) -> None:
        if self.intensity not in {"sampled", "threshold"}:
            raise DbnError(
                f"{self.intensity} pixels are no states of binary units and have no probability; "
                "choose the intensity sampled or threshold"
            )
        if self.chains < 2:
            raise DbnError(f"one chain cannot tell its error; run at least 2, not {self.chains}")
        temperatures.read(self.betas)


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    quantity, method : str
        What it is of, and how it was found.
    side : str
        On which side of the true value it lies.
    nats : float
        The figure; of images, their mean.
    seconds : float
        What it cost, besides the log Z that it rests on.
    interval : (float, float), optional
        The ±3σ interval of log Z, or what it makes of the figure.
    standard_error : float, optional
        Of the mean over images.
    effective_chains : float, optional
        How many equal weights would be as good.
    """

    quantity: str
    method: str
    side: str
    nats: float
    seconds: float
    interval: tuple[float, float] | None = None
    standard_error: float | None = None
    effective_chains: float | None = None


@dataclass(frozen=True)
class Report:
    """What `measure` found.

    Attributes
    ----------
    rows : list of Row
        The figures.
    gap : float
        Reverse AIS less AIS, in nats of log Z.
    images, chains, temperatures : int
        Images judged, chains side by side, and the temperatures that each passes.
    """

    rows: list[Row]
    gap: float
    images: int
    chains: int
    temperatures: int

    @property
    def warning(self) -> str | None:
        """What is wrong with the estimates of log Z, and the remedy; None where they agree within `WIDE`.

        >>> Report([], 2.5, 100, 100, 101).warning
        'AIS and reverse AIS differ by 2.50 nats, so that neither can be trusted; take more temperatures or chains'
        """
        if abs(self.gap) <= WIDE:
            return None
        return (
            f"AIS and reverse AIS differ by {abs(self.gap):.2f} nats, so that neither can be trusted; "
            "take more temperatures or chains"
        )


def measure(dbn: DBN, train: Split, test: Split, config: LikelihoodConfig, seed: int) -> Report:
    """Tell how probable images are under a net, in every way that applies.

    log Z of the associative memory by AIS and reverse AIS, and exactly if it can be listed; by each of these log p(x),
    or its variational bound if there are layers below; the conservative estimate; and, of a single layer without
    labels, the pseudo-likelihood. Everywhere else labels are summed out.

    Parameters
    ----------
    dbn : DBN
        The net.
    train, test : Split
        Images and labels from which base rates and starts come, and those to judge.
    config : LikelihoodConfig
        How.
    seed : int
        Of every random stream.
    """
    single, log_zs = len(dbn.layers) == 1, _log_zs(dbn, train, config, seed)
    x = to_visible(test.images, config.intensity, Rng(seed, "likelihood/pixels"))
    weights, seconds = _timed(lambda: variational.bound(dbn, x, POSTERIOR, Rng(seed, "likelihood/posterior")))
    quantity, sides = ("log p(x)", SIDES) if single else ("bound on log p(x)", BOUND_SIDES)
    rows = [_of_images(quantity, row.method, sides[row.method], weights - row.nats, seconds, row) for row in log_zs]

    def conservative() -> Array:
        samples = proxies.top_down(dbn, config.chains, STEPS, STEPS, EVERY, Rng(seed, "likelihood/samples"))
        return proxies.conservative(x, samples)

    rows.append(_of_images("log p(x)", "CSL", "too low in the mean", *_timed(conservative)))
    if single and not dbn.n_classes:
        found = _timed(lambda: proxies.pseudo_log_likelihood(dbn.top, x))
        rows.append(_of_images("pseudo-log-likelihood", "exact", "no bound on log p(x)", *found))
    nats = {row.method: row.nats for row in log_zs}
    gap, passed = nats["reverse AIS"] - nats["AIS"], len(temperatures.read(config.betas))
    return Report([*log_zs, *rows], gap, len(test), config.chains, passed)


def _log_zs(dbn: DBN, train: Split, config: LikelihoodConfig, seed: int) -> list[Row]:
    """log Z of the associative memory in every way."""
    rng, top = Rng(seed, "likelihood/data"), dbn.top
    some = train[rng.permutation(len(train))[:DATA]]
    data = dbn.sample_up(to_visible(some.images, config.intensity, rng), rng)
    if dbn.n_classes:
        data = np.concatenate([ops.one_hot(some.labels, dbn.n_classes, data.dtype), data], axis=1)
    path = Path(top, units.base_rate_biases(top.groups, data.mean(axis=0)))
    starts, betas = data[np.arange(config.chains) % len(data)], temperatures.read(config.betas)

    def back() -> LogZ:
        rng = Rng(seed, "likelihood/reverse-ais")
        return reverse_ais(path, betas, reached(top, starts, REACH, rng), rng)

    rows = []
    if partition.countable(top):
        nats, seconds = _timed(lambda: partition.log_z(top))
        rows.append(Row("log Z", "exact", "exact", nats, seconds))
    forth, seconds = _timed(lambda: ais(path, betas, config.chains, Rng(seed, "likelihood/ais")))
    rows.append(_of_chains("AIS", "too low in the mean", forth, seconds))
    rows.append(_of_chains("reverse AIS", "too high in the mean", *_timed(back)))
    return rows


def _of_chains(method: str, side: str, found: LogZ, seconds: float) -> Row:
    interval = (found.low, found.high)
    return Row("log Z", method, side, found.nats, seconds, interval, effective_chains=found.effective)


def _of_images(quantity: str, method: str, side: str, logs: Array, seconds: float, log_z: Row | None = None) -> Row:
    """The mean over images of logs (n,), with what the interval of log Z makes of it."""
    mean = float(logs.mean())
    error = float(logs.std(ddof=1)) / len(logs) ** 0.5 if len(logs) > 1 else None
    interval = None
    if log_z and log_z.interval:
        low, high = (float(mean + log_z.nats - bound) for bound in log_z.interval[::-1])
        interval = low, high
    return Row(quantity, method, side, mean, seconds, interval, error)


def _timed(compute: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = compute()
    return result, time.perf_counter() - began
