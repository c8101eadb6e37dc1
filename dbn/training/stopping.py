"""Early stopping: when a metric falls no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dbn.errors import DbnError


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when a metric has not fallen for some epochs, and go back to the model of the best one.

    Parameters
    ----------
    metric : str
        One that the learner measures in every epoch, the less the better.
    patience : int
        Epochs without a new least value after which learning ends.

    Raises
    ------
    DbnError
        If the patience is less than 1; from `improves`, if the metric was not measured.

    >>> stopping = EarlyStopping("validation_error_percent", 2)
    >>> stopping.improves([{"validation_error_percent": 3.0}, {"validation_error_percent": 2.5}], best_epoch=1)
    True
    >>> stopping.is_over(epoch=4, best_epoch=2)
    True
    """

    metric: str
    patience: int

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise DbnError(f"early stopping waits for at least 1 epoch, not {self.patience}; give it more patience")

    def improves(self, history: Sequence[Mapping[str, float]], best_epoch: int) -> bool:
        """Whether the last epoch is better than the best before it, which is counted from 1, or −1 if there is none."""
        if self.metric not in history[-1]:
            raise DbnError(f"early stopping needs the metric {self.metric!r}; hold out validation images to measure it")
        return best_epoch < 0 or history[-1][self.metric] < history[best_epoch - 1][self.metric]

    def is_over(self, epoch: int, best_epoch: int) -> bool:
        """Whether the patience is at an end after an epoch."""
        return best_epoch >= 0 and epoch - best_epoch >= self.patience
