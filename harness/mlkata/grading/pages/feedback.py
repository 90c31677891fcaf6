"""The result of one submission as an HTML page for its author."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mlkata.grading.pages import voided
from mlkata.grading.pages.verdicts import MARKS, ORDER, WORDS
from mlkata.report import failure
from mlkata.report.failure import FailurePart, Role
from mlkata.report.page import environment
from mlkata.report.page.document import Table
from mlkata.report.units import NOTHING, count
from mlkata.tracks.harmless import clip
from mlkata.tracks.model import FINE, Kind, Status

_FULL = 40
"""The number of failed checks shown in full; the others have a line each."""
_MAX_NAME, _MAX_MESSAGE, _MAX_LINE = 80, 600, 200
_WRONG = frozenset({Status.FAIL, Status.ERROR})
_DIGEST = 20
"""Hex digits of a digest: 80 bits, so that two ids with the same name cannot be found."""
_RESERVED = re.compile(rf".*-[0-9a-f]{{{_DIGEST}}}|con|prn|aux|nul|com\d|lpt\d|index")
"""Ids that look like a name with a digest, and names reserved by Windows or web servers."""


def render(
    record: Mapping[str, Any], *, hide_expected: bool = False, void: Collection[str] = (), hints: bool = True
) -> str:
    """Return the page of one record (mlkata.graded/1); void checks are named but do not count.

    `hints` is whether the course has hints on. With `hide_expected` the page shows nothing that reveals a
    hidden input or its answer (see `report.failure`), nor the seed. Verdicts, the scores of open rounds, and
    the message of an import that failed before any call remain.
    """
    full_report = record["report"]
    report = voided.without(full_report, void)
    problem = record["problem"] or _no_import(report)
    wrong = [] if problem else _wrong(report)
    return environment.render(
        "grading/pages/templates/feedback.html.jinja",
        title=f"Feedback: {clip(record['id'], _MAX_NAME)}",
        about=_about(record, report, hide_expected=hide_expected),
        problem=clip(problem, _MAX_MESSAGE),
        report=report,
        marks=MARKS,
        next_round=next(
            (round_ for round_ in report["rounds"] if Status(round_["status"]) not in FINE), None
        ),
        hints=hints,
        rounds=_rounds(report),
        void_checks=[
            check["id"]
            for round_ in full_report["rounds"]
            for check in round_["checks"]
            if check["id"] in void
        ],
        hidden=hide_expected,
        wrong=[(check, list(_parts(check, hide_expected=hide_expected))) for check in wrong[:_FULL]],
        more=wrong[_FULL:],
        more_count=count(len(wrong) - _FULL, "more check"),
        tallies=list(_tallies(report)),
    )


def file_name(submission_id: str) -> str:
    """Return the file name of a submission's page: safe on any system, and unique for each id.

    A short id of lower-case letters, digits, - and _ is the name; any other is reduced to these characters
    and gets a digest. Names differ in more than case, whatever the ids.
    """
    plain = re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", submission_id)
    if plain and not _RESERVED.fullmatch(submission_id):
        return f"{submission_id}.html"
    readable = re.sub(r"[^a-z0-9]+", "-", submission_id[:200].lower()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(submission_id.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{readable or 'id'}-{digest}.html"


def _about(record: Mapping[str, Any], report: Mapping[str, Any], *, hide_expected: bool) -> str:
    parts = [record["name"], f"track {report['track']}"]
    parts += [] if hide_expected else [f"seed {report['seed']}"]
    parts += [f"isolation {report['isolation']}", f"contract {report['contract'][:12]}"]
    return " · ".join(clip(part, _MAX_NAME) for part in parts)


def _no_import(report: Mapping[str, Any]) -> str:
    """Return the message of a failed import if every check failed on it, else ""."""
    checks = [check for round_ in report["rounds"] for check in round_["checks"]]
    failed = bool(checks) and all(check["code"] == Kind.IMPORT for check in checks)
    return str(checks[0]["message"]) if failed else ""


def _rounds(report: Mapping[str, Any]) -> Table:
    rows = []
    for round_ in report["rounds"]:
        passed = sum(check["status"] == Status.PASS for check in round_["checks"])
        scored = sum(check["max_points"] > 0 for check in round_["checks"])
        points = f"{round_['score']:g} of {round_['max_score']:g}" if round_["max_score"] else NOTHING
        checks = f"{passed} of {scored}" if scored else NOTHING
        rows.append((round_["id"], round_["title"], MARKS[round_["status"]], points, checks))
    return Table("By round", ("round", "title", "verdict", "points", "checks"), tuple(rows), "lllrr")


def _wrong(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the checks that did not pass, without those of rounds that were not begun."""
    begun = [round_ for round_ in report["rounds"] if round_["status"] != Status.UNSOLVED]
    return [check for round_ in begun for check in round_["checks"] if check["status"] in _WRONG]


def _parts(check: Mapping[str, Any], *, hide_expected: bool) -> Iterator[FailurePart]:
    """Yield the parts of a failing check, shortened to fit the page; the page shows its rule above them."""
    facts = failure.read(check)
    for part in failure.withheld(facts, loaded=True) if hide_expected else failure.parts(facts):
        if part.role is Role.PRINTED:
            lines = [clip(line, _MAX_LINE) for line in failure.first_lines(part.lines)]
            yield replace(part, lines=tuple(lines))
        elif part.role is Role.BECAUSE:
            yield replace(part, lines=(clip(part.lines[0], _MAX_MESSAGE),))
        elif part.role is not Role.RULE:
            yield part


def _tallies(report: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield each round with the number of its checks for each verdict."""
    for round_ in report["rounds"]:
        counts = Counter(Status(check["status"]) for check in round_["checks"])
        yield round_, ", ".join(f"{counts[kind]:,} {WORDS[kind]}" for kind in ORDER if kind in counts)
