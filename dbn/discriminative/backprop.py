"""Learning by backpropagation, with SGD or with SciPy's optimisers on large batches."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dbn import ops
from dbn.data.fits import check_fits
from dbn.data.intensity import Intensity, check_intensity, mean_visible, to_visible
from dbn.discriminative.loss import OUTPUT_OF, loss_and_gradient, loss_of, losses
from dbn.discriminative.minimise import SCIPY_METHODS, minimise
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng
from dbn.training.device import chosen, moved
from dbn.training.momentum import momentum_step
from dbn.training.order import Shuffled
from dbn.training.ranks import ALONE, Ranks
from dbn.training.schedules import MOST_MOMENTUM, MOST_RATE, Numbers, Schedule, check_whole

if TYPE_CHECKING:
    from dbn.data.dataset import Split

OPTIMISERS = ("sgd", *SCIPY_METHODS)
BLOCK = 1000


@dataclass(frozen=True)
class BackpropConfig:
    """Hyper-parameters of discriminative learning. Schedules are texts, see `Schedule`.

    Parameters
    ----------
    epochs, batch_size : int
        Passes over the data; examples an update. A batch size of 0 means all examples, of 1 on-line learning.
    loss : {"cross-entropy", "squared-error"}
        Of softmax outputs, or of any others from one-hot targets; see `losses`.
    optimiser : {"sgd", "lbfgs", "cg"}
        Momentum, or `iterations` of SciPy's L-BFGS or conjugate gradient on each batch, as Hinton &
        Salakhutdinov 2006 did with three line searches on batches of 1,000.
    learning_rate, momentum : schedule
        Of SGD, on the mean gradient. The momentum is less than 1.
    weight_decay : float
        λ in what is minimised: mean loss + λ/2 Σ W², biases excepted.
    dropout : float
        Probability with which SGD drops each hidden unit, for each example anew, in [0, 1).
    adversarial : float
        Length of the steps, in pixels from 0 to 1, to the adversarial examples that make up half of SGD's loss, see
        `loss_and_gradient`; 0 for none.
    iterations : int
        Of SciPy's optimiser, on each batch. It starts afresh there: its memory is no part of the state.
    intensity : str
        How pixels become inputs: ``"real"``, ``"sampled"`` or ``"threshold"``.

    Raises
    ------
    DbnError
        If the loss, optimiser or intensity is unknown, a schedule cannot be read or leaves its bounds, or a number is
        infinite, NaN or out of its range.
    """

    epochs: int = 40
    batch_size: int = 100
    optimiser: str = "sgd"
    learning_rate: str = "0.05>0"
    momentum: str = "0.9"
    weight_decay: float = 0.0
    dropout: float = 0.0
    iterations: int = 3
    intensity: Intensity = "real"
    loss: str = "cross-entropy"
    adversarial: float = 0.0

    def __post_init__(self) -> None:
        if self.loss not in OUTPUT_OF:
            raise DbnError(f"unknown loss {self.loss!r}; known are {', '.join(OUTPUT_OF)}")
        if self.optimiser not in OPTIMISERS:
            raise DbnError(f"unknown optimiser {self.optimiser!r}; known are {', '.join(OPTIMISERS)}")
        for name, least in (("epochs", 1), ("batch_size", 0), ("iterations", 1)):
            check_whole(name, getattr(self, name), least)
        if not self.weight_decay >= 0:
            raise DbnError(f"weight decay must not be negative, and {self.weight_decay} is")
        if not math.isfinite(self.weight_decay):
            raise DbnError(f"weight decay must be finite, and {self.weight_decay} is not")
        if not 0 <= self.dropout < 1:
            raise DbnError(f"dropout is a probability from 0 and below 1, and {self.dropout} is not")
        if self.dropout and self.optimiser != "sgd":
            raise DbnError(f"{self.optimiser} needs a loss that does not change from one look to the next: no dropout")
        if not 0 <= self.adversarial < math.inf:
            raise DbnError(
                f"adversarial examples lie some way off, 0 or more, and {self.adversarial} is no such length"
            )
        if self.adversarial and self.optimiser != "sgd":
            raise DbnError(f"{self.optimiser} needs the gradient of one loss: no adversarial examples, which follow it")
        check_intensity(self.intensity)
        Schedule(self.learning_rate).check("learning rate", 0, MOST_RATE)
        Schedule(self.momentum).check("momentum", 0, MOST_MOMENTUM)

    def as_json(self) -> dict[str, Any]:
        """Return the config as JSON values."""
        return asdict(self)


@dataclass
class BackpropState:
    """The network, which is learned in place, its velocities, and the streams that sample pixels and drop units.

    There are no velocities where nothing carries over from one batch to the next: without momentum, and with SciPy.
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    velocity: tuple[Array, ...]
    pixels: Rng
    dropout: Rng


