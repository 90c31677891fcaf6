"""The results of a cohort as one HTML page, which loads nothing from the network and has no scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from statistics import median
from urllib.parse import quote

from mlkata.grading.pages import feedback as pages
from mlkata.grading.pages import verdicts
from mlkata.grading.pages.summary import SubmissionRow, Summary
from mlkata.report.page import environment
from mlkata.report.page.document import Cell, Mark, Section, Table
from mlkata.report.units import NOTHING, count, seconds
from mlkata.tracks.harmless import clip
from mlkata.tracks.model import FINE

MAX_ROWS = 5000
"""The most submissions on the page, which keeps the page below 5 MB; the CSV has all."""
_GROUP_SIZE = 500
"""More submissions than this are shown in groups of this size, closed until a reader opens one."""
_MAX_PROBLEMS = 500
"""The most unreadable submissions that the page lists."""
_MOST_OPEN = 25
"""A table of more unreadable submissions than this is closed until a reader opens it."""
_MAX_ID, _MAX_PROBLEM = 48, 160
"""The most characters of an id, and of the reason why a submission could not be read."""
_SLOWEST = 5
"""The number of submissions in the table of the slowest."""
# By isolation tier (how strictly graded code is confined), what the page says about a weak one.
_WEAK_TIERS = {"subprocess": "subprocess (resource limits only, no isolation)"}

Passes = Mapping[str, Mapping[int, float]]
"""For samples of a model: pass@k (see `samples.pass_at_k`) by task, then by k."""


def render(summary: Summary, *, feedback: str = "", passes: Passes | None = None) -> str:
    """Return the page.

    `feedback` is the folder with a page of feedback for each submission, relative to this page. If it is
    given, each submission links to its page. `passes` is for samples of a model, whose ids are `task/number`.
    """
    sections = [
        *_problems(summary, feedback),
        verdicts.results(summary),
        verdicts.failing(summary),
        *([_samples(summary, passes)] if passes is not None else []),
        _time(summary, feedback),
        _graded(summary),
        _submissions(summary, feedback),
    ]
    return environment.report("Results of the cohort", tuple(_leads(summary)), sections)


def _leads(summary: Summary) -> Iterator[Cell]:
    facts = summary.facts
    settings = [
        f"{name} {', '.join(facts[name])}" for name in ("track", "seed", "isolation") if name in facts
    ]
    yield " · ".join([count(len(summary.rows), "submission"), *settings])
    if summary.problems:
        yield Mark(f"{count(len(summary.problems), 'submission')} could not be read: see below", "bad")


def _problems(summary: Summary, feedback: str) -> Iterator[Section]:
    rows = summary.problems
    if not rows:
        return
    words = ["They have no points and are left out of all counts, means, medians and pictures below."]
    if len(rows) > _MAX_PROBLEMS:
        words.append(f"These are the first {_MAX_PROBLEMS:,} of {len(rows):,}; the CSV has all.")
    table = Table(
        f"By id ({min(len(rows), _MAX_PROBLEMS):,})",
        ("submission", "problem"),
        tuple((_name(row, feedback), clip(row.problem, _MAX_PROBLEM)) for row in rows[:_MAX_PROBLEMS]),
        align="lw",
        folded=len(rows) > _MOST_OPEN,
    )
    yield Section("problems", "Could not be read", tuple(words), (table,))


def _graded(summary: Summary) -> Section:
    rounds = Table(
        "Rounds",
        ("round", "title", "points"),
        tuple(
            (round_.id, round_.title, f"{round_.max_score:g}" if round_.max_score else NOTHING)
            for round_ in summary.rounds
        ),
        align="llr",
    )
    facts = [(name, _fact(name, values)) for name, values in summary.facts.items()]
    void = ", ".join(summary.void) or "none"
    settings = Table("Settings and versions", ("what", "which"), (*facts, ("void checks", void)), align="lw")
    words = ("Void checks do not count.",) if summary.void else ()
    return Section("graded", "What was graded", words, (settings, rounds))


def _fact(name: str, values: tuple[str, ...]) -> Cell:
    """Return a setting, marked if it differs between submissions or is a weak isolation."""
    if len(values) > 1:
        return Mark(f"different values: {', '.join(values)}", "doubt")
    value = values[0]
    return Mark(_WEAK_TIERS[value], "doubt") if name == "isolation" and value in _WEAK_TIERS else value


def _time(summary: Summary, feedback: str) -> Section:
    rows = sorted(summary.judged, key=lambda row: -row.seconds)
    if not rows:
        return Section("time", "Time", ("Nothing was run.",))
    median_seconds = median(row.seconds for row in rows)
    words = (f"Judging a submission took {seconds(median_seconds)} (median), all checks together.",)
    table = Table(
        "The slowest",
        ("submission", "time", "verdict"),
        tuple((_name(row, feedback), seconds(row.seconds), verdicts.verdict(row)) for row in rows[:_SLOWEST]),
        align="lrl",
    )
    return Section("time", "Time", words, (table,))


def _samples(summary: Summary, passes: Passes) -> Section:
    ks = sorted({k for rates in passes.values() for k in rates})
    drawn = Counter(_task(row, passes) for row in summary.rows)
    passed = Counter(_task(row, passes) for row in summary.rows if row.status in FINE)
    rows = [
        (clip(task, _MAX_ID), f"{drawn[task]:,}", f"{passed[task]:,}", *_rates(rates, ks))
        for task, rates in sorted(passes.items())
    ]
    means = {
        k: sum(rates[k] for rates in passes.values()) / len(passes)
        for k in ks
        if all(k in rates for rates in passes.values())
    }
    counts = (f"{sum(drawn[task] for task in passes):,}", f"{sum(passed[task] for task in passes):,}")
    total = ("all tasks, mean", *counts, *_rates(means, ks))
    words = ("pass@k: the chance that at least one of k samples of a task passes every check.",)
    head = ("task", "samples", "passed", *(f"pass@{k}" for k in ks))
    table = Table("By task", head, (*rows, total), align="l" + "r" * (len(head) - 1))
    return Section("samples", "Samples of a model", words, (table,))


def _task(row: SubmissionRow, passes: Passes) -> str:
    """Return the task of a sample: what its id has before one of its slashes; empty if it is no sample."""
    name = row.id
    while name and name not in passes:
        name = name.rpartition("/")[0]
    return name


def _rates(rates: Mapping[int, float], ks: list[int]) -> list[str]:
    return [f"{100 * rates[k]:.1f} %" if k in rates else NOTHING for k in ks]


def _submissions(summary: Summary, feedback: str) -> Section:
    rows = summary.rows[:MAX_ROWS]
    words = []
    if len(rows) < len(summary.rows):
        words.append(f"These are the first {len(rows):,} of {len(summary.rows):,}; the CSV has all.")
    is_grouped = len(rows) > _GROUP_SIZE
    groups = [rows[at : at + _GROUP_SIZE] for at in range(0, len(rows), _GROUP_SIZE)] or [()]
    tables = [_group(group, summary, feedback, folded=is_grouped) for group in groups]
    return Section("submissions", "Submissions", tuple(words), tuple(tables))


def _group(rows: tuple[SubmissionRow, ...], summary: Summary, feedback: str, *, folded: bool) -> Table:
    """Return a table of submissions; if it is `folded`, the caption names the first and the last."""
    rounds = [round_.id for round_ in summary.rounds if round_.max_score]
    several_tracks = len(summary.facts.get("track", ())) > 1
    headings = [
        id_ if several_tracks else f".{id_.rpartition('.')[2]}" for id_ in rounds
    ]  # `.1` of `kmeans.1`
    caption = (
        f"{_label(rows[0], limit=24)} … {_label(rows[-1], limit=24)} ({len(rows):,})" if folded else "By id"
    )
    return Table(
        caption,
        ("submission", "verdict", "points", "of", *headings, "time"),
        tuple(
            (
                _name(row, feedback),
                verdicts.verdict(row),
                f"{row.score:g}",
                f"{row.max_score:g}",
                *(f"{row.rounds[id_]:g}" if id_ in row.rounds else NOTHING for id_ in rounds),
                NOTHING if row.problem else seconds(row.seconds),
            )
            for row in rows
        ),
        align="llrr" + "r" * len(rounds) + "r",
        folded=folded,
    )


def _name(row: SubmissionRow, feedback: str) -> Cell:
    name = _label(row, _MAX_ID)
    return Mark(name, target=f"{quote(feedback)}/{pages.file_name(row.id)}") if feedback else name


def _label(row: SubmissionRow, limit: int) -> str:
    return clip(row.id, limit).strip() or "(blank)"
