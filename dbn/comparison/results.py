"""Result files that other programs can rely on: summary.json and table.md."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dbn import atomic
from dbn.comparison.significance import McNemar

PACKAGES = ("dbn", "numpy", "scipy", "h5py")


@dataclass(frozen=True)
class Row:
    """One model and seed. Errors are in percent; `seconds` is the time that this model's own training took.

    `published_percent` is the error that a paper gives for such a model, where it is set beside ours.
    """

    model: str
    error_percent: float
    interval_percent: tuple[float, float]
    seed: int
    epochs: int
    seconds: float
    published_percent: float | None = None


@dataclass(frozen=True)
class Summary:
    """What a study found, and everything needed to find it again.

    `measured` holds what is no error of a row, as JSON values.
    `evaluated_on` is ``"test"`` or ``"validation"`` and names the error column of the rows.
    """

    study: str
    command: str
    dataset: dict[str, Any]
    environment: dict[str, str]
    evaluated_on: str
    rows: list[Row]
    pairs: list[McNemar] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the content of summary.json."""
        return {
            "study": self.study,
            "command": self.command,
            "dataset": self.dataset,
            "environment": self.environment,
            "rows": [self.row_as_json(row) for row in self.rows],
            "pairs": [asdict(pair) for pair in self.pairs],
            "config": self.config,
            **({"measured": self.measured} if self.measured else {}),
        }

    def row_as_json(self, row: Row) -> dict[str, Any]:
        """Return a row under its public names."""
        return {
            "model": row.model,
            f"{self.evaluated_on}_error_percent": round(row.error_percent, 4),
            "interval_percent": [round(bound, 4) for bound in row.interval_percent],
            "seed": row.seed,
            "epochs": row.epochs,
            "seconds": round(row.seconds, 1),
            **({} if row.published_percent is None else {"published_percent": row.published_percent}),
        }

    def table(self) -> str:
        """Return the rows, and McNemar's tests if there are any, as Markdown."""
        beside = any(row.published_percent is not None for row in self.rows)
        names = ["95 % interval", *["published %"] * beside, "seed", "epochs", "seconds"]
        lines = [
            f"| model | {self.evaluated_on} error % | {' | '.join(names)} |",
            f"| --- {'| ---: ' * (len(names) + 1)}|",
        ]
        lines += [
            f"| {row.model} | {row.error_percent:.2f} | {row.interval_percent[0]:.2f} – {row.interval_percent[1]:.2f} "
            f"|{_published(row) * beside} {row.seed} | {row.epochs} | {row.seconds:.0f} |"
            for row in self.rows
        ]
        if self.pairs:
            lines += ["", "| McNemar's exact test | only the first errs | only the second errs | p |"]
            lines += ["| --- | ---: | ---: | ---: |"]
            lines += [
                f"| {pair.first} / {pair.second} | {pair.only_first_wrong} | {pair.only_second_wrong} "
                f"| {pair.p_value:.2g} |"
                for pair in self.pairs
            ]
        return "\n".join(lines)


def _published(row: Row) -> str:
    return " – |" if row.published_percent is None else f" {row.published_percent:g} |"


def _kept(path: Path, summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is at `path` if the new summary has no other figures: it says by what command and hardware they were got."""
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
        aside = {"command": "", "environment": {}, "config": {}}  # a newer version has more options
        old, new = ({**one, **aside} for one in (there, json.loads(json.dumps(summary))))
    except (OSError, ValueError, TypeError):
        return summary
    return there if old == new else summary


def write(folder: Path, summary: Mapping[str, Any], table: str, origin: str = "") -> None:
    """Write a study's figures for programs, summary.json, and for people, table.md.

    If summary.json is there with the same figures, it stays, since it says where they were measured.

    Parameters
    ----------
    folder : Path
        Where.
    summary : mapping
        JSON values; ``study`` and ``command`` are told above the table too.
    table : str
        Markdown.
    origin : str, optional
        Told in the place of the command.

    Raises
    ------
    DbnError
        If the folder cannot be written.
    """
    summary = _kept(folder / "summary.json", summary)
    title, origin = summary["study"].replace("-", " "), origin or f"`{summary['command']}`"
    atomic.write(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    atomic.write(folder / "table.md", f"# {title}\n\n{origin}\n\n{table}\n".encode(errors="backslashreplace"))


def environment() -> dict[str, str]:
    """Describe the hardware and the versions that a result depends on."""
    found = {name: version(name) for name in PACKAGES}
    return {
        "python": platform.python_version(),
        **found,
        **_gpu(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "blas": ", ".join(_blas()),
    }


def _gpu() -> dict[str, str]:
    """The GPU and what drives it, if this process has PyTorch loaded, as it has where a GPU is asked for."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return {}
    return {"torch": torch.__version__, "cuda": torch.version.cuda, "gpu": torch.cuda.get_device_name()}


def _blas() -> list[str]:
    import scipy.linalg  # noqa: F401  # which has a library of its own, beside NumPy's
    from threadpoolctl import threadpool_info  # a slow import

    found = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return sorted(f"{pool['internal_api']} {pool['version']}, {pool['num_threads']} threads" for pool in found)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.processor()
    said = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in reversed(lines))}
    if "model name" not in said:
        return platform.processor()
    # a virtual machine's processor may be named like all of its maker's
    numbers = [f"{name} {said[name]}" for name in ("cpu family", "model") if name in said]
    return ", ".join([said["model name"], *numbers])
