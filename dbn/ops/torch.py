"""The PyTorch engine: the functions of the NumPy engine, which documents them, for tensors on a CPU or a GPU.

Its devices are `torch`, the CPU, and those that PyTorch itself names, such as `cuda`. `cpu` is NumPy's.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import distributed

from dbn.ops import numpy

Array: TypeAlias = Any
"""A tensor."""

concatenate, matmul, vecdot = torch.concatenate, torch.matmul, torch.linalg.vecdot
exp, expm1, log, tanh = torch.exp, torch.expm1, torch.log, torch.tanh
uint8, float32, float64 = torch.uint8, torch.float32, torch.float64

_PATIENCE = timedelta(minutes=10)
"""How long processes wait for one that is silent; one that has died is noticed at once."""


def devices() -> tuple[str, ...]:
    """Name the devices that tensors can be on."""
    return ("torch", "cuda") if torch.cuda.is_available() else ("torch",)


def from_numpy(a: numpy.Array, device: Any = "torch") -> Array:
    """Copy a NumPy array to a device."""
    return torch.tensor(np.ascontiguousarray(a) if a.ndim else a, device=_place(device))


def to_numpy(a: Array) -> numpy.Array:
    """Return a tensor as a NumPy array, which shares its memory if that is the CPU's."""
    found: numpy.Array = a.cpu().numpy()
    return found


def copy(a: Array, dtype: Any = None) -> Array:
    """Return a copy, its rows one after the other in memory, as numbers of another type if one is given."""
    return a.to(dtype or a.dtype, copy=True, memory_format=torch.contiguous_format)


def full(shape: tuple[int, ...], value: float, like: Array) -> Array:
    """Return a new tensor that holds one value, of the type of another one and where that is."""
    return torch.full(shape, value, dtype=like.dtype, device=like.device)


def number(a: Array) -> Array:
    """Return a sum as one number on its device, in float64."""
    return a.to(float64)


def affine(x: Array, W: Array, b: Array) -> Array:
    """Total inputs x W + b, by one kernel."""
    return torch.addmm(b, x, W)


def sigmoid(a: Array) -> Array:
    """σ(a), written over `a`."""
    return a.sigmoid_()


def softplus(a: Array) -> Array:
    """log(1 + eᵃ) without overflow; PyTorch's own takes a for it above 20."""
    return a.clip(min=0) + torch.log1p(torch.exp(-a.abs()))


def log_sum_exp(a: Array) -> Array:
    """log Σ eᵃ over the last axis."""
    return torch.logsumexp(a, dim=-1)


def log_softmax(a: Array) -> Array:
    """Normalised log-probabilities over the last axis."""
    return torch.log_softmax(a, dim=-1)


def one_hot(labels: Array, n_classes: int, dtype: Any = float32) -> Array:
    """Labels (n,) as rows (n, n_classes) in which one unit is on."""
    rows = torch.zeros((len(labels), n_classes), dtype=dtype, device=labels.device)
    return rows.scatter_(1, labels[:, None], 1)


class captured:
    """A step that a GPU repeats without Python, as a CUDA graph; see `numpy.captured`.

    A GPU records the second step of a kind, unless DBN_CUDA_GRAPHS is 0; what the first one sets up, such as a
    library's workspace, cannot be recorded. With other choices what was recorded is forgotten: they rarely change.
    What a step returns is written over by the next one.
    """

    def __init__(self, step: Callable[..., Any], streams: Sequence[Rng], like: Array) -> None:
        self._step, self._streams, self._like = step, streams, like
        self._choices: Any = None
        self._inputs: dict[int, tuple[Array, dict[str, Array]]] = {}
        self._recorded: dict[int, Callable[[], Any]] = {}
        self._given: dict[int, dict[str, float]] = {}

    def __call__(self, rows: Array, moment: tuple[Any, dict[str, float]]) -> Any:
        """Make the step; its inputs go where those of the recorded one were."""
        (choices, numbers), n = moment, len(rows)
        if choices != self._choices:
            self._choices, self._inputs, self._recorded, self._given = choices, {}, {}, {}
            self._record = _recorder(
                self._streams, self._like
            )  # memory whose graphs are gone is not recorded into again
        first = n not in self._inputs
        if first:
            self._inputs[n] = copy(rows), {name: full((), value, self._like) for name, value in numbers.items()}
        else:
            self._renew(n, rows, numbers)
        self._given[n] = numbers
        step = partial(self._step, self._inputs[n][0], (choices, self._inputs[n][1]))
        if first:
            return step()
        if n not in self._recorded:
            self._recorded[n] = self._record(step)
        return self._recorded[n]()

    def _renew(self, n: int, rows: Array, numbers: dict[str, float]) -> None:
        there, slots = self._inputs[n]
        there.copy_(rows)
        for name, slot in slots.items():
            if numbers[name] != self._given[n][name]:
                slot.fill_(numbers[name])