class Backprop(Shuffled):
    """The learner that fits a network to labels; the loop drives it.

    Parameters
    ----------
    config : BackpropConfig
        How to learn.
    start : Network
        Where to start from; it is copied.
    data : Split
        Images and labels.
    seed : int
        Of the order of the examples and of sampled pixels.
    validation : Split, optional
        Gives the error that early stopping looks at.
    name : str
        Names the random streams and the progress bar.
    device, ranks : str, Ranks
        Where the state and the data are, and who learns together; see `dbn.training.device` and `dbn.training.ranks`.

    Raises
    ------
    DbnError
        If the network has not one input for each pixel, too few classes for the labels, or not the output units
        of the loss; or if SciPy's optimisers shall leave the CPU.
    """

    def __init__(
        self,
        config: BackpropConfig,
        start: Network,
        data: Split,
        seed: int,
        validation: Split | None = None,
        name: str = "finetune",
        device: str = "cpu",
        ranks: Ranks = ALONE,
    ) -> None:
        self.config, self.start, self.seed, self.name, self.device = config, start, seed, name, chosen(device)
        self.ranks = ranks
        self.data, self.validation = moved(data, self.device), moved(validation, self.device)
        if self.device != "cpu" and config.optimiser != "sgd":
            raise DbnError(f"{config.optimiser} is SciPy's and computes on the cpu; choose that device, or sgd")
        self.epochs, self.n_examples = config.epochs, len(data)
        self.batch_size, self.blocks = config.batch_size or len(data), data.blocks
        if loss_of(start.units[-1]) != config.loss:
            raise DbnError(
                f"the loss {config.loss} needs {OUTPUT_OF[config.loss]} outputs, and the network's are "
                f"{start.units[-1]}; choose the loss that goes with them"
            )
        for split in (data, validation):
            check_fits(split, start.sizes[0], start.n_classes)

    def init(self) -> BackpropState:
        """Copy the starting network; all velocities are 0."""
        engine = ops.of(self.start.weights[0])
        weights, biases = (tuple(map(engine.copy, arrays)) for arrays in (self.start.weights, self.start.biases))
        moves = self.config.optimiser == "sgd" and Schedule(self.config.momentum).bounds != (0, 0)
        velocity = tuple(engine.full(array.shape, 0, array) for array in (*weights, *biases)) if moves else ()
        pixels, dropout = (self.stream(f"{self.name}/{part}") for part in ("pixels", "dropout"))
        return moved(BackpropState(weights, biases, velocity, pixels, dropout), self.device)

    def model(self, state: BackpropState) -> Network:
        """Return the network as it stands; it shares its arrays with the state."""
        return Network(state.weights, state.biases, self.start.units)

    def moment(self, at: float) -> tuple[tuple[()], Numbers]:
        """Return the learning rate and the momentum; there is nothing to choose."""
        names = ("learning_rate", "momentum")
        return (), {name: Schedule(getattr(self.config, name))(at, self.epochs) for name in names}

    def step(self, state: BackpropState, rows: Array, moment: tuple[tuple[()], Numbers]) -> dict[str, float]:
        """Learn from one batch."""
        _, numbers = moment
        rows, batch = self.ranks.share(rows)
        x = to_visible(self.data.images[rows], self.config.intensity, state.pixels)
        labels = self.data.labels[rows]
        config = self.config
        if config.optimiser != "sgd":
            net = self.model(state)
            found = minimise(net, x, labels, config.optimiser, config.iterations, config.weight_decay, batch=batch)
            return {"loss": found.loss}
        loss, weights, biases = loss_and_gradient(
            self.model(state),
            x,
            labels,
            config.weight_decay,
            config.dropout,
            state.dropout,
            batch=batch,
            adversarial=config.adversarial,
        )
        rate = -numbers["learning_rate"]
        gradient = [*weights, *biases]
        for array in gradient:
            array *= rate
        parameters = self.parameters(state)
        if state.velocity:
            momentum_step(parameters, state.velocity, gradient, numbers["momentum"])
        else:
            for parameter, step in zip(parameters, gradient, strict=True):
                parameter += step
        return {"loss": loss}

    def end_epoch(self, state: BackpropState, epoch: int) -> dict[str, float]:
        """Measure loss and error on the validation images, if there are any."""
        if self.validation is None:
            return {}
        net, total, wrong = self.model(state), 0.0, 0
        for at in range(0, len(self.validation), BLOCK):
            block = self.validation[slice(at, at + BLOCK)]
            y = net.forward(mean_visible(block.images, self.config.intensity))[1]
            total += losses(net.units[-1], y, block.labels).sum(dtype=ops.of(y).float64)
            wrong += (y.argmax(axis=1) != block.labels).sum()
        n = len(self.validation)
        return {"validation_loss": float(total) / n, "validation_error_percent": 100 * int(wrong) / n}

    def parameters(self, state: BackpropState) -> list[Array]:
        """Return weights and biases."""
        return [*state.weights, *state.biases]
