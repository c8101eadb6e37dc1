"""What rows of the bench say together: how fast streaming is beside memory, and many processes beside one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dbn.comparison.bench.cases import PIXELS
from dbn.comparison.bench.measure import OURSELVES, Row

RATE = 0.9
"""How fast streaming shall be at least, as a part of the rate in memory."""

MEMORY_MB = 1000
"""How much memory streaming may take, however large the file."""


def streaming(rows: Sequence[Row]) -> dict[str, Any]:
    """Return how streaming compares with learning from memory, if it was measured.

    Returns
    -------
    dict
        ``rate_ratio``, ``peak_memory_mb`` of the process, ``in_memory_peak_mb`` of the other one, and ``gb`` of images.

    >>> from dataclasses import replace
    >>> row = Row("stream", "dbn", 10**6, 100, (500,), 1, 3, 9.0, (9, 9), 1.2, (1.1, 1.3), 10**9, peak_mb=850.0)
    >>> streaming([row, replace(row, model="dbn-stream", seconds=10.0, peak_mb=70.0)])
    {'rate_ratio': 0.9, 'peak_memory_mb': 70.0, 'in_memory_peak_mb': 850.0, 'gb': 0.784}
    >>> streaming([row])
    {}
    """
    found = {row.model: row for row in rows if row.case == "stream"}
    if not {OURSELVES, "dbn-stream"} <= found.keys():
        return {}
    memory, disk = found[OURSELVES], found["dbn-stream"]
    return {
        "rate_ratio": memory.seconds / disk.seconds,
        "peak_memory_mb": disk.peak_mb,
        "in_memory_peak_mb": memory.peak_mb,
        "gb": disk.images * PIXELS / 1e9,
    }


def scaling(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return how many times as fast as one process several are, by the mini-batches for which one was measured too.

    >>> from dataclasses import replace
    >>> row = Row("scaling-1", "dbn-ranks", 0, 100, (500,), 1, 3, 3.0, (3, 3), 1.2, (1.1, 1.3), 10**9)
    >>> scaling([row, replace(row, case="scaling-2", seconds=2.0)])
    [{'processes': 2, 'batch': 100, 'speed_up': 1.5, 'ideal': 2}]
    """
    ranks = [row for row in rows if row.model == "dbn-ranks"]
    seconds = {(row.batch, int(row.case.split("-")[1])): row.seconds for row in ranks}
    return [
        {"processes": n, "batch": batch, "speed_up": seconds[batch, 1] / took, "ideal": n}
        for (batch, n), took in sorted(seconds.items())
        if n > 1 and (batch, 1) in seconds
    ]


def said(rows: Sequence[Row]) -> list[str]:
    """Return a sentence for each of them."""
    lines = []
    if stream := streaming(rows):
        lines.append(
            f"Streaming {stream['gb']:.3g} GB: {stream['rate_ratio']:.2f} of the rate in memory (aim: ≥ {RATE}), "
            f"at most {stream['peak_memory_mb']:.0f} MB (aim: < {MEMORY_MB}; "
            f"in memory {stream['in_memory_peak_mb']:.0f})."
        )
    lines += [
        f"{each['processes']} processes with mini-batches of {each['batch']}: {each['speed_up']:.2f} × as fast as one "
        f"(ideal: {each['ideal']})."
        for each in scaling(rows)
    ]
    return lines
