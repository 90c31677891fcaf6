"""Verdicts in words, and the sections of the page of a cohort about results and failing checks."""

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
"""Each verdict as a word with a colour."""
_MOST_BARS = 15
"""The most checks in the picture; the table has all."""
_COLUMNS = (Status.FAIL, Status.ERROR, Status.UNSOLVED, Status.PASS)
"""The verdicts that have a column in the table of failing checks."""
_ALL_POINTS = "all points"
_COUNTED = (
    "Wrong answers (failed) and missing answers (error: a crash, a timeout, too much memory) are "
    "counted; rounds that were not begun are not."
)
_N_PARTS = 10
"""The number of bars of the histogram for scores below the maximum: one for each tenth of it."""
_HIGHLIGHTED = "ours"
"""The CSS class of a green bar with a bold name; `kata bench` uses it for mlkata's own solutions."""
_LEAST_END = 5
"""The least end of an axis of counts, so that its ticks are whole numbers."""


def verdict(row: SubmissionRow) -> Mark:
    """Return the verdict on a submission as a word with a colour."""
    return Mark("not read", "bad") if row.problem else MARKS[row.status]


def scores(summary: Summary) -> str:
    """Return mean and median in points, or as shares if the maximum differs between submissions."""
    rows = summary.judged
    if not rows:
        return "no submission could be read"
    if summary.max_score is None:
        shares = [row.share for row in rows]
        return f"mean {percent(fmean(shares))}, median {percent(median(shares))} of the points"
    points = [row.score for row in rows]
    return f"mean {fmean(points):.4g}, median {median(points):.4g} of {summary.max_score:g} points"


def results(summary: Summary) -> Section:
    """Return the section with verdicts on submissions and rounds, and the distribution of scores."""
    kinds = [kind for kind in ORDER if any(kind in round_.statuses for round_ in summary.rounds)]
    rounds = Table(
        "Submissions by round and verdict",
        ("round", "title", *(WORDS[kind] for kind in kinds)),
        tuple(
            (round_.id, round_.title, *(f"{round_.statuses.get(kind, 0):,}" for kind in kinds))
            for round_ in summary.rounds
        ),
        align="ll" + "r" * len(kinds),
    )
    totals = ", ".join(
        f"{summary.statuses[kind]:,} {WORDS[kind]}" for kind in ORDER if kind in summary.statuses
    )
    if not totals:
        return Section("results", "Results", ("No submission could be read.",))
    words = (f"Submissions as a whole: {totals}.", f"Scores: {scores(summary)}.")
    scored = any(row.max_score for row in summary.judged)
    return Section("results", "Results", words, (_distribution(summary), rounds) if scored else (rounds,))


def _distribution(summary: Summary) -> Figure:
    """Return a histogram of scores in tenths of the maximum; full scores have a bar of their own."""
    counts = [0] * (_N_PARTS + 1)
    for row in summary.judged:
        counts[int(row.share * _N_PARTS + 1e-9)] += 1  # rounding may leave six tenths just below 6
    tenths = [
        f"{100 * part // _N_PARTS} % to under {100 * (part + 1) // _N_PARTS} %" for part in range(_N_PARTS)
    ]
    parts = list(zip([*tenths, _ALL_POINTS], counts, strict=True))[::-1]
    bars_ = [
        Bar(
            name,
            f"{number:,}",
            value=float(number) if number else None,
            tone=_HIGHLIGHTED if name == _ALL_POINTS else "",
        )
        for name, number in parts
    ]
    alt = "Submissions by their share of the points"
    table = Table(
        alt, ("share", "submissions"), tuple((name, f"{number:,}") for name, number in parts), align="lr"
    )
    return Figure("scores", alt, _chart(bars_, alt), table)


def failing(summary: Summary) -> Section:
    """Return the section with the checks that fail most."""
    title, checks = "Checks that fail most", summary.worst_checks
    if not checks:
        return Section("failing", title, ("No check failed.",))
    words = (_COUNTED,)
    bars_ = [
        Bar(
            check.id,
            _amount(check),
            float(check.failing),
            title=f"{check.id}: {check.rule}; {failure_counts(check)}",
        )
        for check in checks[:_MOST_BARS]
    ]
    table = Table(
        f"Checks that fail in any of {count(len(summary.judged), 'submission')}",
        ("check", "rule", *(WORDS[kind] for kind in _COLUMNS)),
        tuple(
            (check.id, check.rule, *(f"{check.statuses.get(kind, 0):,}" for kind in _COLUMNS))
            for check in checks
        ),
        align="lw" + "r" * len(_COLUMNS),
    )
    name = f"The first {_MOST_BARS} of {len(checks)}" if len(checks) > _MOST_BARS else "All checks that fail"
    return Section("failing", title, words, (Figure("failing-most", name, _chart(bars_, title), table),))


def failure_counts(check: CheckTally) -> str:
    """Return how often a check fails, such as `38 failed, 3 error`."""
    kinds = [kind for kind in (Status.FAIL, Status.ERROR) if check.statuses.get(kind)]
    return ", ".join(f"{check.statuses[kind]:,} {WORDS[kind]}" for kind in kinds)


def _amount(check: CheckTally) -> str:
    """Return how often a check fails, in so few letters that its name has room beside them on a phone."""
    errors = check.statuses.get(Status.ERROR)
    return f"{check.failing:,} ({errors:,} error)" if errors else f"{check.failing:,}"


def _chart(bars_: Sequence[Bar], title: str) -> BarChart:
    return bars.amounts(bars_, title, lambda value: f"{value:,.0f}", least=_LEAST_END)
