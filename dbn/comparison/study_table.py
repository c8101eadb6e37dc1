"""The study as Markdown: mean errors, every change of the lead, and whether depth moves the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dbn.comparison.crossing import FEWEST, Change, Crossing
from dbn.comparison.depth import Shift
from dbn.comparison.label_curves import Curve

SPREAD = (
    "± and intervals are of 95 % over seeds: which images are labelled, and all that is random. They say nothing of "
    f"the choice of test images. Changes of the lead have intervals from {FEWEST} seeds on."
)


def table(drawn: Mapping[str, Curve], crossed: Sequence[Crossing], shifted: Sequence[Shift], evaluated_on: str) -> str:
    """Return mean errors, how the lead of pairs changes, and what depth does to it, as Markdown.

    Parameters
    ----------
    drawn : mapping of str to Curve
        The models.
    crossed : sequence of Crossing
        The pairs, those of `shifted` among them.
    shifted : sequence of Shift
        What to say of depth.
    evaluated_on : {"test", "validation"}
        Which images the models were judged on.
    """
    several = any(curve.errors.shape[1] > 1 for curve in drawn.values())
    lines = [*_errors(drawn, evaluated_on), *(["", SPREAD] if several else [])]
    if crossed:
        once = any(pair.share is None for pair in crossed)
        lines += [
            "",
            "Where mean errors cross, if they are linear in the logarithm of the number of labels in between.",
        ]
        lines += ["With one seed there are no intervals, and a change may be chance."] if once else []
        lines += ["", "| generative | discriminative | better with the fewest labels | then better | in this order |"]
        lines += ["| --- | --- | --- | --- | ---: |"]
        lines += [
            f"| {one.first} | {one.second} | {one.better or 'neither'} | {_then(one)} | {_samples(one.share)} |"
            for one in crossed
        ]
    if shifted:
        lines += [
            "",
            "Whether depth moves the number of labels from which on the discriminative model of a pair is better:",
            "",
        ]
        lines += [_depth(one, {(pair.first, pair.second): pair for pair in crossed}) for one in shifted]
    return "\n".join(lines)


def _errors(drawn: Mapping[str, Curve], evaluated_on: str) -> list[str]:
    counts = sorted({int(n) for curve in drawn.values() for n in curve.n_labels})
    lines = [
        f"| {evaluated_on} error %, labels: | {' | '.join(f'{n:,}' for n in counts)} | seeds |",
        f"| --- {'| ---: ' * (len(counts) + 1)}|",
    ]
    for model, curve in drawn.items():
        half = (curve.band()[:, 1] - curve.mean()).tolist()
        cell = {
            int(n): f"{mean:.2f}" + ("" if np.isnan(h) else f" ± {h:.2f}")
            for n, mean, h in zip(curve.n_labels, curve.mean(), half, strict=True)
        }
        lines.append(f"| {model} | {' | '.join(cell.get(n, '') for n in counts)} | {curve.errors.shape[1]} |")
    return lines


def _then(pair: Crossing) -> str:
    if not pair.changes:
        return f"no change up to {pair.between[1]:,} labels: they do not cross"
    return "; ".join(f"{one.better} from {one.n_labels:,.0f}{_spread(one)}" for one in pair.changes)


def _spread(change: Change) -> str:
    if change.share is None:
        return ""
    return f" ({_between(change.interval, ',.0f')}in {_samples(change.share)})"


def _between(interval: tuple[float, float] | None, form: str) -> str:
    return "" if interval is None else f"95 % interval {interval[0]:{form}} – {interval[1]:{form}}, "


def _samples(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} % of samples"


def _depth(one: Shift, pairs: Mapping[tuple[str, str], Crossing]) -> str:
    if one.n_labels is None:
        shallow, deep = (_at_last(pairs[pair]) for pair in (one.shallow, one.deep))
    else:
        ends = zip((one.shallow, one.deep), one.n_labels, strict=True)
        shallow, deep = (_from(winner, loser, n) for (loser, winner), n in ends)
    if one.ratio is None:
        found = "so that no ratio can be given"
    elif one.share is None:
        found = f"which is {one.ratio:.2f} times as many (one seed: no interval)"
    else:
        found = f"which is {one.ratio:.2f} times as many ({_between(one.interval, '.2f')}in {_samples(one.share)})"
    return f"- {one.learns_from}: {shallow}; {deep}, {found}."


def _at_last(pair: Crossing) -> str:
    if not pair.changes:
        low, high = pair.between
        lead = f" ({pair.better} is the better one)" if pair.better else ""
        return f"{pair.first} and {pair.second} do not cross from {low:,} to {high:,} labels{lead}"
    last = pair.changes[-1]
    other = pair.second if last.better == pair.first else pair.first
    return _from(last.better, other, last.n_labels)


def _from(winner: str, loser: str, n_labels: float) -> str:
    return f"{winner} is better than {loser} from {n_labels:,.0f} labels on"
