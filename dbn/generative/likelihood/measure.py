"""Every way to tell how probable a net says images are, each figure beside that of the other side."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dbn.data.intensity import to_visible
from dbn.errors import DbnError
from dbn.generative import contrastive, units
from dbn.generative.dbn import DBN
from dbn.generative.likelihood import partition, posterior_chain, proxies, temperatures, variational
from dbn.generative.likelihood.annealing import LogZ, Path, ais, reverse_ais
from dbn.generative.likelihood.report import LikelihoodConfig, Report, Row
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng

if TYPE_CHECKING:
    from dbn.data.dataset import Split
    from dbn.training.progress import Progress

T = TypeVar("T")

DATA = 10_000
"""Training images at most from which base rates and starts are taken."""

REACH = 1000
"""Gibbs steps from these to where reverse AIS begins."""

POSTERIOR = 20
"""Samples, for each image, of the units between the pixels and the associative memory."""

CHAIN_IMAGES, CHAIN_STEPS = 100, 50
"""Of the posterior chain: images at most, the first of those to judge, and sweeps of each."""

STEPS, EVERY = 1000, 10
"""Of the chains for the conservative estimate: Gibbs steps before and after the first sample, and between two."""

UNLESS = ", unless its starts miss modes"
"""Under which condition the sides of reverse AIS are as said."""

SIDES = {"exact": "exact", "AIS": "too high in the mean", "reverse AIS": f"too low in the mean{UNLESS}"}
BOUND_SIDES = {
    "exact": "lower bound",
    "AIS": "too high a bound in the mean",
    "reverse AIS": f"too low a bound in the mean{UNLESS}",
}
CHAIN_SIDES = {"exact": "too low in the mean", "AIS": "on either side", "reverse AIS": f"too low in the mean{UNLESS}"}
"""On which side log p(x), the bound on it or the posterior chain's log p(x) lies, by where log Z comes from."""


def measure(
    dbn: DBN, train: Split, test: Split, config: LikelihoodConfig, seed: int, progress: Progress | None = None
) -> Report:
    """Tell how probable images are under a net, in every way that applies.

    log Z of the associative memory by AIS and reverse AIS, and exactly if it can be listed; by each of these log p(x),
    or its variational bound if there are layers below, and, of two layers without labels, what a posterior chain adds;
    the conservative estimate; and, of a single layer without labels, the pseudo-likelihood. Labels are summed out.

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
    progress : Progress, optional
        Shows the enumeration and the annealing.

    Raises
    ------
    DbnError
        If the pixels are Gaussian, or units rectified linear.
    """
    _check(dbn)
    single, log_zs = len(dbn.layers) == 1, _exactly(dbn, progress) + _annealed(dbn, train, config, seed, progress)
    x = _binary(test, config, seed)
    weights, seconds = _timed(lambda: variational.bound(dbn, x, POSTERIOR, Rng(seed, "likelihood/posterior")))
    quantity, sides = ("log p(x)", SIDES) if single else ("bound on log p(x)", BOUND_SIDES)
    rows = [_of_images(quantity, row.method, sides[row.method], weights - row.nats, seconds, row) for row in log_zs]
    if len(dbn.layers) == 2 and not dbn.n_classes:
        rows += _from_chain(dbn, x[:CHAIN_IMAGES], weights[:CHAIN_IMAGES], rows, seed)

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


def both_sides(dbn: DBN, train: Split, test: Split, config: LikelihoodConfig, seed: int) -> tuple[float, float]:
    """Mean log p(x) of images, or its variational bound, by AIS and by reverse AIS: two figures of `measure`."""
    _check(dbn)
    ais, reverse = _annealed(dbn, train, config, seed, None)
    x = _binary(test, config, seed)
    mean = float(variational.bound(dbn, x, POSTERIOR, Rng(seed, "likelihood/posterior")).mean())
    return mean - ais.nats, mean - reverse.nats


def _check(dbn: DBN) -> None:
    if dbn.gaussian:
        raise DbnError(
            "Gaussian pixels have a density, not the probability of binary ones; give a net of binary pixels"
        )
    if dbn.rectified:
        raise DbnError("rectified linear units have no log-likelihood in closed form; give a net of binary units")


def _binary(test: Split, config: LikelihoodConfig, seed: int) -> Array:
    """The one binarisation of all figures: (n, pixels)."""
    return to_visible(test.images, config.intensity, Rng(seed, "likelihood/pixels"))


def _exactly(dbn: DBN, progress: Progress | None) -> list[Row]:
    """log Z of the associative memory if it can be listed."""
    if not partition.countable(dbn.top):
        return []
    nats, seconds = _timed(lambda: partition.log_z(dbn.top, progress))
    return [Row("log Z", "exact", "exact", nats, seconds)]


def _rows(train: Split, rng: Rng) -> Array:
    """Choose `DATA` examples at random; of streamed images from no more blocks of the file than are held in memory."""
    if train.blocks is None:
        return rng.permutation(len(train))[:DATA]
    edges, held = train.blocks.edges, train.blocks.held
    blocks = rng.permutation(len(edges) - 1)[:held]
    each = math.ceil(DATA / len(blocks))
    rows = np.concatenate([edges[i] + rng.permutation(edges[i + 1] - edges[i])[:each] for i in blocks])
    return rows[rng.permutation(len(rows))][:DATA]


def _annealed(dbn: DBN, train: Split, config: LikelihoodConfig, seed: int, progress: Progress | None) -> list[Row]:
    """log Z of the associative memory from both sides: by AIS, and by reverse AIS."""
    rng, top = Rng(seed, "likelihood/data"), dbn.top
    some = train[_rows(train, rng)]
    data = dbn.sample_up(to_visible(some.images, config.intensity, rng), rng)
    if dbn.n_classes:
        data = np.concatenate([ops.one_hot(some.labels, dbn.n_classes, data.dtype), data], axis=1)
    path = Path(top, units.base_rate_biases(top.groups, data.mean(axis=0)))
    starts, betas = data[np.arange(config.chains) % len(data)], temperatures.read(config.betas)

    def back() -> LogZ:
        rng = Rng(seed, "likelihood/reverse-ais")
        reached, _ = contrastive.chain(top, starts, REACH, rng, bernoulli_means=False)
        return reverse_ais(path, betas, reached, rng, progress)

    forth = _timed(lambda: ais(path, betas, config.chains, Rng(seed, "likelihood/ais"), progress))
    return [
        _of_chains("AIS", "too low in the mean", *forth),
        _of_chains("reverse AIS", f"too high in the mean{UNLESS}", *_timed(back)),
    ]


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


def _from_chain(dbn: DBN, x: Array, bounds: Array, rows: list[Row], seed: int) -> list[Row]:
    """log p(x): the bounds of all images, raised by what the posterior chain adds to those of some x (m, pixels).

    Their errors are added as if they were independent.
    """
    logs, seconds = _timed(lambda: posterior_chain.estimate(dbn, x, CHAIN_STEPS, Rng(seed, "likelihood/chain")))
    added, mean = _of_images("", "", "", logs - bounds, seconds), float((logs - bounds).mean())
    found = []
    for row in rows:
        method, side = f"posterior chain and {row.method}", CHAIN_SIDES[row.method]
        interval = row.interval and (row.interval[0] + mean, row.interval[1] + mean)
        error = row.standard_error and added.standard_error and math.hypot(row.standard_error, added.standard_error)
        found.append(Row("log p(x)", method, side, row.nats + mean, seconds, interval, error, chain_images=len(x)))
    return found


def _timed(compute: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = compute()
    return result, time.perf_counter() - began
