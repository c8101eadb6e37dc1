"""The options of one machine's learning by contrastive divergence and its relatives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from dbn.errors import DbnError
from dbn.training.schedules import MOST_MOMENTUM, MOST_RATE, Numbers, Schedule, check_whole

MOST_STEPS, MOST_TEMPERATURES, MOST_EPOCHS = 10_000, 1000, 1_000_000
"""Larger values are slips of the pen: no run ends with so many Gibbs steps."""


class Choices(NamedTuple):
    """Which operations an update consists of; see `CDConfig`.

    `generative` and `discriminative` say which gradients are followed, `weighted` whether with weights other than 1.
    """

    k: int
    persistent: bool
    generative: bool
    discriminative: bool
    weighted: bool


@dataclass(frozen=True)
class CDConfig:
    """Hyper-parameters of one machine's learning. Schedules are texts, see `Schedule`.

    Rates, momentum and weight decay are by default those of the code that Hinton & Salakhutdinov published with
    *Reducing the dimensionality of data with neural networks* (Science, 2006), which sampled hidden units and used
    visible probabilities; the 30 epochs are those of *A fast learning algorithm for deep belief nets* (Hinton,
    Osindero & Teh, Neural Computation, 2006).

    Parameters
    ----------
    epochs : int
        Passes over the data; with 0 a machine stays as it is.
    learning_rate, momentum : schedule
        Of the mean gradient of a mini-batch. The momentum is less than 1.
    weight_decay : schedule
        L2, on weights only, times the learning rate.
    k : schedule
        Gibbs steps, rounded to whole numbers.
    persistent : schedule
        0: every chain starts at the data (CD). 1: it goes on from where the last update left it (PCD). Nothing lies
        between. Going over from 0 to 1, the chains begin where CD ends.
    sample_visible : bool
        Sample binary visible units too, instead of using their probabilities. Persistent chains always do; Gaussian
        units are sampled always.
    sparsity_target, sparsity_cost : float
        Desired mean activity of hidden units and the strength of the pull (Hinton 2012, *A practical guide to
        training restricted Boltzmann machines*).
    generative, discriminative : schedule
        Weights, at whole epochs, of the two gradients whose sum is followed: that of log p(y, x), by contrastive
        divergence, and that of log p(y given x), which takes label units. 1 and 0: the machine learns to generate;
        0 and 1: it learns to classify, and nothing is sampled; 0.01 and 1: the hybrid of Larochelle & Bengio 2008.
    centering : float
        How far each update moves the offsets of `dbn.generative.centering` towards the averages of its data and chains.
        0: no centering. 1: the enhanced gradient. Melchior, Fischer & Wiskott 2016 advise 0.01.
    temperatures : int
        Temperatures of persistent chains, see `dbn.generative.tempering`. 1: no tempering.
    fast_rate : schedule
        Learning rate of the weights of `dbn.generative.fast_weights`, which make persistent chains move. 0 in all
        epochs: no such weights.

    Raises
    ------
    DbnError
        If a schedule cannot be read or leaves its bounds, a number is infinite, NaN or out of its range, both weights
        are 0 in some epoch, or what helps persistent chains never meets any.
    """

    epochs: int = 30
    learning_rate: str = "0.1"
    momentum: str = "0.5,0.9@5"
    weight_decay: str = "0.0002"
    k: str = "1"
    persistent: str = "0"
    sample_visible: bool = False
    sparsity_target: float = 0.1
    sparsity_cost: float = 0.0
    generative: str = "1"
    discriminative: str = "0"
    centering: float = 0.0
    temperatures: int = 1
    fast_rate: str = "0"

    def __post_init__(self) -> None:
        Schedule(self.learning_rate).check("learning rate", 0, MOST_RATE)
        Schedule(self.momentum).check("momentum", 0, MOST_MOMENTUM)
        Schedule(self.weight_decay).check("weight decay", 0, MOST_RATE)
        Schedule(self.k).check("k", 1, MOST_STEPS)
        Schedule(self.persistent).check("persistent", 0, 1)
        steps = [step.split("@")[0] for step in self.persistent.split(",")]
        if ">" in self.persistent or not {float(step) for step in steps} <= {0, 1}:
            raise DbnError(
                f"persistent is 0 (CD) or 1 (PCD) in every epoch, and the schedule {self.persistent!r} is something "
                "between; write for example 0, 1, or 0,1@10"
            )
        check_whole("epochs", self.epochs, 0, MOST_EPOCHS)
        Schedule(self.generative).check("generative weight", 0, MOST_RATE)
        Schedule(self.discriminative).check("discriminative weight", 0, MOST_RATE)
        idle = [epoch for epoch in range(self.epochs) if not any(self.weights(epoch))]
        if idle:
            raise DbnError(
                f"the generative and the discriminative weight are both 0 in epoch {idle[0] + 1}, in which nothing "
                "would be learned; raise one of them"
            )
        if not 0 < self.sparsity_target < 1 or not self.sparsity_cost >= 0:
            raise DbnError("the sparsity target must lie between 0 and 1, its cost must not be negative")
        if not math.isfinite(self.sparsity_cost):
            raise DbnError(f"the sparsity cost must be finite, and {self.sparsity_cost} is not")
        if not 0 <= self.centering <= 1:
            raise DbnError(f"offsets move by a share from 0 (no centering) to 1, not {self.centering}")
        check_whole("temperatures", self.temperatures, 1, MOST_TEMPERATURES)
        if self.temperatures > 1 and not self._meets_persistent("1"):
            raise DbnError(
                "chains at other temperatures swap states with persistent ones; set persistent to 1, and the "
                "generative weight above 0"
            )
        Schedule(self.fast_rate).check("fast rate", 0, MOST_RATE)
        if self.has_fast_weights and (self.temperatures > 1 or not self._meets_persistent(self.fast_rate)):
            raise DbnError(
                "fast weights make persistent chains move, and tempering is another way to; set persistent to 1, "
                "temperatures to 1, and the generative weight above 0"
            )

    @property
    def has_fast_weights(self) -> bool:
        """Whether fast weights learn in any epoch."""
        return Schedule(self.fast_rate).bounds != (0, 0)

    def _meets_persistent(self, text: str) -> bool:
        """Whether a schedule is above 0 in an epoch with persistent chains; true of a machine that stays as it is."""
        both = (Schedule(text), Schedule(self.persistent))
        sampled = [epoch for epoch in range(self.epochs) if self.weights(epoch)[0] > 0]
        middles = [epoch + 0.5 for epoch in sampled]  # a ramp may begin or end at 0
        return not self.epochs or any(all(s(middle, self.epochs) > 0 for s in both) for middle in middles)

    def weights(self, epoch: int) -> tuple[float, float]:
        """Return the generative and the discriminative weight of a whole epoch, counted from 0.

        >>> CDConfig(epochs=4, generative="1,0.01@2", discriminative="0>1").weights(2)
        (0.01, 0.5)
        """
        return Schedule(self.generative)(epoch, self.epochs), Schedule(self.discriminative)(epoch, self.epochs)

    def moment(self, at: float) -> tuple[Choices, Numbers]:
        """Return what the schedules say at epoch `at`, a fraction, counted from 0.

        >>> choices, numbers = CDConfig(epochs=4, k="1>5", learning_rate="0.1>0").moment(2.0)
        >>> choices
        Choices(k=3, persistent=False, generative=True, discriminative=False, weighted=False)
        >>> numbers["learning_rate"]
        0.05
        """

        def now(text: str) -> float:
            return Schedule(text)(at, self.epochs)

        names = ("learning_rate", "momentum", "weight_decay", "fast_rate")
        numbers = {name: now(getattr(self, name)) for name in names}
        numbers["generative"], numbers["discriminative"] = g, d = self.weights(int(at))
        persistent = now(self.persistent) == 1
        return Choices(round(now(self.k)), persistent, g > 0, d > 0, not {g, d} <= {0, 1}), numbers
