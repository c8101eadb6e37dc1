import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from enumeration import Exact
from toys import Counted, bars, machine, pretrained

from dbn.data.dataset import Split
from dbn.data.intensity import to_visible
from dbn.data.streamed import stream
from dbn.errors import DbnError
from dbn.generative import bound as table
from dbn.generative import exact as exact_tables
from dbn.generative.dbn import DBN
from dbn.generative.likelihood import measure as measuring
from dbn.generative.likelihood import posterior_chain, variational
from dbn.generative.likelihood.measure import UNLESS, measure
from dbn.generative.likelihood.report import LikelihoodConfig, Report, Row
from dbn.ops.numpy import Rng

QUICK = LikelihoodConfig(chains=50, betas="50", intensity="threshold")


def single(labels: int = 0) -> DBN:
    groups = (("softmax", labels), ("bernoulli", 9)) if labels else (("bernoulli", 9),)
    return DBN((machine(*groups, n_hidden=5, seed=3, dtype=np.float32),), (3, 3))


def rows(report: Report) -> dict[tuple[str, str], Row]:
    return {(row.quantity, row.method): row for row in report.rows}


@pytest.mark.parametrize("labels", [0, 2])
def test_a_machine_has_its_likelihood_from_both_sides(labels: int) -> None:
    net, test = single(labels), bars(40, seed=5)
    report = measure(net, bars(60), test, QUICK, seed=1)
    found, oracle = rows(report), Exact(net.top)
    assert found["log Z", "exact"].nats == pytest.approx(oracle.log_z, rel=1e-12)
    v = to_visible(test.images, "threshold", None)
    index = (v @ 2 ** np.arange(9)[::-1]).astype(int)
    p = oracle.p_v.reshape(2, 512).sum(axis=0) if labels else oracle.p_v
    exact = found["log p(x)", "exact"]
    logs = np.log(p[index])
    assert exact.nats == pytest.approx(logs.mean(), rel=1e-9)
    assert exact.standard_error == pytest.approx(logs.std(ddof=1) / np.sqrt(40), rel=1e-9)
    for method, side, other in (
        ("AIS", "too low in the mean", "too high in the mean"),
        ("reverse AIS", f"too high in the mean{UNLESS}", f"too low in the mean{UNLESS}"),
    ):
        log_z, log_p = found["log Z", method], found["log p(x)", method]
        assert (log_z.side, log_p.side) == (side, other)
        assert log_z.interval is not None
        assert log_p.interval is not None
        assert log_z.interval[0] <= oracle.log_z <= log_z.interval[1]
        assert log_p.interval[0] <= exact.nats <= log_p.interval[1]
        assert log_p.nats + log_z.nats == pytest.approx(exact.nats + oracle.log_z)
        assert np.ptp(log_p.interval) == pytest.approx(np.ptp(log_z.interval))
    assert report.gap == found["log Z", "reverse AIS"].nats - found["log Z", "AIS"].nats
    assert found["log p(x)", "CSL"].nats == pytest.approx(exact.nats, abs=0.5)
    assert (("pseudo-log-likelihood", "exact") in found) == (not labels)
    assert (report.images, report.chains, report.temperatures, report.warning) == (40, 50, 51, None)


@pytest.mark.parametrize("labels", [0, 2])
def test_a_deeper_net_has_a_bound(labels: int) -> None:
    net, test = pretrained(labels), bars(200, seed=5)
    found = rows(measure(net, bars(60), test, QUICK, seed=1))
    x = to_visible(test.images, "threshold", None)
    expected = variational.bound(net, np.tile(x, (50, 1)), 1, Rng(9, "q")).mean() - Exact(net.top).log_z
    bound = found["bound on log p(x)", "exact"]
    assert bound.nats == pytest.approx(expected, abs=0.05)
    assert bound.side == "lower bound"
    assert found["bound on log p(x)", "AIS"].side == "too high a bound in the mean"
    assert found["log p(x)", "CSL"].nats > bound.nats - 0.1  # with 10,000 samples next to log p(x), which is higher
    chain = found.get(("log p(x)", "posterior chain and exact"))
    assert (chain is None) == bool(labels)
    if chain:
        true = table.log_likelihood(net.layers[0], exact_tables.log_p_v(net.top))
        expected = true[(x @ 2 ** np.arange(9)[::-1]).astype(int)].mean()
        assert bound.nats < chain.nats == pytest.approx(expected, abs=0.05)
        assert chain.standard_error > bound.standard_error
        assert found["log p(x)", "posterior chain and AIS"].side == "on either side"
        assert {row.chain_images for row in found.values()} == {None, 100}
    assert ("log p(x)", "exact") not in found
    assert ("pseudo-log-likelihood", "exact") not in found


def test_one_seed_gives_one_report_and_the_pixels_are_drawn_by_it() -> None:
    def nats(seed: int) -> list[float]:
        config = LikelihoodConfig(chains=10, betas="10", intensity="sampled")
        return [row.nats for row in measure(single(), bars(60), bars(40, seed=5), config, seed).rows]

    assert nats(1) == nats(1)
    assert nats(1)[3] != nats(2)[3]  # log p(x), exact


def test_a_wide_gap_is_warned_about() -> None:
    groups = (("bernoulli", 9),)
    W = 6 * np.random.default_rng(0).normal(size=(9, 6))
    rbm = machine(*groups, n_hidden=6)
    rbm.W[:], rbm.b[:], rbm.c[:] = W, -W.sum(axis=1) / 2, -W.sum(axis=0) / 2
    noise = Split(np.random.default_rng(1).integers(0, 256, (50, 9)).astype(np.uint8), np.zeros(50, np.int64))
    report = measure(DBN((rbm,), (3, 3)), noise, noise, LikelihoodConfig(chains=3, betas="1"), seed=0)
    assert report.gap > 1
    assert report.warning == (
        f"AIS and reverse AIS differ by {report.gap:.2f} nats, so that neither can be trusted; "
        "take more temperatures or chains"
    )


