"""Greedy layer-by-layer learning of a deep belief net (Hinton, Osindero & Teh 2006, section 4)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dbn.data.intensity import Intensity, mean_visible, to_visible
from dbn.errors import DbnError
from dbn.generative import contrastive, monitors
from dbn.generative.cd_config import CDConfig
from dbn.generative.contrastive import CDState
from dbn.generative.dbn import DBN
from dbn.generative.starting import Start
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng
from dbn.training.order import Shuffled

if TYPE_CHECKING:
    from dbn.data.dataset import Split

MONITORED = 2000
"""Examples, of each side, that the free-energy gap and the hidden activity are measured on at most."""

BLOCK = 1000
"""Images that go up at a time: temporaries stay small enough for the allocator to keep."""


@dataclass(frozen=True)
class GreedyConfig:
    """What net to build and how each of its machines learns.

    Parameters
    ----------
    hidden : tuple of int
        Hidden units of each machine, from the pixels up.
    layers : tuple of CDConfig
        One for each machine.
    batch_size : int
        Examples an update.
    labels : bool
        Give the top machine a softmax group of label units.
    intensity : str
        How pixels become visible states: ``"real"``, ``"sampled"`` or ``"threshold"``.
    balanced : bool
        Deal the classes out evenly among the mini-batches.
    visible : {"bernoulli", "gaussian"}
        What the pixels of the first machine are: binary units, or real numbers with learned variances.

    Raises
    ------
    DbnError
        If there is no machine, not one learning config for each, nothing in a mini-batch, or no such pixels.
    """

    hidden: tuple[int, ...] = (500, 500, 2000)
    layers: tuple[CDConfig, ...] = (CDConfig(), CDConfig(), CDConfig())
    batch_size: int = 100
    labels: bool = True
    intensity: Intensity = "real"
    balanced: bool = False
    visible: Literal["bernoulli", "gaussian"] = "bernoulli"

    def __post_init__(self) -> None:
        if not self.hidden or len(self.layers) != len(self.hidden):
            raise DbnError(f"{len(self.hidden)} layers need as many learning configs, not {len(self.layers)}")
        if self.visible not in {"bernoulli", "gaussian"}:
            raise DbnError(f"pixels are bernoulli or gaussian units, not {self.visible}")
        if self.batch_size < 1:
            raise DbnError(f"a mini-batch holds at least one example, not {self.batch_size}")

    def as_json(self) -> dict[str, Any]:
        """Return the config as JSON values: lists, as a file gives them back, and no tuples."""
        return {**asdict(self), "hidden": list(self.hidden), "layers": [asdict(layer) for layer in self.layers]}


@dataclass
class GreedyState:
    """One CD state a layer, those above the present one still untouched, and the stream that samples pixels."""

    layers: tuple[CDState, ...]
    pixels: Rng


class Greedy(Shuffled):
    """The learner that trains one machine after the other; the loop drives it.

    Parameters
    ----------
    config : GreedyConfig
        The net and its learning.
    data : Split
        Training images, and labels if the config asks for label units.
    image_shape : (int, int)
        Rows and columns.
    n_classes : int
        Of the data.
    seed : int
        Of all random streams.
    validation : Split, optional
        Images that only the monitors see.
    start : DBN, optional
        A net whose machines are the lowest ones to begin with; it is copied. See `Start`.

    Raises
    ------
    DbnError
        If `start` does not fit, a machine that is new or gains label units has 0 epochs, or none has more; from
        `init`, if a machine would have no hidden unit; from `layer_of`, for an epoch beyond the last.

    Notes
    -----
    The machines above the first learn from hidden probabilities of the machine below, computed once a layer
    (anew for each mini-batch if pixels are sampled).
    """

    name = "pretrain"

    def __init__(
        self,
        config: GreedyConfig,
        data: Split,
        image_shape: tuple[int, int],
        n_classes: int,
        seed: int,
        validation: Split | None = None,
        start: DBN | None = None,
    ) -> None:
        self.config, self.data, self.image_shape, self.seed = config, data, image_shape, seed
        self.n_classes = n_classes if config.labels else 0
        self.validation = validation
        self.start = Start((math.prod(image_shape), *config.hidden), self.n_classes, start, config.visible)
        self.epochs = sum(layer.epochs for layer in config.layers)
        self.n_examples, self.batch_size = len(data), config.batch_size
        self.strata = data.labels if config.balanced else None
        self._features: tuple[int, Array] | None = None
        for i, layer in enumerate(config.layers):
            if not layer.epochs and self.start.new_units(i) != slice(0):
                raise DbnError(
                    f"layer {i + 1} has 0 epochs, and would stay random; give it epochs, or start from a net that "
                    "has all of it"
                )
        if not self.epochs:
            raise DbnError("every layer has 0 epochs, so nothing would be learned; give one of them epochs")

    def init(self) -> GreedyState:
        """Make every machine; the base rates of those above the first are set when their turn comes."""
        layers = tuple(
            contrastive.init(
                self.start.machine(i, self.seed), Rng(self.seed, f"layer-{i + 1}/cd"), config, self.batch_size
            )
            for i, config in enumerate(self.config.layers)
        )
        state = GreedyState(layers, Rng(self.seed, "pixels"))
        self._set_base_rates(state, self.layer_of(0)[0])
        return state

    def model(self, state: GreedyState) -> DBN:
        """Return the net as it stands; it shares its arrays with the state."""
        return DBN(tuple(layer.rbm for layer in state.layers), self.image_shape)

    def layer_of(self, epoch: int) -> tuple[int, int]:
        """Return the layer (from 0) that learns in `epoch`, and the epoch in which it began."""
        begin = 0
        for i, layer in enumerate(self.config.layers):
            if epoch < begin + layer.epochs:
                return i, begin
            begin += layer.epochs
        raise DbnError(f"epoch {epoch} lies beyond the {self.epochs} of this run")

    def begin_epoch(self, state: GreedyState, epoch: int) -> None:
        """Send the training images up to the layer that learns, unless pixels are sampled each time."""
        i, _ = self.layer_of(epoch)
        cached = self._features[0] if self._features else 0
        if i != cached and self.config.intensity != "sampled":
            self._features = (i, self._up(state, i, self.data.images))

    def step(self, state: GreedyState, rows: Array, at: float) -> dict[str, float]:
        """Make one update of the layer whose turn it is."""
        i, begin = self.layer_of(int(at))
        v = self._visible(state, i, rows)
        info = contrastive.step(state.layers[i], v, self.config.layers[i], at - begin)
        return {name: value for name, value in asdict(info).items() if value is not None}

    def end_epoch(self, state: GreedyState, epoch: int) -> dict[str, float]:
        """Measure the monitors; at the end of a layer, give the next the base rates of its data."""
        i, begin = self.layer_of(epoch)
        rbm = state.layers[i].rbm
        seen = self._visible(state, i, np.arange(min(MONITORED, len(self.data))), monitor=True)
        metrics = {"layer": float(i + 1), **monitors.hidden_activity(rbm, seen)}
        metrics["update_ratio"] = monitors.update_ratio(rbm.W, state.layers[i].velocity[0])
        if self.validation is not None:
            metrics |= self._on_validation(state, i, seen)
        last = epoch + 1 == begin + self.config.layers[i].epochs
        if last and any(layer.epochs for layer in self.config.layers[i + 1 :]):
            self.begin_epoch(state, epoch + 1)
            self._set_base_rates(state, self.layer_of(epoch + 1)[0])
        return metrics

    def parameters(self, state: GreedyState) -> list[Array]:
        """Return weights and biases of every machine."""
        return [array for layer in state.layers for array in layer.rbm.parameters]

    def _on_validation(self, state: GreedyState, i: int, seen: Array) -> dict[str, float]:
        assert self.validation is not None  # noqa: S101
        some = self.validation[slice(0, MONITORED)]
        unseen = self._up(state, i, some.images)
        metrics = {}
        if i == len(state.layers) - 1 and self.n_classes:
            unseen = np.concatenate([ops.one_hot(some.labels, self.n_classes), unseen], axis=1)
            net = self.model(state)
            guesses = [
                net.predict(self._pixels(block.images))
                for block in (self.validation[slice(at, at + BLOCK)] for at in range(0, len(self.validation), BLOCK))
            ]
            wrong = np.concatenate(guesses) != self.validation.labels
            metrics["validation_error_percent"] = 100 * float(wrong.mean())
        metrics["free_energy_gap"] = monitors.free_energy_gap(state.layers[i].rbm, seen, unseen)
        return metrics

    def _pixels(self, images: Array, rng: Rng | None = None) -> Array:
        """Visible states of the first machine; without a stream, their expectations."""
        if rng is None:
            return mean_visible(images, self.config.intensity)
        return to_visible(images, self.config.intensity, rng)

    def _visible(self, state: GreedyState, i: int, rows: Array, *, monitor: bool = False) -> Array:
        """Visible states of machine i for the training examples `rows`."""
        if self._features and self._features[0] == i:
            v = self._features[1][rows]
        else:
            v = self._pixels(self.data.images[rows], None if monitor else state.pixels)
            for layer in state.layers[:i]:
                v = layer.rbm.mean_h_from_v(v)
        if self.n_classes and i == len(state.layers) - 1:
            v = np.concatenate([ops.one_hot(self.data.labels[rows], self.n_classes), v], axis=1)
        return v

    def _up(self, state: GreedyState, i: int, images: Array) -> Array:
        """Probabilities of the units under machine i, in blocks: (n, pixels) -> (n, units)."""
        blocks = []
        for at in range(0, len(images), BLOCK):
            v = self._pixels(images[at : at + BLOCK])
            for layer in state.layers[:i]:
                v = layer.rbm.mean_h_from_v(v)
            blocks.append(v)
        return np.concatenate(blocks)

    def _set_base_rates(self, state: GreedyState, i: int) -> None:
        """Let machine i begin with the base rates of its data, in the visible units that are new to it."""
        total, squares = np.zeros((2, state.layers[i].rbm.n_visible))
        for at in range(0, len(self.data), BLOCK):
            v = self._visible(state, i, np.arange(len(self.data))[at : at + BLOCK], monitor=True).astype(np.float64)
            total += v.sum(axis=0)
            squares += (v * v).sum(axis=0)
        rates, squares = total / len(self.data), squares / len(self.data)
        contrastive.set_base_rates(state.layers[i], rates, squares, self.start.new_units(i))