def _recorder(streams: Sequence[Rng], like: Array) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Return what records on a GPU what a function does, without doing it; on a CPU nothing is gained by it."""
    if like.device.type != "cuda" or os.environ.get("DBN_CUDA_GRAPHS") == "0":
        return lambda function: function
    cuda: Any = torch.cuda  # PyTorch leaves some of it without types
    pool = cuda.graph_pool_handle()  # one for all, as they are repeated one after the other
    stream = cuda.Stream(like.device)  # its own: a graph that goes takes what cuBLAS has for its stream with it

    def record(function: Callable[[], Any]) -> Callable[[], Any]:
        graph = torch.cuda.CUDAGraph()
        if [int(part) for part in torch.__version__.split(".")[:2]] < [2, 14]:  # later ones find the generators
            for rng in streams:
                graph.register_generator_state(rng._torch)  # noqa: SLF001
        with torch.cuda.graph(graph, pool=pool, stream=stream):
            result = function()

        def again() -> Any:
            graph.replay()
            return result

        return again

    return record


class Processes(numpy.Processes):
    """The processes that torchrun has started, each for itself; RuntimeError as soon as one of them cannot be reached.

    Parameters
    ----------
    device : str
        Where they compute: with ``"cuda"`` each takes the GPU of its number on its machine, and what is there goes by
        NCCL. All else goes by gloo: NumPy's arrays, with which a GPU need not be waited for, and tensors on the CPU.
    """

    def __init__(self, device: str = "torch") -> None:
        place, backend = None, "gloo"
        if device == "cuda":
            place = torch.device("cuda", int(os.environ.get("LOCAL_RANK", os.environ["RANK"])))
            torch.cuda.set_device(place)
            backend = "cpu:gloo,cuda:nccl"
        distributed.init_process_group(backend, timeout=_PATIENCE, device_id=place)  # NCCL meets now, not in a step
        atexit.register(distributed.destroy_process_group)
        self.rank, self.count = distributed.get_rank(), distributed.get_world_size()

    def add(self, *arrays: Any) -> None:
        """Add up tensors, or NumPy's arrays, each over all of them, in place."""
        tensors = [torch.from_numpy(a) if isinstance(a, np.ndarray) else a for a in arrays]
        for sent in [distributed.all_reduce(tensor, async_op=True) for tensor in tensors]:
            sent.wait()

    def gather(self, thing: Any) -> list[Any]:
        """Return what each of them has given."""
        found = [None] * self.count
        distributed.all_gather_object(found, thing)
        return found


class Rng(numpy.Rng):
    """One named stream of random numbers, which stay on the device: others on each kind of it, and none of NumPy's."""

    def __init__(self, seed: int, name: str, device: Any = "torch") -> None:
        self._torch = torch.Generator(_place(device))
        key = hashlib.sha256(f"{seed} {name}".encode()).digest()
        self._torch.manual_seed(int.from_bytes(key[:8], "little", signed=True))

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """Draw float32 numbers in [0, 1)."""
        return torch.rand(shape, generator=self._torch, device=self._torch.device)

    def normal(self, shape: tuple[int, ...]) -> Array:
        """Draw standard normal numbers, float64."""
        return torch.randn(shape, generator=self._torch, device=self._torch.device, dtype=float64)

    def permutation(self, n: int) -> Array:
        """Draw a random order of 0 … n − 1."""
        return torch.randperm(n, generator=self._torch, device=self._torch.device)

    def bernoulli(self, p: Array, out: Array | None = None) -> Array:
        """Draw binary states that are 1 with probability `p`; same shape and dtype as `p`. `out` may be `p` itself."""
        # torch.bernoulli is one kernel, not two, but a NaN in p would end a GPU's work before anyone can say why
        return torch.lt(self.uniform(p.shape), p, out=torch.empty_like(p) if out is None else out)

    def some(self, n: int, share: float) -> tuple[Array | slice, Array]:
        """Choose each of n rows with probability `share`: all rows, and which of them are chosen (n, 1)."""
        return slice(None), self.uniform((n, 1)) < share

    def categorical(self, a: Array) -> Array:
        """Draw one-hot rows given log-probabilities, up to a constant each: (n, k), written over `a`."""
        waiting = torch.empty_like(a).exponential_(generator=self._torch)  # over p, the shortest has probability p
        chosen = (a - waiting.log_()).argmax(dim=1, keepdim=True)
        return a.zero_().scatter_(1, chosen, 1)

    @property
    def state(self) -> str:
        """The position in the stream, as JSON."""
        position = base64.b64encode(self._torch.get_state().numpy().tobytes()).decode()
        return json.dumps({"bit_generator": self._kind, "state": position})

    @state.setter
    def state(self, text: str) -> None:
        state = json.loads(text)
        if state["bit_generator"] != self._kind:
            self._torch.set_state(Rng(0, text, self._torch.device)._torch.get_state())  # noqa: SLF001
        else:
            position = np.frombuffer(base64.b64decode(state["state"]), np.uint8)
            self._torch.set_state(torch.tensor(position))

    @property
    def _kind(self) -> str:
        return f"torch-{self._torch.device.type}"


def _place(device: Any) -> Any:
    return "cpu" if device == "torch" else device
