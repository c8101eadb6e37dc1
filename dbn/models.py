"""Every kind of model that a checkpoint can hold, and how to get one back."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.naive_bayes import NaiveBayes
from dbn.training import checkpoint
from dbn.training.checkpoint import Checkpoint

AnyModel: TypeAlias = DBN | Network | NaiveBayes

KINDS: dict[str, type[AnyModel]] = {"dbn": DBN, "network": Network, "naive-bayes": NaiveBayes}


def model_of(found: Checkpoint) -> AnyModel:
    """Build the model of a checkpoint that was read.

    Raises
    ------
    DbnError
        If its kind is unknown or its parts do not fit each other.
    """
    if found.kind not in KINDS:
        raise DbnError(f"the file holds a {found.kind!r}, and known models are {', '.join(KINDS)}; give another file")
    return KINDS[found.kind].from_tree(found.model)


def load_model(path: str | Path) -> AnyModel:
    """Read the model of a checkpoint, without its training state.

    Parameters
    ----------
    path : path
        A file that dbn wrote.

    Returns
    -------
    DBN, Network or NaiveBayes

    Raises
    ------
    DbnError
        If the file is missing, damaged or not a checkpoint.
    """
    return model_of(checkpoint.load(Path(path)))


def load_dbn(path: str | Path) -> DBN:
    """Read a deep belief net; DbnError if the file holds anything else."""
    return DBN.from_tree(checkpoint.load(Path(path), kind="dbn").model)