def test_an_exact_log_z_outside_an_interval_is_warned_of() -> None:
    def warning(exact: float | None, ais: tuple[float, float] = (4, 6), reverse: tuple[float, float] = (5, 7)) -> Any:
        known = [] if exact is None else [Row("log Z", "exact", "exact", exact, 0.1)]
        sides = [Row("log Z", "AIS", "", 5, 0.1, ais), Row("log Z", "reverse AIS", "", 6, 0.1, reverse)]
        # What the intervals of log Z make of the figures of images are no intervals of log Z.
        return Report([*known, *sides, Row("log p(x)", "AIS", "", -9, 0.1, (-10, -8))], 1, 10, 100, 11).warning

    assert warning(None) is None
    assert warning(5) is warning(6) is None
    assert warning(6.01) == (
        "the exact log Z lies outside the ±3σ interval of AIS, whose chains miss or misjudge a part of the "
        "probability; take the exact figure"
    )
    assert "interval of reverse AIS, whose" in warning(4.99)
    assert "interval of AIS and of reverse AIS, whose" in warning(7.5)
    assert "interval of AIS and of reverse AIS, whose" in warning(3)
    assert warning(9, (4, math.inf), (-math.inf, 9)) is None


def test_a_part_of_the_probability_that_no_chain_comes_upon_is_warned_of() -> None:
    rbm = machine(("bernoulli", 9), n_hidden=5)
    # Two modes, all units off or, e⁸ times as probable, all on; the data and their base rates know the first alone.
    rbm.W[:], rbm.b[:], rbm.c[:] = 3, -8, -11
    off = Split(np.zeros((50, 9), np.uint8), np.zeros(50, np.int64))
    report = measure(DBN((rbm,), (3, 3)), off, off, LikelihoodConfig(chains=20, betas="100", intensity="threshold"), 0)
    found = rows(report)
    assert abs(report.gap) < 0.1
    assert found["log Z", "exact"].nats > found["log Z", "AIS"].nats + 5
    assert str(report.warning).startswith("the exact log Z lies outside the ±3σ interval of AIS and of reverse AIS, ")


def test_one_image_has_no_standard_error_and_few_data_are_starts_for_many_chains() -> None:
    report = measure(single(), bars(3), bars(1), QUICK, seed=0)
    assert rows(report)["log p(x)", "exact"].standard_error is None
    assert report.chains == 50


def test_the_listing_is_shown_like_the_annealing() -> None:
    progress = Counted()
    measure(single(), bars(60), bars(5), QUICK, seed=0, progress=progress)
    assert progress.bars == [["exact log Z", 1, 1], ["AIS", 50, 50], ["reverse AIS", 50, 50]]


def test_what_has_no_probability_is_refused() -> None:
    with pytest.raises(DbnError, match="real pixels are no states of binary units and have no probability; choose"):
        LikelihoodConfig(intensity="real")
    with pytest.raises(DbnError, match="run at least 2, not 1"):
        LikelihoodConfig(chains=1)
    with pytest.raises(DbnError, match="no temperatures 'cold'"):
        LikelihoodConfig(betas="cold")


def test_one_chain_that_outweighs_all_others_is_warned_of() -> None:
    def report(effective: float, chains: int = 100) -> Report:
        rows = [Row("log Z", "AIS", "", 5.0, 0.1, effective_chains=effective), Row("log p(x)", "AIS", "", -9.0, 0.1)]
        return Report(rows, 0.5, 10, chains, 11)

    assert report(2.5).warning is None
    assert report(1.5).warning == (
        "AIS rests on as good as 1.5 of 100 chains, which its interval cannot tell; take more temperatures or chains"
    )


@pytest.mark.parametrize("n", [40, 1000])
def test_streamed_images_come_from_few_blocks_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    monkeypatch.setattr(measuring, "DATA", n)
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file.create_dataset("images", data=np.zeros((600, 3, 3), np.uint8), chunks=(10, 3, 3))
    train = Split(stream(tmp_path / "images.h5", ("images",), buffer_bytes=720)["images"], np.zeros(600, np.int64))
    blocks = train.blocks
    assert blocks is not None
    chosen = measuring._rows(train, Rng(0, "rows"))
    touched = np.unique(np.searchsorted(blocks.edges, chosen, side="right"))
    assert len(touched) == blocks.held < len(blocks.edges) - 1
    assert len(np.unique(chosen)) == len(chosen) == min(n, blocks.held * np.diff(blocks.edges).max())
    assert len(np.unique(np.searchsorted(blocks.edges, chosen[:10], side="right"))) > 1


def test_the_error_and_interval_of_a_posterior_chain() -> None:
    """Errors add as if they were independent; the interval moves with the estimate."""
    net, bounds = pretrained(0), np.linspace(-9.0, -5.0, 30)
    x = to_visible(bars(30, seed=5).images, "threshold", Rng(0, "unused"))
    row = Row("bound", "AIS", "upper", -7.0, 0.1, (-8.0, -6.5), 0.3)
    (found,) = measuring._from_chain(net, x, bounds, [row], 1)
    added = posterior_chain.estimate(net, x, measuring.CHAIN_STEPS, Rng(1, "likelihood/chain")) - bounds
    assert found.nats == pytest.approx(-7 + added.mean())
    assert found.standard_error == pytest.approx(math.hypot(0.3, added.std(ddof=1) / np.sqrt(30)))
    assert found.interval is not None
    assert np.subtract(found.interval, found.nats) == pytest.approx([-1, 0.5])
