"""Rows of the bench as Markdown: first what the aims are about, programs side by side, then each row."""

from __future__ import annotations

from collections.abc import Sequence

from dbn.comparison.bench.measure import OURSELVES, Row

RIVALS = {"scikit-learn": 2.0, "torch-eager": 1.5, "rbms": 2.0}
"""How many times as long as this package other programs shall take at least."""

NEAR_PRODUCTS = ("cd1-b100", "updown-k3", "updown-k10"), 1.2
"""Which cases shall take how many times as long as their products at most."""


def compared(rows: Sequence[Row]) -> str:
    """Return a line for each case that this package does: its time over that of the products, and others' over its own.

    >>> times = {"products": 1.0, "dbn": 1.25, "rbms": 3.0}
    >>> rows = [
    ...     Row("ais", model, 0, 100, (500,), 2, 3, x, (x, x), x, (x, x), 10**9, ratio_to_dbn=x / 1.25)
    ...     for model, x in times.items()
    ... ]
    >>> print(compared(rows))
    | case | dbn / products | scikit-learn / dbn | torch-eager / dbn | rbms / dbn |
    | --- | ---: | ---: | ---: | ---: |
    | *aim* | ≤ 1.2 in cd1-b100, updown-k3, updown-k10 | ≥ 2 | ≥ 1.5 | ≥ 2 |
    | ais | 1.25 |  |  | 2.40 |
    """
    ours = [row for row in rows if row.model == OURSELVES]
    if not ours:
        return ""
    cases, most = NEAR_PRODUCTS
    lines = [
        f"| case | dbn / products | {' | '.join(f'{rival} / dbn' for rival in RIVALS)} |",
        f"| --- |{' ---: |' * (1 + len(RIVALS))}",
        f"| *aim* | ≤ {most:g} in {', '.join(cases)} | {' | '.join(f'≥ {aim:g}' for aim in RIVALS.values())} |",
    ]
    by_name = {(row.case, row.model): row for row in rows}
    for row in ours:
        rivals = [by_name.get((row.case, rival)) for rival in RIVALS]
        ratios = [f"{rival.ratio_to_dbn:.2f}" if rival else "" for rival in rivals]
        lines.append(f"| {row.case} | {row.ratio_to_products:.2f} | {' | '.join(ratios)} |")
    return "\n".join(lines)


def tabulated(rows: Sequence[Row], absent: Sequence[str]) -> str:
    """Return rows as Markdown: medians, the quartiles in brackets; and which programs are missing.

    Hand-over is the distance of two processors, see `dbn.comparison.bench.cores`.

    >>> row = Row("ais", "dbn", 0, 100, (500,), 2, 3, 1.5, (1.25, 1.75), 1.2, (1.1, 1.3), 10**9)
    >>> print(tabulated([row], ["rbms"]))
    | case | model | images | threads | hand-over | seconds | × products | peak MB |
    | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
    | ais | dbn |  | 2 |  | 1.50 (1.25 – 1.75) | 1.20 (1.10 – 1.30) |  |
    <BLANKLINE>
    Not installed, and so without rows: rbms.
    """
    lines = [
        "| case | model | images | threads | hand-over | seconds | × products | peak MB |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        peak = "" if row.peak_mb is None else f"{row.peak_mb:.0f}"
        distance = "" if row.handover is None else f"{row.handover:.1f}"
        seconds, ratio = _spread(row.seconds, row.quartiles), _spread(row.ratio_to_products, row.ratio_quartiles)
        lines.append(
            f"| {row.case} | {row.model} | {row.images or ''} | {row.threads} | {distance} "
            f"| {seconds} | {ratio} | {peak} |"
        )
    if absent:
        lines += ["", f"Not installed, and so without rows: {', '.join(absent)}."]
    return "\n".join(lines)


def _spread(middle: float, quartiles: tuple[float, float]) -> str:
    digits = ".2f" if middle >= 1 else ".3g"
    return f"{middle:{digits}} ({quartiles[0]:{digits}} – {quartiles[1]:{digits}})"
