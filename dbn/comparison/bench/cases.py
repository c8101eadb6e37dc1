"""What is timed: a name for each piece of work, and its size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dbn.errors import DbnError

DEEP = (500, 500, 2000)
PIXELS, CLASSES = 784, 10
MOST_GB = 1_000_000
GROWTH = {"hidden": "hidden units", "images": "images", "threads": "threads"}
"""Families of cases of CD-1 in which one thing grows."""


@dataclass(frozen=True)
class Case:
    """One piece of work.

    Parameters
    ----------
    name : str
        What rows of results call it.
    kind : str
        What is done: one epoch of ``cd1`` (a machine), ``stream`` (the same from a file), ``scaling`` (the same by
        several processes), ``greedy`` (each machine of a net with labels), ``updown`` or ``finetune``; or ``ais``, or
        ``sample`` (chains with clamped labels).
    hidden : tuple of int
        Hidden units from the pixels up.
    images : int
        Of the epoch; 0 where there is none.
    batch : int
        Images an update, or chains.
    k : int
        Gibbs steps of an update.
    steps : int
        Temperatures, or Gibbs steps of each chain.
    threads : int
        For matrix products; 0: as many as the run has.
    fresh : bool
        Begin a process for it, whose peak memory is its own.
    file : str
        What ``stream`` learns from.
    ranks : int
        Processes of ``scaling``.
    device : str
        Where it is done; see `dbn.training.device.chosen`.
    """

    name: str
    kind: str
    hidden: tuple[int, ...] = (500,)
    images: int = 0
    batch: int = 100
    k: int = 1
    steps: int = 0
    threads: int = 0
    fresh: bool = False
    file: str = ""
    ranks: int = 1
    device: str = "cpu"


def all_cases(images: int, threads: int, stream_gb: float = 0.3) -> list[Case]:
    """Return every case, with so many images in an epoch.

    Growth with threads, and with processes of one thread, goes up to `threads`, by doubling. Peak memory is
    that of six times as many images; those that are streamed fill `stream_gb` GB.

    Raises
    ------
    DbnError
        If a case would have no image or no thread.

    >>> [case.name for case in all_cases(1000, 2)][:4]
    ['cd1-b100', 'cd1-b10', 'greedy', 'updown-k3']
    >>> [(case.name, case.images) for case in all_cases(1000, 2) if case.fresh]
    [('memory', 6000), ('stream', 382653)]
    """
    if not stream_gb <= MOST_GB:
        raise DbnError(f"no disk has {stream_gb:g} GB; give at most {MOST_GB:,} with --stream-gb")
    streamed = int(stream_gb * 1e9 / PIXELS)
    if images < 2:
        raise DbnError(f"an epoch of {images} images cannot be halved; give at least 2 with --images")
    if threads < 1:
        raise DbnError(f"nothing can be done by {threads} threads; give at least 1 with --threads")
    if streamed < 1:
        raise DbnError(f"no image fits in {stream_gb:g} GB; give more with --stream-gb")
    counts = [2**power for power in range(threads.bit_length())]
    return [
        Case("cd1-b100", "cd1", images=images),
        Case("cd1-b10", "cd1", images=images, batch=10),
        Case("greedy", "greedy", DEEP, images),
        Case("updown-k3", "updown", DEEP, images, k=3),
        Case("updown-k10", "updown", DEEP, images, k=10),
        Case("finetune", "finetune", DEEP, images),
        Case("ais", "ais", steps=1000),
        Case("sample", "sample", DEEP, steps=100),
        Case("memory", "cd1", images=6 * images, fresh=True),
        Case("stream", "stream", images=streamed, fresh=True),
        *(Case(f"hidden-{units}", "cd1", (units,), images) for units in (250, 500, 1000, 2000)),
        *(Case(f"images-{n}", "cd1", images=n) for n in (images // 2, images, 2 * images)),
        *(Case(f"threads-{n}", "cd1", images=images, threads=n) for n in counts),
        *(Case(f"scaling-{n}", "scaling", images=images, threads=1, ranks=n) for n in counts),
        *(Case(f"scaling-{n}-b1000", "scaling", images=images, batch=1000, threads=1, ranks=n) for n in counts),
    ]


def on(device: str, cases: Iterable[Case]) -> list[Case]:
    """Return cases as they are done on a device; of PyTorch's, without sampling and those that are about the CPU.

    Raises
    ------
    DbnError
        If none is left.

    >>> [case.name for case in on("cuda", all_cases(1000, 2))][-3:]
    ['images-500-cuda', 'images-1000-cuda', 'images-2000-cuda']
    """
    if device == "cpu":
        return list(cases)
    kinds = "cd1", "greedy", "updown", "finetune", "ais"
    able = [case for case in cases if case.kind in kinds and not case.fresh and not case.threads]
    if not able:
        raise DbnError("this is measured on the cpu only; choose another case with --only, or leave out --device")
    return [replace(case, name=f"{case.name}-{device}", device=device) for case in able]


def chosen(cases: Iterable[Case], only: str | None) -> list[Case]:
    """Return the cases of a name, or of a family of names; all of them for None.

    Raises
    ------
    DbnError
        If there are none.

    >>> [case.name for case in chosen(all_cases(1000, 2), "cd1")]
    ['cd1-b100', 'cd1-b10']
    """
    every = list(cases)
    found = [case for case in every if only in (None, case.name, family(case.name))]
    if not found:
        raise DbnError(f"there is no case {only!r}; choose among {', '.join(case.name for case in every)}")
    return found


def family(name: str) -> str:
    """Return what the names of cases of one kind have in common.

    >>> family("hidden-250"), family("greedy")
    ('hidden', 'greedy')
    """
    return name.split("-")[0]


def small(case: Case) -> Case:
    """Return a case that takes no time, to see that all is in place.

    >>> small(Case("ais", "ais", steps=1000))
    Case(name='ais', kind='ais', hidden=(10,), images=0, batch=100, k=1, steps=10, threads=0, fresh=False,
        file='', ranks=1, device='cpu')
    """
    return replace(
        case,
        hidden=tuple(max(1, units // 50) for units in case.hidden),
        images=min(case.images, 3 * case.batch),
        steps=min(case.steps, 10),
    )
