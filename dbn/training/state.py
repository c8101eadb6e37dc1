"""A state as a tree of arrays, numbers and texts: what a checkpoint stores, and how it is put back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

import numpy as np

from dbn import ops
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng

Tree: TypeAlias = dict[str, Any]

OWN = {"chains", "replicas"}
"""Fields of a state that are, like streams, other ones on each rank; see `dbn.training.ranks`."""


def _children(node: Any) -> dict[str, Any] | None:
    """Named children of an inner node; None for a leaf."""
    if is_dataclass(node):
        return {field.name: getattr(node, field.name) for field in fields(node)}
    if isinstance(node, Mapping):
        return dict(node)
    if isinstance(node, (tuple, list)):
        return {str(i): child for i, child in enumerate(node)}
    return None


def _is_empty(node: Any) -> bool:
    return 0 in node.shape if ops.is_array(node) else _children(node) == {}


def _may_be_missing(node: Any, name: str, child: Any) -> bool:
    if isinstance(child, str) and is_dataclass(node):
        return any(field.name == name and field.default == child for field in fields(node))
    return _is_empty(child)


def pack(node: Any) -> Any:
    """Dataclasses, tuples and dicts as nested dicts; arrays as NumPy's; numbers stay; a generator as its position.

    >>> pack((np.zeros(2), 3))
    {'0': array([0., 0.]), '1': 3}
    """
    if isinstance(node, Rng):
        return node.state
    if ops.is_array(node):
        return ops.of(node).to_numpy(node)
    children = _children(node)
    return node if children is None else {name: pack(child) for name, child in children.items()}


def restore(node: Any, tree: Any, path: str = "training") -> None:
    """Put a packed tree back into a state of the same structure, in place.

    The file may come of another engine. Streams go on exactly where they were only on the kind of device on which they
    were written; elsewhere other ones follow, always the same.

    A part that holds nothing, in a run without the option that it belongs to, may be missing, and so may a text, which
    no training changes, that is its field's default: the file is older than the option (see `options.completed`).

    Parameters
    ----------
    node
        A fresh state. Its arrays and generators are overwritten, its numbers set.
    tree
        What `pack` gave for the state to return to.

    Raises
    ------
    DbnError
        If anything is missing, superfluous, or of another shape or type than in `node`.

    >>> state = {"a": np.zeros(2)}
    >>> restore(state, {"a": np.ones(2)})
    >>> state["a"]
    array([1., 1.])
    """
    children = _children(node)
    if children is not None and isinstance(tree, dict):
        children = {
            name: child for name, child in children.items() if name in tree or not _may_be_missing(node, name, child)
        }
    if children is None or not isinstance(tree, dict) or children.keys() != tree.keys():
        raise DbnError(f"{path} in the checkpoint does not fit this run; resume with the options it was started with")
    for name, child in children.items():
        stored, place = tree[name], f"{path}/{name}"
        if ops.is_array(child):
            expected = pack(child)
            if not isinstance(stored, np.ndarray) or stored.shape != expected.shape or stored.dtype != expected.dtype:
                raise DbnError(
                    f"{place} in the checkpoint does not fit this run ({expected.shape} {expected.dtype} expected); "
                    "resume with the options it was started with"
                )
            child[...] = ops.of(child).from_numpy(stored, child.device)
        elif isinstance(child, Rng):
            child.state = stored
        elif _children(child) is not None:
            restore(child, stored, place)
        elif stored != child:
            _set(node, name, type(child)(stored), place)


def _set(node: Any, name: str, value: Any, place: str) -> None:
    try:
        if isinstance(node, dict):
            node[name] = value
        else:
            setattr(node, name, value)
    except AttributeError:  # a frozen part: layer sizes, kinds of units
        raise DbnError(f"{place} is {value!r} in the checkpoint: it belongs to another run") from None


def own(node: Any) -> Tree:
    """Return what each rank has for itself in a state, by its path: its streams, and the fields named in `OWN`.

    >>> own({"weights": np.zeros(2), "layers": [{"chains": np.ones(1)}]})
    {'layers.0.chains': array([1.])}
    """
    found: Tree = {}
    for name, child in (_children(node) or {}).items():
        if isinstance(child, Rng) or name in OWN:
            found[name] = child
        else:
            found |= {f"{name}.{path}": part for path, part in own(child).items()}
    return found


def refuse_nan(model: Tree) -> None:
    """Refuse a packed model whose weights are not all finite numbers; DbnError."""
    if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in arrays(model)):
        raise DbnError("the model holds weights that are not numbers; train it anew with a lower learning rate")


def digest(node: Any) -> str:
    """SHA-256 over every array in a state: which weights these are. What holds nothing counts for nothing.

    >>> digest([np.zeros(2)]) == digest([np.zeros(2), np.zeros(0)]) != digest([np.ones(2)])
    True
    """
    found = hashlib.sha256()
    for array in map(pack, arrays(node)):
        if array.size:
            found.update(str((array.shape, array.dtype.str)).encode())
            found.update(array.tobytes())
    return found.hexdigest()


def arrays(node: Any) -> Iterator[Array]:
    """Every array in a state, in order."""
    if ops.is_array(node):
        yield node
    for child in (_children(node) or {}).values():
        yield from arrays(child)
