"""How likelihoods are estimated, and what is told of them: no figure without its side and its error."""

from __future__ import annotations

from dataclasses import dataclass

from dbn.data.intensity import Intensity
from dbn.errors import DbnError
from dbn.generative.likelihood import temperatures

WIDE = 1.0
"""Nats between AIS and reverse AIS from which on neither can be trusted."""

FEW = 2.0
"""Equal weights as good as those of all chains, below which one of these outweighs the others together."""


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
    chain_images : int, optional
        Images that the posterior chain was run for: what it adds to their bounds is added to those of all.
    """

    quantity: str
    method: str
    side: str
    nats: float
    seconds: float
    interval: tuple[float, float] | None = None
    standard_error: float | None = None
    effective_chains: float | None = None
    chain_images: int | None = None


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
        """What is wrong with the estimates of log Z, and the remedy; None if nothing is known to be.

        That is where AIS and reverse AIS agree within `WIDE`, and where no chain outweighs all others together: one
        that does has come upon what the others missed, and there may be more of that. Where log Z is known exactly, it
        must lie in the interval of each: two sides whose chains miss the same part of the probability agree.

        >>> Report([], 2.5, 100, 100, 101).warning
        'AIS and reverse AIS differ by 2.50 nats, so that neither can be trusted; take more temperatures or chains'
        """
        if abs(self.gap) > WIDE:
            return (
                f"AIS and reverse AIS differ by {abs(self.gap):.2f} nats, so that neither can be trusted; "
                "take more temperatures or chains"
            )
        refuted = self._refuted()
        if refuted:
            return (
                f"the exact log Z lies outside the ±3σ interval of {' and of '.join(refuted)}, whose chains miss or "
                "misjudge a part of the probability; take the exact figure"
            )
        lonely = [row for row in self.rows if row.effective_chains and row.effective_chains < FEW < self.chains]
        if not lonely:
            return None
        return (
            f"{lonely[0].method} rests on as good as {lonely[0].effective_chains:.1f} of {self.chains} chains, which "
            "its interval cannot tell; take more temperatures or chains"
        )

    def _refuted(self) -> list[str]:
        """The methods whose interval does not hold the exact log Z, if that is known."""
        log_z = [row for row in self.rows if row.quantity == "log Z"]
        exact = [row.nats for row in log_z if row.method == "exact"]
        intervals = {row.method: row.interval for row in log_z if row.interval}
        return [name for name, (low, high) in intervals.items() if exact and not low <= exact[0] <= high]
