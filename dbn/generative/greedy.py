"""Greedy layer-by-layer learning of a deep belief net (Hinton, Osindero & Teh 2006, section 4)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dbn import ops
from dbn.data.fits import check_fits
from dbn.data.intensity import mean_visible, to_visible
from dbn.errors import DbnError
from dbn.generative import contrastive, monitors, watching
from dbn.generative.cd_config import Choices
from dbn.generative.contrastive import CDState
from dbn.generative.dbn import DBN
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.rbm import RBM
from dbn.generative.starting import Start, tie
from dbn.generative.watching import MONITORED
from dbn.ops.numpy import Array, Rng
from dbn.training.averaging import average, early_share
from dbn.training.device import chosen, moved
from dbn.training.order import Shuffled
from dbn.training.ranks import ALONE, Ranks
from dbn.training.schedules import Numbers

if TYPE_CHECKING:
    from dbn.data.dataset import Split

BLOCK = 1000
"""Images that go up at a time: temporaries stay small enough for the allocator to keep."""


@dataclass
class GreedyState:
    """One CD state a layer, those above the present one still untouched, and the stream that samples what comes up.

    `averaged` are the machines with averaged weights, none if weights are not averaged.
    """

    layers: tuple[CDState, ...]
    pixels: Rng
    averaged: tuple[RBM, ...] = ()


class Greedy(Shuffled):
    """The learner that trains one machine after the other; the loop drives it.

    Parameters
    ----------
    config : GreedyConfig
        The net and its learning.
    data : Split
        Training images, and their labels, which are of use only if the config asks for label units.
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
    ais_every : int
        Epochs between quick estimates of the log-likelihood of validation images, made at the end of each layer too;
        0: none. See `watching`.
    device, ranks : str, Ranks
        Where the state and the data are, and who learns together; see `dbn.training.device` and `dbn.training.ranks`.

    Raises
    ------
    DbnError
        If `start` or the data do not fit, a machine that is new or gains label units has 0 epochs, or none has more;
        from `layer_of`, for an epoch beyond the last.

    Notes
    -----
    The machines above the first learn from hidden probabilities of the machine below, computed once a layer
    (anew for each mini-batch if pixels or states are sampled, or images stay in their file).
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
        ais_every: int = 0,
        device: str = "cpu",
        ranks: Ranks = ALONE,
    ) -> None:
        self.config, self.image_shape, self.seed, self.device = config, image_shape, seed, chosen(device)
        self.n_classes, self.ranks, self.ais_every = n_classes if config.labels else 0, ranks, ais_every
        self.data, self.validation = moved(data, self.device), moved(validation, self.device)
        binary = (config.visible, config.hidden_units) == ("bernoulli", "bernoulli")
        watching.check_every(ais_every, validation, binary=binary)
        sizes = (math.prod(image_shape), *config.hidden)
        for split in (data, validation):
            check_fits(split, sizes[0], self.n_classes)
        self.start = Start(sizes, self.n_classes, start, config.visible, config.hidden_units, config.tied)
        self.epochs = sum(layer.epochs for layer in config.layers)
        self.stages = sum(layer.epochs > 0 for layer in config.layers)
        self.n_examples, self.batch_size = len(data), config.batch_size
        self.strata, self.blocks = data.labels if config.balanced else None, data.blocks
        self._features: tuple[int, Array] | None = None
        self.start.check_epochs([layer.epochs for layer in config.layers])

    def init(self) -> GreedyState:
        """Make every machine; the base rates of those above the first are set when their turn comes."""
        chains = self.ranks.part(self.batch_size)
        layers = tuple(
            contrastive.init(self.start.machine(i, self.seed), self.stream(f"layer-{i + 1}/cd"), config, chains)
            for i, config in enumerate(self.config.layers)
        )
        state = moved(GreedyState(layers, self.stream("pixels")), self.device)
        if self.config.averaging:
            state.averaged = tuple(layer.rbm.copy() for layer in state.layers)
        self._set_base_rates(state, self.layer_of(0)[0])
        return state

    def model(self, state: GreedyState) -> DBN:
        """Return the net as it stands, with averaged weights if there are any; it shares its arrays with the state."""
        return DBN(state.averaged or tuple(layer.rbm for layer in state.layers), self.image_shape)

    def layer_of(self, epoch: int) -> tuple[int, int]:
        """Return the layer (from 0) that learns in `epoch`, and the epoch in which it began."""
        begin = 0
        for i, layer in enumerate(self.config.layers):
            if epoch < begin + layer.epochs:
                return i, begin
            begin += layer.epochs
        raise DbnError(f"epoch {epoch} lies beyond the {self.epochs} of this run")

    def begin_epoch(self, state: GreedyState, epoch: int) -> None:
        """Send the training images up to the layer that learns, unless each mini-batch is sent up anew."""
        i, _ = self.layer_of(epoch)
        cached = self._features[0] if self._features else 0
        if i != cached and self.config.intensity != "sampled" and not self.config.sample_hidden and not self.blocks:
            net, intensity = self._part(state, i), self.config.intensity
            blocks = (self.data.images[at : at + BLOCK] for at in range(0, len(self.data), BLOCK))
            features = [net.up_pass(mean_visible(some, intensity)) for some in blocks]
            self._features = (i, ops.on(self.device).concatenate(features))

    def moment(self, at: float) -> tuple[tuple[int, Choices], Numbers]:
        """Return the layer whose turn it is, with its choices; and its numbers."""
        i, begin = self.layer_of(int(at))
        choices, numbers = self.config.layers[i].moment(at - begin)
        updates = (at - begin) * math.ceil(self.n_examples / self.batch_size)
        return (i, choices), {**numbers, "share": early_share(self.config.averaging, updates)}

    def step(self, state: GreedyState, rows: Array, moment: tuple[tuple[int, Choices], Numbers]) -> dict[str, float]:
        """Make one update of the layer whose turn it is."""
        ((i, choices), numbers), (rows, batch) = moment, self.ranks.share(rows)
        v = self._visible(state, i, rows)
        metrics = contrastive.step(state.layers[i], v, self.config.layers[i], (choices, numbers), batch)
        if state.averaged:
            average(state.averaged[i].parameters, state.layers[i].rbm.parameters, numbers["share"])
        return metrics

    def end_epoch(self, state: GreedyState, epoch: int) -> dict[str, float]:
        """Measure the monitors; at the end of a layer, give the next the base rates of its data."""
        i, begin = self.layer_of(epoch)
        rbm = state.layers[i].rbm
        last = epoch + 1 == begin + self.config.layers[i].epochs
        if last and state.averaged:
            for parameter, mean in zip(rbm.parameters, state.averaged[i].parameters, strict=True):
                parameter[...] = mean
        metrics = self.watched(state, i, epoch, last=last)
        if last and any(layer.epochs for layer in self.config.layers[i + 1 :]):
            self.begin_epoch(state, epoch + 1)
            self._set_base_rates(state, self.layer_of(epoch + 1)[0])
        return metrics

    def watched(self, state: GreedyState, i: int, epoch: int, *, last: bool) -> dict[str, float]:
        """Measure the monitors of machine i, log-likelihoods in their epochs and in its last."""
        rbm, seen = state.layers[i].rbm, self._visible(state, i, slice(0, MONITORED), monitor=True)
        metrics = {"layer": float(i + 1), **monitors.hidden_activity(rbm, seen)}
        metrics["update_ratio"] = monitors.update_ratio(rbm.W, state.layers[i].velocity[0])
        if self.validation is not None:
            net, intensity = self._part(state, i), self.config.intensity
            metrics |= watching.on_validation(net, seen, self.validation, intensity)
            if self.ais_every and ((epoch + 1) % self.ais_every == 0 or last):
                metrics |= watching.log_likelihood(net, self.data, self.validation, intensity, self.seed)
        return metrics

    def parameters(self, state: GreedyState) -> list[Array]:
        """Return weights and biases of every machine."""
        return [array for layer in state.layers for array in layer.rbm.parameters]

    def _part(self, state: GreedyState, i: int) -> DBN:
        """The net of which machine i is the associative memory."""
        return DBN(self.model(state).layers[: i + 1], self.image_shape)

    def _visible(self, state: GreedyState, i: int, rows: Array | slice, *, monitor: bool = False) -> Array:
        """Visible states of machine i for the training examples `rows`."""
        if self._features and self._features[0] == i:
            v = self._features[1][rows]
        else:
            images, intensity = self.data.images[rows], self.config.intensity
            v = mean_visible(images, intensity) if monitor else to_visible(images, intensity, state.pixels)
            for layer in state.layers[:i]:
                v = layer.rbm.mean_h_from_v(v)
                if self.config.sample_hidden and not monitor:
                    v = layer.rbm.sample_h(v, state.pixels)
        if self.n_classes and i == len(state.layers) - 1:
            engine = ops.of(v)
            v = engine.concatenate([engine.one_hot(self.data.labels[rows], self.n_classes), v], axis=1)
        return v

    def _set_base_rates(self, state: GreedyState, i: int) -> None:
        """Let machine i begin with the base rates of its data, in the visible units that are new to it, or tied."""
        parts = (slice(at, at + BLOCK) for at in range(0, self.n_examples, BLOCK))
        rates = contrastive.moments(self._visible(state, i, part, monitor=True) for part in parts)
        contrastive.set_base_rates(state.layers[i], *rates, self.start.new_units(i))
        if self.start.begins_tied(i):
            tie(state.layers[i].rbm, state.layers[i - 1].rbm)
