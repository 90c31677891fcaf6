"""Verdicts in words, and what a cohort's page says of them: results, scores, the checks that fail most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median

from mlkata.grading.pages.summary import CheckTally, SubmissionRow, Summary
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar, BarChart
from mlkata.report.page.document import Figure, Mark, Section, Table
from mlkata.report.units import count, percent
from mlkata.tracks.model import Status

ORDER = (Status.PASS, Status.FAIL, Status.ERROR, Status.UNSOLVED, Status.SKIP, Status.OPEN)
WORDS = {
    Status.PASS: "passed",
    Status.FAIL: "failed",
    Status.ERROR: "error",
    Status.UNSOLVED: "unsolved",
    Status.SKIP: "skipped",
    Status.OPEN: "open",
}
_TONES = {Status.PASS: "good", Status.FAIL: "bad", Status.ERROR: "bad"}
MARKS: Mapping[str, Mark] = {kind: Mark(WORDS[kind], _TONES.get(kind, "")) for kind in ORDER}
_MOST = 15
"""Checks that the picture shows; the table has them all."""
_SHOWN = (Status.FAIL, Status.ERROR, Status.UNSOLVED, Status.PASS)
_ALL = "all points"
_COUNTED = (
    "Counted are wrong answers (failed) and what gave no answer (error: a crash, a timeout, too much "
    "memory); what has not been begun is not."
)
_PARTS = 10
_FEW = 5
"""The least that an axis of counts goes to, so that its marks are whole numbers."""


def verdict(row: SubmissionRow) -> Mark:
    """Write what a submission got in a word."""
    return Mark("not read", "bad") if row.problem else MARKS[row.status]


def scores(summary: Summary) -> str:
    """Say mean and median in points, or as shares where there was not the same to get for all."""
    rows = summary.judged
    if not rows:
        return "no submission could be read"
    if summary.max_score is None:
        shares = [row.share for row in rows]
        return f"mean {percent(fmean(shares))}, median {percent(median(shares))} of the points"
    points = [row.score for row in rows]
    return f"mean {fmean(points):.4g}, median {median(points):.4g} of {summary.max_score:g} points"


def results(summary: Summary) -> Section:
    """Show the verdicts on whole submissions and on each round, and how scores are spread."""
    kinds = [kind for kind in ORDER if any(kind in one.statuses for one in summary.rounds)]
    rounds = Table(
        "Submissions by round and verdict",
        ("round", "title", *(WORDS[kind] for kind in kinds)),
        tuple(
            (one.id, one.title, *(f"{one.statuses.get(kind, 0):,}" for kind in kinds))
            for one in summary.rounds
        ),
        "ll" + "r" * len(kinds),
    )
    whole = ", ".join(
        f"{summary.statuses[kind]:,} {WORDS[kind]}" for kind in ORDER if kind in summary.statuses
    )
    if not whole:
        return Section("results", "Results", ("No submission could be read.",))
    words = (f"Submissions as a whole: {whole}.", f"Scores: {scores(summary)}.")
    scored = any(row.max_score for row in summary.judged)
    return Section("results", "Results", words, (_distribution(summary), rounds) if scored else (rounds,))


def _distribution(summary: Summary) -> Figure:
    """Count scores in tenths of what there was to get; all points are a part of their own."""
    counts = [0] * (_PARTS + 1)
    for row in summary.judged:
        counts[int(row.share * _PARTS + 1e-9)] += 1
    tenths = [f"{100 * part // _PARTS} % to under {100 * (part + 1) // _PARTS} %" for part in range(_PARTS)]
    parts = list(zip([*tenths, _ALL], counts, strict=True))[::-1]
    drawn = [
        Bar(name, f"{number:,}", float(number) if number else None, tone="ours" if name == _ALL else "")
        for name, number in parts
    ]
    alt = "Submissions by their share of the points"
    table = Table(alt, ("share", "submissions"), tuple((name, f"{number:,}") for name, number in parts), "lr")
    return Figure("scores", alt, _chart(drawn, alt), table)


def failing(summary: Summary) -> Section:
    """Show which checks fail most, and how."""
    title, found = "Checks that fail most", summary.worst_checks
    if not found:
        return Section("failing", title, ("No check failed.",))
    words = (_COUNTED,)
    drawn = [
        Bar(one.id, _amount(one), float(one.failing), title=f"{one.id}: {one.rule}; {how(one)}")
        for one in found[:_MOST]
    ]
    table = Table(
        f"Checks that somebody failed, of {count(len(summary.judged), 'submission')}",
        ("check", "rule", *(WORDS[kind] for kind in _SHOWN)),
        tuple((one.id, one.rule, *(f"{one.statuses.get(kind, 0):,}" for kind in _SHOWN)) for one in found),
        "lw" + "r" * len(_SHOWN),
    )
    name = f"The first {_MOST} of {len(found)}" if len(found) > _MOST else "All that somebody failed"
    return Section("failing", title, words, (Figure("failing-most", name, _chart(drawn, title), table),))


def how(one: CheckTally) -> str:
    """Say in which way a check fails: `38 failed, 3 error`."""
    kinds = [kind for kind in (Status.FAIL, Status.ERROR) if one.statuses.get(kind)]
    return ", ".join(f"{one.statuses[kind]:,} {WORDS[kind]}" for kind in kinds)


def _amount(one: CheckTally) -> str:
    """Write how many fail, so short that the name has room beside it on a telephone."""
    errors = one.statuses.get(Status.ERROR)
    return f"{one.failing:,} ({errors:,} error)" if errors else f"{one.failing:,}"


def _chart(drawn: Sequence[Bar], title: str) -> BarChart:
    return bars.amounts(drawn, title, lambda value: f"{value:,.0f}", least=_FEW)
