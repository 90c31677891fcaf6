"""Writes what one submission got as an HTML page of its own, for whoever handed it in."""

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
"""Checks that did not pass and are shown in full; of more, the others have a line each."""
_MAX_NAME, _MAX_MESSAGE, _MAX_LINE = 80, 600, 200
_WRONG = frozenset({Status.FAIL, Status.ERROR})
_DIGEST = 20
"""Letters of a digest: 80 bits, so that nobody finds two ids with one name."""
_OWN = re.compile(rf".*-[0-9a-f]{{{_DIGEST}}}|con|prn|aux|nul|com\d|lpt\d|index")
"""Ids that read like a name with a digest, and names that Windows or a web server keeps for itself."""


def render(
    record: Mapping[str, Any], *, hide_expected: bool = False, void: Collection[str] = (), hints: bool = True
) -> str:
    """Write the page of one record (mlkata.graded/1); void checks are named, and count for nothing.

    `hints` says whether the course has any. With `hide_expected` the page shows nothing from which a hidden
    input or its answer could be had: see `report.failure`, and the seed goes, too. What remains are verdicts,
    the scores of open rounds, and the message of an import that failed before anything was called.
    """
    full = record["report"]
    report = voided.without(full, void)
    problem = record["problem"] or _no_import(report)
    wrong = [] if problem else _wrong(report)
    return environment.render(
        "grading/pages/templates/feedback.html.jinja",
        title=f"Feedback: {clip(record['id'], _MAX_NAME)}",
        about=_about(record, report, hide_expected=hide_expected),
        problem=clip(problem, _MAX_MESSAGE),
        report=report,
        marks=MARKS,
        left=next((one for one in report["rounds"] if Status(one["status"]) not in FINE), None),
        hints=hints,
        rounds=_rounds(report),
        struck=[check["id"] for one in full["rounds"] for check in one["checks"] if check["id"] in void],
        hidden=hide_expected,
        wrong=[(check, list(_parts(check, hide_expected=hide_expected))) for check in wrong[:_FULL]],
        more=wrong[_FULL:],
        many=count(len(wrong) - _FULL, "more check"),
        tallies=list(_tallies(report)),
    )


def file_name(submission_id: str) -> str:
    """Name the page of a submission: safe on any system, and different for different ids.

    A short id of small letters, digits, - and _ keeps its name; any other becomes what can be kept of it,
    and a digest. Names differ by more than the case of letters, whatever the ids are.
    """
    plain = re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", submission_id)
    if plain and not _OWN.fullmatch(submission_id):
        return f"{submission_id}.html"
    kept = re.sub(r"[^a-z0-9]+", "-", submission_id[:200].lower()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(submission_id.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{kept or 'id'}-{digest}.html"


def _about(record: Mapping[str, Any], report: Mapping[str, Any], *, hide_expected: bool) -> str:
    said = [record["name"], f"track {report['track']}"]
    said += [] if hide_expected else [f"seed {report['seed']}"]
    said += [f"isolation {report['isolation']}", f"contract {report['contract'][:12]}"]
    return " · ".join(clip(one, _MAX_NAME) for one in said)


def _no_import(report: Mapping[str, Any]) -> str:
    """Return the message of the import where no check got any further."""
    checks = [check for one in report["rounds"] for check in one["checks"]]
    failed = bool(checks) and all(check["code"] == Kind.IMPORT for check in checks)
    return str(checks[0]["message"]) if failed else ""


def _rounds(report: Mapping[str, Any]) -> Table:
    rows = []
    for one in report["rounds"]:
        passed = sum(check["status"] == Status.PASS for check in one["checks"])
        scored = sum(check["max_points"] > 0 for check in one["checks"])
        points = f"{one['score']:g} of {one['max_score']:g}" if one["max_score"] else NOTHING
        checks = f"{passed} of {scored}" if scored else NOTHING
        rows.append((one["id"], one["title"], MARKS[one["status"]], points, checks))
    return Table("By round", ("round", "title", "verdict", "points", "checks"), tuple(rows), "lllrr")


def _wrong(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List what did not pass; in rounds that have not been begun nothing is wrong yet."""
    begun = [one for one in report["rounds"] if one["status"] != Status.UNSOLVED]
    return [check for one in begun for check in one["checks"] if check["status"] in _WRONG]


def _parts(check: Mapping[str, Any], *, hide_expected: bool) -> Iterator[FailurePart]:
    """Return what is known of a failing check, cut to what has room; its rule stands above."""
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
    """Return each round, and how many of its checks got which verdict."""
    for one in report["rounds"]:
        counts = Counter(Status(check["status"]) for check in one["checks"])
        yield one, ", ".join(f"{counts[kind]:,} {WORDS[kind]}" for kind in ORDER if kind in counts)
