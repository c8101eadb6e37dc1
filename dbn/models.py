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
from dbn.training.state import pack

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


def save_model(path: str | Path, model: AnyModel, seed: int = 0) -> None:
    """Write a model as a checkpoint, in the place of what is at `path`; commands take it with a ``--dataset``.

    `train_to_file` writes one that also says how the model was trained.

    Parameters
    ----------
    path : path
        The file.
    model : DBN, Network or NaiveBayes
        Any that is in memory.
    seed : int
        That it was trained with, for the record.

    Raises
    ------
    DbnError
        If it is no such model, or the file cannot be written.

    >>> import tempfile
    >>> import numpy as np
    >>> from dbn.discriminative.network import Network
    >>> net = Network((np.eye(2),), (np.zeros(2),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(f"{folder}/net.h5", net)
    ...     load_model(f"{folder}/net.h5").sizes
    (2, 2)
    """
    kind = next((kind for kind, known in KINDS.items() if isinstance(model, known)), None)
    if kind is None:
        raise DbnError(
            f"a file holds one of {', '.join(KINDS)}, and {type(model).__name__} is none; put a machine into a DBN "
            "first, and of an estimator give its dbn_ or model_"
        )
    checkpoint.save(path, Checkpoint(kind, pack(model.tree()), {}, {}, seed))


def load_dbn(path: str | Path) -> DBN:
    """Read a deep belief net; DbnError if the file holds anything else."""
    return DBN.from_tree(checkpoint.load(Path(path), kind="dbn").model)
