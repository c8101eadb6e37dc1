"""What a deep belief net learns greedily by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from dbn.data.intensity import Intensity, check_intensity
from dbn.errors import DbnError
from dbn.generative.cd_config import CDConfig
from dbn.generative.units import HIDDEN_KINDS, HiddenKind
from dbn.training.averaging import check_share
from dbn.training.schedules import check_whole


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
    averaging : float
        Share of the averaged weights that an update leaves as it was, see `averaging.average`. They are the model, and
        machines above learn from them; with 0 they are the weights themselves.
    sample_hidden : bool
        Machines above the first learn from sampled hidden states, which the bound on log p(x) is about, not from
        probabilities.
    tied : bool
        New machines above the first begin as the transpose of the one below, see `starting.tie`.
    visible : {"bernoulli", "gaussian"}
        What the pixels of the first machine are: binary units, or real numbers with learned variances.
    hidden_units : {"bernoulli", "rectified"}
        What the hidden units are: binary, or rectified linear (Nair & Hinton 2010). Those of a top machine with labels
        are binary always, so that its free energy tells the labels.

    Raises
    ------
    DbnError
        If there is no machine, or one without hidden units, not one learning config for each, nothing in a mini-batch,
        no such kind of unit or intensity, or the share is none.
    """

    hidden: tuple[int, ...] = (500, 500, 2000)
    layers: tuple[CDConfig, ...] = (CDConfig(), CDConfig(), CDConfig())
    batch_size: int = 100
    labels: bool = True
    intensity: Intensity = "real"
    balanced: bool = False
    averaging: float = 0.0
    sample_hidden: bool = False
    tied: bool = False
    visible: Literal["bernoulli", "gaussian"] = "bernoulli"
    hidden_units: HiddenKind = "bernoulli"

    def __post_init__(self) -> None:
        if not isinstance(self.hidden, tuple) or not isinstance(self.layers, tuple):
            raise DbnError("hidden and layers are tuples with an entry for each machine: (500,) and (CDConfig(),)")
        if not self.hidden:
            raise DbnError("a net needs at least one layer; give the numbers of its hidden units, such as (500, 2000)")
        for size in self.hidden:
            check_whole("the number of a machine's hidden units", size, 1)
        if len(self.layers) != len(self.hidden):
            raise DbnError(f"{len(self.hidden)} layers need as many learning configs, not {len(self.layers)}")
        if self.visible not in {"bernoulli", "gaussian"}:
            raise DbnError(f"pixels are bernoulli or gaussian units, not {self.visible}")
        if self.hidden_units not in HIDDEN_KINDS:
            raise DbnError(f"hidden units are {' or '.join(HIDDEN_KINDS)} ones, not {self.hidden_units}")
        check_whole("batch_size", self.batch_size, 1)
        check_intensity(self.intensity)
        check_share(self.averaging)

    def as_json(self) -> dict[str, Any]:
        """Return the config as JSON values: lists, as a file gives them back, and no tuples."""
        return {**asdict(self), "hidden": list(self.hidden), "layers": [asdict(layer) for layer in self.layers]}
