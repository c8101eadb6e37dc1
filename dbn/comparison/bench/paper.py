"""Where, on paper, the messages of processes that learn together take as long as their products."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PRODUCTS = 5
"""Of CD-1, an image and a weight: multiplications, each with an addition; see `products.plan`."""

FLOAT = 4
"""Bytes of a number."""


@dataclass(frozen=True)
class Net:
    """Processors of one kind, and what connects each with the next.

    Parameters
    ----------
    name : str
        What a table calls them.
    multiply_adds : float
        A second, of one processor, in float32.
    bytes : float
        A second, in each direction.
    latency : float
        Seconds until a message begins to arrive.
    """

    name: str
    multiply_adds: float
    bytes: float
    latency: float


NETS = (
    Net("cores of 3 GHz with AVX2, 10 Gbit/s Ethernet", 16 * 3e9, 10e9 / 8, 50e-6),
    Net("H100, 400 Gbit/s InfiniBand", 33.5e12, 400e9 / 8, 5e-6),
    Net("H100, NVLink 4", 33.5e12, 450e9, 5e-6),
)
"""Peaks: two fused products of eight numbers a cycle; 67 TFLOPS in float32 and 900 GB/s to and fro, in NVIDIA's data
sheet of the H100 SXM. Latencies are round numbers."""


@dataclass(frozen=True)
class Bound:
    """What a CD-1 update takes at least.

    Attributes
    ----------
    products, messages : float
        Seconds of the products of a rank's share, and of adding up the gradient.
    even_batch : float
        The mini-batch at which both take the same: in smaller ones the messages bound the rate.
    """

    net: str
    ranks: int
    weights: int
    batch: int
    products: float
    messages: float
    even_batch: float


def bound(net: Net, ranks: int, weights: int, batch: int) -> Bound:
    """Return the times of an update of a machine with so many weights, from mini-batches of so many images.

    A share takes 5 · batch / ranks · weights multiplications. Adding up round a ring sends 2 (ranks − 1) messages of
    4 · weights / ranks bytes (Patarasuk & Yuan 2009, *Bandwidth optimal all-reduce algorithms for clusters of
    workstations*). Both grow with the weights: apart from latency it is the mini-batch alone that decides.

    >>> [round(bound(NETS[0], 2, weights, 100).even_batch) for weights in (1_700_000, 100_000_000)]
    [63, 61]
    >>> [round(bound(NETS[2], 8, weights, 100).even_batch) for weights in (1_700_000, 100_000_000)]
    [3041, 871]
    """
    products = PRODUCTS * batch / ranks * weights / net.multiply_adds
    messages = 2 * (ranks - 1) * (FLOAT * weights / ranks / net.bytes + net.latency)
    return Bound(net.name, ranks, weights, batch, products, messages, batch * messages / products)


def bounds(batch: int = 100) -> list[Bound]:
    """Return those of the nets above, for a net of 784-500-500-2000 units, 1.7 M weights, and for 100 M weights."""
    return [
        bound(net, ranks, weights, batch) for net in NETS for weights in (1_700_000, 100_000_000) for ranks in (2, 8)
    ]


def tabulated(found: Iterable[Bound]) -> str:
    """Return them as Markdown.

    >>> print(tabulated([bound(NETS[0], 2, 1_700_000, 100)]))
    On paper, of a CD-1 update:
    <BLANKLINE>
    | processors | ranks | weights | batch | products, ms | messages, ms | as long at a batch of |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: |
    | cores of 3 GHz with AVX2, 10 Gbit/s Ethernet | 2 | 1.7 M | 100 | 8.85 | 5.54 | 63 |
    """
    lines = [
        "On paper, of a CD-1 update:",
        "",
        "| processors | ranks | weights | batch | products, ms | messages, ms | as long at a batch of |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {each.net} | {each.ranks} | {each.weights / 1e6:g} M | {each.batch} | {1000 * each.products:.3g} "
        f"| {1000 * each.messages:.3g} | {each.even_batch:.0f} |"
        for each in found
    ]
    return "\n".join(lines)
