"""Multinomial logistic regression: a network without hidden layers, its L2 penalty chosen on held-out data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn.data.intensity import Intensity, check_intensity
from dbn.discriminative.backprop import Backprop, BackpropConfig, BackpropState
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng
from dbn.training.order import Shuffled
from dbn.training.schedules import Numbers

if TYPE_CHECKING:
    from dbn.data.dataset import Split

MOST = 1e30
"""Penalties much larger overflow."""


@dataclass(frozen=True)
class LogisticConfig:
    """How logistic regression is fitted.

    Parameters
    ----------
    penalties : tuple of float
        Candidates for λ in: mean cross-entropy + λ/2 Σ W². The one of least error on held-out data wins.
    held_out : int
        The last training images, on which λ is chosen; the winner is fitted to all. Unused if there is one λ.
    rounds, iterations : int
        A checkpoint can be taken between rounds of that many iterations of L-BFGS on all examples. A round that
        starts at the optimum ends at once.
    intensity : str
        How pixels become inputs.

    Raises
    ------
    DbnError
        If there is no such intensity, or no penalty, one does not lie between 0 and `MOST`, or there are no rounds or
        iterations.
    """

    penalties: tuple[float, ...] = (1e-5, 1e-4, 1e-3, 1e-2)
    held_out: int = 10_000
    rounds: int = 10
    iterations: int = 50
    intensity: Intensity = "real"

    def __post_init__(self) -> None:
        check_intensity(self.intensity)
        if not self.penalties:
            raise DbnError("name at least one L2 penalty for logistic regression")
        for penalty in self.penalties:
            if not 0 <= penalty <= MOST:
                raise DbnError(f"an L2 penalty must lie between 0 and {MOST:g}, unlike {penalty}")
        if self.rounds < 1 or self.iterations < 1:
            raise DbnError(
                f"logistic regression needs at least one round and one iteration, not {self.rounds} and "
                f"{self.iterations}"
            )

    def as_json(self) -> dict[str, Any]:
        """Return the config as JSON values."""
        return {**asdict(self), "penalties": list(self.penalties)}


@dataclass
class LogisticState:
    """One fit for each penalty, their errors in percent on held-out data, and the final fit."""

    candidates: tuple[BackpropState, ...]
    errors: Array
    final: BackpropState


class Logistic(Shuffled):
    """The learner that chooses λ and fits the model; the loop drives it, one round an epoch.

    Parameters
    ----------
    config : LogisticConfig
        How to fit.
    data : Split
        Images and labels.
    n_classes : int
        Of the data.
    seed : int
        Used only if pixels are sampled.

    Raises
    ------
    DbnError
        If there is a λ to choose, and holding out leaves nothing to choose it on or nothing to fit.
    """

    name = "logistic-regression"

    def __init__(self, config: LogisticConfig, data: Split, n_classes: int, seed: int) -> None:
        self.config, self.seed = config, seed
        self.penalties = config.penalties if len(config.penalties) > 1 else ()
        self.epochs = config.rounds * (len(self.penalties) + 1)
        self.n_examples = self.batch_size = len(data)
        self.n_fit = len(data) - config.held_out
        if self.penalties and not 0 < config.held_out < len(data):
            raise DbnError(f"cannot hold out {config.held_out} of {len(data)} images; hold out fewer")
        self._data, self._n_classes = data, n_classes

    def init(self) -> LogisticState:
        """Start every fit at weights of 0."""
        candidates = tuple(self._learner(penalty).init() for penalty in self.penalties)
        return LogisticState(candidates, np.full(len(self.penalties), np.inf), self._learner(0.0).init())

    def model(self, state: LogisticState) -> Network:
        """Return the final fit."""
        return Network(state.final.weights, state.final.biases)

    def penalty(self, state: LogisticState) -> float:
        """Return the chosen λ."""
        return self.penalties[int(state.errors.argmin())] if self.penalties else self.config.penalties[0]

    def moment(self, at: float) -> tuple[int, Numbers]:
        """Return which λ it is, from 0; the last one is the chosen one."""
        return int(at) // self.config.rounds, {}

    def step(self, state: LogisticState, rows: Array, moment: tuple[int, Numbers]) -> dict[str, float]:
        """Make one round for the λ whose turn it is."""
        (stage, numbers), rows = moment, np.sort(rows)
        if stage == len(self.penalties):
            return self._learner(self.penalty(state)).step(state.final, rows, ((), numbers))
        rows = rows[rows < self.n_fit]
        return self._learner(self.penalties[stage]).step(state.candidates[stage], rows, ((), numbers))

    def end_epoch(self, state: LogisticState, epoch: int) -> dict[str, float]:
        """Measure the error on held-out data while λ is being chosen."""
        stage = epoch // self.config.rounds
        if stage == len(self.penalties):
            return {"penalty": self.penalty(state)}
        held_out = self._data[slice(self.n_fit, None)]
        metrics = self._learner(self.penalties[stage], held_out).end_epoch(state.candidates[stage], epoch)
        state.errors[stage] = metrics["validation_error_percent"]
        return {"penalty": self.penalties[stage], **metrics}

    def parameters(self, state: LogisticState) -> list[Array]:
        """Return weights and biases of every fit."""
        fits = (*state.candidates, state.final)
        return [array for fit in fits for array in (*fit.weights, *fit.biases)]

    def _learner(self, penalty: float, validation: Split | None = None) -> Backprop:
        backprop = BackpropConfig(
            epochs=self.epochs,
            batch_size=0,
            optimiser="lbfgs",
            weight_decay=penalty,
            iterations=self.config.iterations,
            intensity=self.config.intensity,
        )
        start = Network.random((self._data.images.shape[1], self._n_classes), Rng(self.seed, self.name))
        return Backprop(backprop, start, self._data, self.seed, validation, self.name)
