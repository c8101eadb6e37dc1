"""Up-down: how a whole deep belief net learns together, by a contrastive version of the wake-sleep algorithm.

Hinton, Osindero & Teh 2006, *A fast learning algorithm for deep belief nets*, section 5 and appendix B.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn import ops
from dbn.data.fits import check_fits
from dbn.data.intensity import Intensity, check_intensity, to_visible
from dbn.errors import DbnError
from dbn.generative import watching
from dbn.generative.cd_config import MOST_STEPS
from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.rbm import RBM
from dbn.generative.wake_sleep import UpDownState, learn, phases, restart
from dbn.ops.numpy import Array
from dbn.training.averaging import average, check_share
from dbn.training.device import chosen, moved
from dbn.training.mistakes import error_percent
from dbn.training.order import Shuffled, in_proportion
from dbn.training.ranks import ALONE, Ranks
from dbn.training.schedules import MOST_RATE, Numbers, Schedule, check_whole

if TYPE_CHECKING:
    from dbn.data.dataset import Split

MONITORED = 10_000
"""Training images that the training error is measured on at most."""


@dataclass(frozen=True)
class UpDownConfig:
    """Hyper-parameters of up-down learning. Schedules are texts, see `Schedule`.

    Epochs, Gibbs steps and balanced mini-batches are by default those of the paper, which does not print its rates.

    Parameters
    ----------
    epochs : int
        Passes over the data.
    learning_rate : schedule
        Of the mean update of a mini-batch; for all weights and biases.
    k : schedule
        Gibbs steps in the associative memory, rounded to whole numbers.
    persistent : bool
        Chains in the associative memory go on from where the last update left them, instead of starting where the
        wake phase ends. Their label units are sampled; from the data they take probabilities, as in the paper.
    restart : schedule
        Probability with which a persistent chain begins anew at random pixels before an update; see
        `wake_sleep.restart`.
    clamped : float
        Share of the persistent chains whose labels are clamped, in the proportions of the data; see
        `wake_sleep.phases`.
    averaging : float
        Share of the averaged weights that an update leaves as it was, in [0, 1): 0.999 remembers about 1000 updates.
        The model is the averaged weights; with 0 these are the weights themselves.
    batch_size : int
        Examples an update.
    balanced : bool
        Deal the classes out evenly among the mini-batches.
    intensity : str
        How pixels become visible states: ``"real"``, ``"sampled"`` or ``"threshold"``.

    Raises
    ------
    DbnError
        If a schedule cannot be read or leaves its bounds, a number is out of its range, or there is no such intensity.
    """

    epochs: int = 300
    learning_rate: str = "0.02"
    k: str = "3,6@100,10@200"
    persistent: bool = False
    restart: str = "0"
    clamped: float = 0.0
    averaging: float = 0.0
    batch_size: int = 100
    balanced: bool = True
    intensity: Intensity = "real"

    def __post_init__(self) -> None:
        Schedule(self.learning_rate).check("learning rate", 0, MOST_RATE)
        Schedule(self.k).check("k", 1, MOST_STEPS)
        check_whole("epochs", self.epochs, 1)
        check_whole("batch_size", self.batch_size, 1)
        Schedule(self.restart).check("restart", 0, 1)
        if Schedule(self.restart).bounds != (0, 0) and not self.persistent:
            raise DbnError("only persistent chains can begin anew, others do so at every update; make them persistent")
        if not 0 <= self.clamped <= 1:
            raise DbnError(f"the share of chains with clamped labels lies from 0 to 1, and {self.clamped} does not")
        if self.clamped and not self.persistent:
            raise DbnError("only the labels of persistent chains can be clamped; make the chains persistent")
        check_intensity(self.intensity)
        check_share(self.averaging)

    def as_json(self) -> dict[str, Any]:
        """Return the config as JSON values."""
        return asdict(self)


class UpDown(Shuffled):
    """The learner that fine-tunes a whole net as a generative model; the loop drives it.

    Parameters
    ----------
    config : UpDownConfig
        How to learn.
    start : DBN
        Where to start from; it is copied, and its directed connections are untied.
    data : Split
        Images, and labels if the net has label units.
    seed : int
        Of all random streams.
    validation : Split, optional
        Images that only the monitors see.
    name : str
        Names the random streams and the progress bar.
    ais_every : int
        Epochs between quick estimates of the log-likelihood of validation images; 0: none. See `watching`.
    device, ranks : str, Ranks
        Where the state and the data are, and who learns together; see `dbn.training.device` and `dbn.training.ranks`.

    Raises
    ------
    DbnError
        If the net has no directed layer, other units than binary ones, not one visible unit for each pixel, or too few
        label units; or if the share of clamped chains is less than one.
    """

    def __init__(
        self,
        config: UpDownConfig,
        start: DBN,
        data: Split,
        seed: int,
        validation: Split | None = None,
        name: str = "updown",
        ais_every: int = 0,
        device: str = "cpu",
        ranks: Ranks = ALONE,
    ) -> None:
        self.config, self.start, self.seed, self.name = config, start, seed, name
        self.ais_every, self.device, self.ranks = ais_every, chosen(device), ranks
        self.data, self.validation = moved(data, self.device), moved(validation, self.device)
        watching.check_every(ais_every, validation, binary=not start.gaussian)
        self.epochs, self.n_examples, self.batch_size = config.epochs, len(data), config.batch_size
        clamped = in_proportion(data.labels, round(config.clamped * config.batch_size))
        self.clamped = moved(ranks.share(clamped)[0], self.device)
        self.strata, self.blocks = data.labels if config.balanced else None, data.blocks
        if start.rectified or start.gaussian:
            kind = "rectified linear" if start.rectified else "Gaussian"
            raise DbnError(f"up-down learning is of binary units, and this net has {kind} ones; take another")
        if len(start.layers) < 2:
            raise DbnError("up-down learning needs directed layers under the associative memory; stack at least two")
        for split in (data, validation):
            check_fits(split, start.sizes[0], start.n_classes)
        if config.clamped and not start.n_classes:
            raise DbnError("the net has no label units that could be clamped; give it some, or clamp no chains")
        if config.clamped and not len(clamped):
            raise DbnError(f"clamping {config.clamped:g} of {config.batch_size} chains makes none; clamp more")

    def init(self) -> UpDownState:
        """Copy the starting net and untie its directed layers."""
        top = self.start.top
        state = UpDownState(
            directed=tuple(Directed.untied(layer) for layer in self.start.layers[:-1]),
            top=top.copy(),
            averaged=(),
            chains=ops.of(top.W).full((self.ranks.part(self.batch_size), top.n_hidden), 0, top.W),
            rng=self.stream(f"{self.name}/states"),
            pixels=self.stream(f"{self.name}/pixels"),
        )
        state = moved(state, self.device)
        if self.config.averaging:
            state.averaged = tuple(ops.of(array).copy(array) for array in self.parameters(state))
        if self.config.persistent:
            self._place_chains(state)
        return state

    def _place_chains(self, state: UpDownState) -> None:
        """Start persistent chains where the wake phase of the first examples ends."""
        first = np.arange(min(self.batch_size, self.n_examples))
        rows, _ = self.ranks.share(ops.on(self.device).from_numpy(first, self.device))
        v, y = self._examples(state, rows)
        state.chains[: len(v)] = state.rng.bernoulli(phases(state, v, y, 1, persistent=False).data_h)

    def parameters(self, state: UpDownState) -> list[Array]:
        """Return weights and biases, of directed layers from the pixels up, then of the associative memory."""
        directed = [array for layer in state.directed for array in (layer.R, layer.c, layer.G, layer.b)]
        return [*directed, state.top.W, state.top.b, state.top.c]

    def model(self, state: UpDownState) -> DBN:
        """Return the net as it stands, with averaged weights if there are any; it shares its arrays with the state."""
        arrays = iter(state.averaged or self.parameters(state))
        directed = [Directed(next(arrays), next(arrays), next(arrays), next(arrays)) for _ in state.directed]
        top = RBM(next(arrays), next(arrays), next(arrays), state.top.groups)
        return DBN((*directed, top), self.start.image_shape)

    def moment(self, at: float) -> tuple[tuple[int, bool], Numbers]:
        """Return the Gibbs steps, and whether chains may begin anew; the learning rate, and how probably they do."""
        config = self.config
        k, rate, again = (
            Schedule(text)(at, config.epochs) for text in (config.k, config.learning_rate, config.restart)
        )
        return (round(k), again > 0), {"learning_rate": rate, "restart": again}

    def step(self, state: UpDownState, rows: Array, moment: tuple[tuple[int, bool], Numbers]) -> dict[str, float]:
        """Make one update of all weights."""
        config, ((k, restarts), numbers) = self.config, moment
        rows, batch = self.ranks.share(rows)
        v, y = self._examples(state, rows)
        if restarts:
            restart(state, numbers["restart"], self.start.n_classes)
        phase = phases(state, v, y, k, persistent=config.persistent, clamped=self.clamped)
        rate = numbers["learning_rate"]
        reconstruction, recognition = learn(state, phase, rate, batch, persistent=config.persistent)
        if state.averaged:
            average(state.averaged, self.parameters(state), config.averaging)
        return {"reconstruction_error": reconstruction, "recognition_error": recognition}

    def _examples(self, state: UpDownState, rows: Array) -> tuple[Array, Array]:
        v = to_visible(self.data.images[rows], self.config.intensity, state.pixels)
        engine, n_classes = ops.of(v), self.start.n_classes
        if not n_classes:
            return v, engine.full((len(v), 0), 0, v)
        return v, engine.one_hot(self.data.labels[rows], n_classes)

    def end_epoch(self, state: UpDownState, epoch: int) -> dict[str, float]:
        """Measure the free-energy gap, errors of a net with labels, and in their epochs the log-likelihoods."""
        net, intensity, metrics = self.model(state), self.config.intensity, {}
        if net.n_classes:
            some = self.data[slice(0, MONITORED)]
            metrics["train_error_percent"] = error_percent(net.predict, some, intensity)
        if self.validation is not None:
            seen = watching.first_examples(net, self.data, intensity)
            metrics |= watching.on_validation(net, seen, self.validation, intensity)
            if self.ais_every and (epoch + 1) % self.ais_every == 0:
                metrics |= watching.log_likelihood(net, self.data, self.validation, intensity, self.seed)
        return metrics
