"""The package as a program that is timed, learning from images that stay on the disk."""

from __future__ import annotations

from pathlib import Path

from dbn.comparison.bench.cases import Case
from dbn.comparison.bench.generated import forget
from dbn.comparison.bench.learners import cd1_from
from dbn.comparison.bench.worker import Work, serve
from dbn.data import load


def _stream(case: Case) -> Work:
    work = cd1_from(load(f"stream:{case.file}").train[: case.images], case)
    forget(Path(case.file))
    return work


if __name__ == "__main__":
    serve({"stream": _stream})
