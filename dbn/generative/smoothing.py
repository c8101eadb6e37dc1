"""Naive Bayes as the loop drives it: its smoothing is chosen on held-out images, then the winner is fitted to all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn.data.intensity import Intensity, check_intensity
from dbn.errors import DbnError
from dbn.generative.naive_bayes import NaiveBayes, Pixels, fit
from dbn.ops.numpy import Array
from dbn.training.mistakes import error_percent
from dbn.training.order import Shuffled
from dbn.training.schedules import Numbers
from dbn.training.state import arrays

if TYPE_CHECKING:
    from dbn.data.dataset import Split

CANDIDATES: dict[str, tuple[float, ...]] = {
    "bernoulli": (1e-3, 1e-2, 0.1, 1.0, 10.0),
    "gaussian": (1e-9, 1e-4, 1e-3, 1e-2, 0.1, 1.0),
}
"""What to choose the smoothing among, by the distribution of a pixel; 1 and 1e-9 are scikit-learn's defaults."""

LEAST, MOST = 1e-9, 1e9
"""Less is lost in rounding: a pixel that never changes would have the probability 0 or 1. More drowns all data."""


@dataclass(frozen=True)
class NaiveBayesConfig:
    """How naive Bayes is fitted.

    Parameters
    ----------
    pixels : {"bernoulli", "gaussian"}
        The distribution of a pixel in a class.
    smoothing : tuple of float
        Candidates for α of `naive_bayes.fit`; by default `CANDIDATES`. The one of least error on held-out images wins.
    held_out : int
        The last training images, on which α is chosen; the winner is fitted to all. Unused if there is one α.
    intensity : str
        How pixels become inputs.

    Raises
    ------
    DbnError
        If there is no such distribution or intensity, or a candidate does not lie between `LEAST` and `MOST`.
    """

    pixels: Pixels = "bernoulli"
    smoothing: tuple[float, ...] = ()
    held_out: int = 10_000
    intensity: Intensity = "real"

    def __post_init__(self) -> None:
        check_intensity(self.intensity)
        if self.pixels not in CANDIDATES:
            raise DbnError(f"no distribution {self.pixels!r} of pixels; known are {', '.join(CANDIDATES)}")
        for smoothing in self.candidates:
            if not LEAST <= smoothing <= MOST:
                raise DbnError(f"smoothing must lie between {LEAST:g} and {MOST:g}, unlike {smoothing:g}")

    @property
    def candidates(self) -> tuple[float, ...]:
        """What the smoothing is chosen among."""
        return self.smoothing or CANDIDATES[self.pixels]

    def as_json(self) -> dict[str, Any]:
        """Return the config as JSON values."""
        return {**asdict(self), "smoothing": list(self.smoothing)}


@dataclass
class NaiveBayesState:
    """The last fit, and the errors of the candidates in percent on held-out images."""

    model: NaiveBayes
    errors: Array


class NaiveBayesFit(Shuffled):
    """The learner that chooses α and fits the model; the loop drives it, one fit an epoch.

    Parameters
    ----------
    config : NaiveBayesConfig
        How to fit.
    data : Split
        Images and labels.
    n_classes : int
        Of the data.

    Raises
    ------
    DbnError
        If a class has no image, or holding out leaves nothing to choose α on or nothing to fit.
    """

    name = "naive-bayes"
    seed = 0  # nothing is drawn

    def __init__(self, config: NaiveBayesConfig, data: Split, n_classes: int) -> None:
        self.config, self._data, self._n_classes = config, data, n_classes
        self.choices = config.candidates if len(config.candidates) > 1 else ()
        self.epochs = len(self.choices) + 1
        self.n_examples = self.batch_size = len(data)
        self.n_fit = len(data) - config.held_out
        if self.choices and not 0 < config.held_out < len(data):
            raise DbnError(f"cannot hold out {config.held_out} of {len(data)} images; hold out fewer")

    def init(self) -> NaiveBayesState:
        """Fit with the first candidate, for arrays of the right kinds and sizes."""
        return NaiveBayesState(self._fit(self._data, self.config.candidates[0]), np.full(len(self.choices), np.inf))

    def model(self, state: NaiveBayesState) -> NaiveBayes:
        """Return the last fit; it shares its arrays with the state."""
        return state.model

    def chosen(self, state: NaiveBayesState, epoch: int) -> float:
        """Return the α of an epoch: a candidate, and in the last epoch the best of them."""
        if epoch < len(self.choices):
            return self.choices[epoch]
        return self.choices[int(state.errors.argmin())] if self.choices else self.config.candidates[0]

    def moment(self, at: float) -> tuple[int, Numbers]:
        """Return which fit it is, from 0."""
        return int(at), {}

    def step(self, state: NaiveBayesState, rows: Array, moment: tuple[int, Numbers]) -> dict[str, float]:
        """Fit with the α whose turn it is: to the images that are not held out, and in the end to all."""
        turn, _ = moment
        part = self._data[slice(0, self.n_fit)] if turn < len(self.choices) else self._data
        fitted = self._fit(part, self.chosen(state, turn))
        for array, new in zip(arrays(state.model), arrays(fitted), strict=True):
            np.copyto(array, new)
        return {}

    def end_epoch(self, state: NaiveBayesState, epoch: int) -> dict[str, float]:
        """Measure the error on held-out images while α is being chosen, and on all in the end."""
        tuning = epoch < len(self.choices)
        data = self._data[slice(self.n_fit, None)] if tuning else self._data
        error = error_percent(state.model.predict, data, self.config.intensity)
        if tuning:
            state.errors[epoch] = error
        name = "validation_error_percent" if tuning else "train_error_percent"
        return {"smoothing": self.chosen(state, epoch), name: error}

    def parameters(self, state: NaiveBayesState) -> list[Array]:
        """Return prior and means; variances are no weights, and may be large."""
        return [state.model.log_prior, state.model.mean]

    def _fit(self, data: Split, smoothing: float) -> NaiveBayes:
        return fit(self.config.pixels, data, self._n_classes, smoothing, self.config.intensity)
