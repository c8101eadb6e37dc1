"""The matrix products that each case cannot do without: what they are, and a program that does nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np

from dbn import ops
from dbn.comparison.bench.cases import CLASSES, PIXELS, Case
from dbn.comparison.bench.worker import Work, serve
from dbn.ops.numpy import Array

BLOCK = 1000
"""Images that go up together to the next machine."""


@dataclass(frozen=True)
class Product:
    """One product with, or for, weights W (a, b).

    - ``up``: v (n, a) times W;
    - ``down``: h (n, b) times Wᵀ;
    - ``statistics``: vᵀ (a, n) times h (n, b).
    """

    way: Literal["up", "down", "statistics"]
    n: int
    a: int
    b: int

    @property
    def multiply_adds(self) -> int:
        """Multiplications, each with an addition."""
        return self.n * self.a * self.b

    def operands(self, W: Array) -> tuple[Array, Array, Array]:
        """Two factors and room for their product, in the layout that learning has them in."""
        full = ops.of(W).full
        v, h = full((self.n, self.a), 0.5, W), full((self.n, self.b), 0.5, W)
        match self.way:
            case "up":
                return v, W, h
            case "down":
                return h, W.T, v
            case "statistics":
                return v.T, h, full(W.shape, 0, W)


Plan: TypeAlias = list[tuple[int, list[Product]]]
"""How often which products are done, one after the other."""


def plan(case: Case) -> Plan:
    """Return the products of a case.

    CD-1 goes up, down and up again, and takes both statistics in one product of twice the batch: five products an
    image. Up-down goes up and down the directed layers in wake and in sleep, predicts each layer from the other in
    both, and has two statistics, six an image; its memory goes up, k times down and up, and has both statistics,
    2k + 3 an image.

    >>> sum(times * p.multiply_adds for times, ps in plan(Case("", "cd1", (500,), images=1000)) for p in ps)
    1960000000
    >>> 5 * 1000 * 784 * 500
    1960000000
    """
    layers = list(pairwise((PIXELS, *case.hidden)))
    top = (layers[-1][0] + CLASSES, layers[-1][1])  # label units lie beside the units below
    n = case.batch
    match case.kind:
        case "cd1" | "stream" | "scaling":
            return _epoch(case, layers[-1:])
        case "greedy":
            blocks = _batches(replace(case, batch=BLOCK))
            lower = [(times, [Product("up", rows, *layer)]) for layer in layers[:-1] for times, rows in blocks]
            return [*_epoch(case, [*layers[:-1], top]), *lower]
        case "updown":
            return [(times, _updown(rows, layers[:-1], top, case.k)) for times, rows in _batches(case)]
        case "finetune":
            return [(times, _backprop(rows, [*layers, (layers[-1][1], CLASSES)])) for times, rows in _batches(case)]
        case "ais":
            return [(case.steps, [Product("up", n, *layers[-1]), Product("down", n, *layers[-1])])]
        case _:
            ends = [Product("up", n, *layer) for layer in layers[:-1]] + [Product("up", n, *top)]
            shown = [Product("down", n, product.a, product.b) for product in ends[::-1]]
            return [(1, ends), (case.steps, [Product("down", n, *top), Product("up", n, *top)]), (1, shown)]


def multiply_adds(case: Case) -> int:
    """Return how many multiplications, each with an addition, the products of a case are.

    >>> multiply_adds(Case("", "ais", (500,), steps=1000)) == 1000 * 100 * 2 * 784 * 500
    True
    """
    return sum(times * product.multiply_adds for times, products in plan(case) for product in products)


def _batches(case: Case) -> list[tuple[int, int]]:
    """How many mini-batches an epoch has, and of how many images; what is left over makes a smaller one."""
    full, rest = divmod(case.images, case.batch)
    return [(full, case.batch)] + [(1, rest)] * (rest > 0)


def _epoch(case: Case, layers: list[tuple[int, int]]) -> Plan:
    """One epoch of CD-1 of each machine."""
    return [(times, _cd1(rows, *layer)) for layer in layers for times, rows in _batches(case)]


def _cd1(n: int, a: int, b: int) -> list[Product]:
    return [
        Product("up", n, a, b),
        Product("down", n, a, b),
        Product("up", n, a, b),
        Product("statistics", 2 * n, a, b),
    ]


def _updown(n: int, directed: list[tuple[int, int]], top: tuple[int, int], k: int) -> list[Product]:
    wake = [Product("up", n, a, b) for a, b in directed]
    memory = [Product("up", n, *top), *[Product("down", n, *top), Product("up", n, *top)] * k]
    sleep = [Product("up", n, b, a) for a, b in reversed(directed)]  # generative weights lie the other way
    learn = [
        product
        for a, b in directed
        for product in (
            Product("up", n, b, a),
            Product("up", n, a, b),
            Product("statistics", n, b, a),
            Product("statistics", n, a, b),
        )
    ]
    return [*wake, *memory, *sleep, *learn, Product("statistics", 2 * n, *top)]


def _backprop(n: int, layers: list[tuple[int, int]]) -> list[Product]:
    forward = [Product("up", n, a, b) for a, b in layers]
    back = [Product("statistics", n, a, b) for a, b in layers]
    return [*forward, *back, *(Product("down", n, a, b) for a, b in layers[1:])]


def _work(case: Case) -> Work:
    engine, weights = ops.on(case.device), {}

    def operands(product: Product) -> tuple[Array, Array, Array]:
        shape = product.a, product.b
        if shape not in weights:
            weights[shape] = engine.from_numpy(np.full(shape, 0.01, np.float32), case.device)
        return product.operands(weights[shape])

    planned = [(times, [operands(product) for product in products]) for times, products in plan(case)]

    def work() -> None:
        for times, products in planned:
            for _ in range(times):
                for left, right, out in products:
                    engine.matmul(left, right, out=out)
        engine.to_numpy(out[:1])  # a GPU is done when this is there

    return work


if __name__ == "__main__":
    serve(dict.fromkeys(("cd1", "stream", "scaling", "greedy", "updown", "finetune", "ais", "sample"), _work))
