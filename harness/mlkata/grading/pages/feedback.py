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

_MAX_DETAILED = 40
"""The most failed checks shown in full, which keeps the page small; any other has one line."""
_MAX_NAME, _MAX_MESSAGE, _MAX_LINE = 80, 600, 200
"""The most characters of an id or file name, of a message, and of a printed line."""
_WRONG = frozenset({Status.FAIL, Status.ERROR})
_DIGEST_LENGTH = 20
"""Hex digits of a digest: 80 bits, so that it is infeasible to find two ids that get the same file name."""
_RESERVED = re.compile(rf".*-[0-9a-f]{{{_DIGEST_LENGTH}}}|con|prn|aux|nul|com\d|lpt\d|index")
"""Ids that are not used as file names: those that end like a digest, and names that Windows or web servers
reserve."""


def render(
    record: Mapping[str, Any], *, hide_expected: bool = False, void: Collection[str] = (), hints: bool = True
) -> str:
    """Return the page of one record (`mlkata.graded/1`); checks in `void` are named but do not count.

    `hints` is whether the course allows hints. With `hide_expected` the page shows neither the seed nor
    anything that reveals an input or its answer (see `mlkata.report.failure`): of a failed check, only what
    kind of failure it is. The scores of open-ended rounds are still shown, and so is the message of an import
    that failed before any call.
    """
    full_report = record["report"]
    report = voided.without(full_report, void)
    problem = record["problem"] or _import_error(report)
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
        wrong=[(check, list(_parts(check, hide_expected=hide_expected))) for check in wrong[:_MAX_DETAILED]],
        more=wrong[_MAX_DETAILED:],
        more_count=count(len(wrong) - _MAX_DETAILED, "more check"),
        tallies=list(_tallies(report)),
    )


def file_name(submission_id: str) -> str:
    """Return the file name of a submission's page: safe on any system, and unique for each id.

    A short id of lower-case letters, digits, - and _ is the name. Any other is reduced to these characters
    and gets a digest. The names of two ids never differ in case only, as some systems would take them for
    one.
    """
    plain = re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", submission_id)
    if plain and not _RESERVED.fullmatch(submission_id):
        return f"{submission_id}.html"
    readable = re.sub(r"[^a-z0-9]+", "-", submission_id[:200].lower()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(submission_id.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
    return f"{readable or 'id'}-{digest}.html"


def _about(record: Mapping[str, Any], report: Mapping[str, Any], *, hide_expected: bool) -> str:
    parts = [record["name"], f"track {report['track']}"]
    parts += [] if hide_expected else [f"seed {report['seed']}"]
    parts += [f"isolation {report['isolation']}", f"contract {report['contract'][:12]}"]
    return " · ".join(clip(part, _MAX_NAME) for part in parts)


def _import_error(report: Mapping[str, Any]) -> str:
    """Return the message of the failed import if it kept all checks from running, else ""."""
    checks = [check for round_ in report["rounds"] for check in round_["checks"]]
    failed = bool(checks) and all(check["code"] == Kind.IMPORT for check in checks)
    return str(checks[0]["message"]) if failed else ""


def _rounds(report: Mapping[str, Any]) -> Table:
    rows = []
    for round_ in report["rounds"]:
        passed = sum(check["status"] == Status.PASS for check in round_["checks"])
        n_scored = sum(check["max_points"] > 0 for check in round_["checks"])  # open-ended ones have none
        points = f"{round_['score']:g} of {round_['max_score']:g}" if round_["max_score"] else NOTHING
        checks = f"{passed} of {n_scored}" if n_scored else NOTHING
        rows.append((round_["id"], round_["title"], MARKS[round_["status"]], points, checks))
    return Table("By round", ("round", "title", "verdict", "points", "checks"), tuple(rows), align="lllrr")


def _wrong(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the checks that failed or ended in an error, in the rounds that the submission has begun."""
    begun = [round_ for round_ in report["rounds"] if round_["status"] != Status.UNSOLVED]
    return [check for round_ in begun for check in round_["checks"] if check["status"] in _WRONG]


def _parts(check: Mapping[str, Any], *, hide_expected: bool) -> Iterator[FailurePart]:
    """Yield the parts of a failing check, shortened to fit the page; its rule is in the heading."""
    facts = failure.read(check)
    # loaded=True, as a failed import is the page's `problem`; any other message may reveal an input.
    for part in failure.withheld(facts, loaded=True) if hide_expected else failure.parts(facts):
        if part.role is Role.PRINTED:
            lines = [clip(line, _MAX_LINE) for line in failure.first_lines(part.lines)]
            yield replace(part, lines=tuple(lines))
        elif part.role is Role.BECAUSE:
            yield replace(part, lines=(clip(part.lines[0], _MAX_MESSAGE),))
        elif part.role is not Role.RULE:
            yield part


def _tallies(report: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield each round with its verdicts counted, such as `12 passed, 1 failed`."""
    for round_ in report["rounds"]:
        counts = Counter(Status(check["status"]) for check in round_["checks"])
        yield round_, ", ".join(f"{counts[kind]:,} {WORDS[kind]}" for kind in ORDER if kind in counts)
