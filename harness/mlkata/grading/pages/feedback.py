"""Writes what one submission got as an HTML page of its own, for whoever handed it in."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from mlkata.grading.pages import failure, voided
from mlkata.grading.pages.figures import ORDER, WORDS
from mlkata.report.page import html
from mlkata.report.page.document import Cell, Mark, Table
from mlkata.report.page.markup import Markup, clip, join, tag
from mlkata.report.units import NOTHING, count
from mlkata.tracks.model import FINE, Kind, Status

_FULL = 40
"""Checks that did not pass and are shown in full; of more, the others have a line each."""
_MAX_NAME = 80
_WRONG = frozenset({Status.FAIL, Status.ERROR})
_TONES = {Status.FAIL: "bad", Status.ERROR: "bad", Status.PASS: "good"}
_DIGEST = 20
"""Letters of a digest: 80 bits, so that nobody finds two ids with one name."""
_OWN = re.compile(rf".*-[0-9a-f]{{{_DIGEST}}}|con|prn|aux|nul|com\d|lpt\d|index")
"""Ids that read like a name with a digest, and names that Windows or a web server keeps for itself."""


def render(
    record: Mapping[str, Any], *, hide_expected: bool = False, void: Collection[str] = (), hints: bool = True
) -> str:
    """Write the page of one record (mlkata.graded/1); void checks are named, and count for nothing.

    `hints` says whether the course has any. With `hide_expected` the page shows nothing from which a hidden
    input or its answer could be had: see `failure`, and the seed goes, too. What remains are verdicts, the
    scores of open rounds, and the message of an import that failed before anything was called.
    """
    full = record["report"]
    report = voided.without(full, void)
    style = files(__package__).joinpath("feedback.css").read_text(encoding="utf-8")
    title = f"Feedback: {clip(record['id'], _MAX_NAME)}"
    body = [tag("h1", title), html.lead(_about(record, report, hide_expected=hide_expected))]
    problem = record["problem"] or _no_import(report)
    if problem:
        body.append(_problem(problem, report))
    else:
        struck = [check["id"] for one in full["rounds"] for check in one["checks"] if check["id"] in void]
        body += [_score(report), _next(report, hints=hints), _rounds(report)]
        body += [*_void(struck), *_failures(report, hide_expected=hide_expected), *_by_round(report)]
    return html.frame(title, tag("main", *body), style=style)


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
    """Give the message of the import where no check got any further."""
    checks = [check for one in report["rounds"] for check in one["checks"]]
    failed = bool(checks) and all(check["code"] == Kind.IMPORT for check in checks)
    return str(checks[0]["message"]) if failed else ""


def _problem(problem: str, report: Mapping[str, Any]) -> Markup:
    command = failure.code(f"kata check {report['track']}")
    return join(
        tag("p", f"0 of {report['max_score']:g} points: the submission could not be run", class_="score bad"),
        tag("p", clip(problem, failure.MAX_MESSAGE)),
        tag("h2", "What next"),
        tag("p", "Mend that, try ", command, " on your own machine, and hand it in again."),
    )


def _score(report: Mapping[str, Any]) -> Markup:
    points = f"{report['score']:g} of {report['max_score']:g} points"
    tone = _TONES.get(Status(report["status"]), "")
    return tag("p", points, " · ", tag("span", WORDS[Status(report["status"])], class_=tone), class_="score")


def _next(report: Mapping[str, Any], *, hints: bool) -> Markup:
    """Name the first round where something is left to do, its hint and the command that judges it."""
    left = [one for one in report["rounds"] if Status(one["status"]) not in FINE]
    if not left:
        return tag("p", "Nothing is left to do: all that was asked for has passed.")
    track, first = report["track"], left[0]
    return join(
        tag("h2", "What next"),
        tag(
            "ul",
            tag("li", "Go on with ", tag("strong", f"{first['id']}, {first['title']}"), "."),
            tag("li", failure.code(f"kata hint {first['id']}"), " gives a hint, one more each time.")
            if hints
            else "",
            tag("li", failure.code(f"kata check {track}"), " judges your file on your own machine."),
        ),
    )


def _rounds(report: Mapping[str, Any]) -> Markup:
    rows = []
    for one in report["rounds"]:
        passed = sum(check["status"] == Status.PASS for check in one["checks"])
        scored = sum(check["max_points"] > 0 for check in one["checks"])
        status = Status(one["status"])
        verdict: Cell = Mark(WORDS[status], _TONES.get(status, ""))
        points = f"{one['score']:g} of {one['max_score']:g}" if one["max_score"] else NOTHING
        rows.append(
            (one["id"], one["title"], verdict, points, f"{passed} of {scored}" if scored else NOTHING)
        )
    head = ("round", "title", "verdict", "points", "checks")
    return join(tag("h2", "Rounds"), html.table(Table("By round", head, tuple(rows), "lllrr")))


def _void(struck: Sequence[str]) -> Iterator[Markup]:
    if struck:
        yield tag("p", f"Void, counting for nobody: {', '.join(struck)}.")


def _failures(report: Mapping[str, Any], *, hide_expected: bool) -> Iterator[Markup]:
    """Write what did not pass, the first opened (or all, if they are short).

    In rounds that have not been begun nothing is wrong yet.
    """
    begun = [one for one in report["rounds"] if one["status"] != Status.UNSOLVED]
    wrong = [check for one in begun for check in one["checks"] if check["status"] in _WRONG]
    if not wrong:
        return
    yield tag("h2", "What did not pass")
    if hide_expected:
        yield tag("p", "Inputs, answers and messages that tell of them are not shown.")
    for at, check in enumerate(wrong[:_FULL]):
        yield failure.render(check, hide_expected=hide_expected, opened=hide_expected or not at)
    if len(wrong) > _FULL:
        yield tag("p", f"{count(len(wrong) - _FULL, 'more check')} did not pass:")
        yield tag("ul", *(tag("li", failure.head(check)) for check in wrong[_FULL:]))


def _by_round(report: Mapping[str, Any]) -> Iterator[Markup]:
    """List every check in a few words, folded."""
    yield tag("h2", "All checks")
    for one in report["rounds"]:
        counts = Counter(Status(check["status"]) for check in one["checks"])
        said = ", ".join(f"{counts[kind]:,} {WORDS[kind]}" for kind in ORDER if kind in counts)
        checks = tag("ul", *(tag("li", _brief(check)) for check in one["checks"]))
        yield tag("details", tag("summary", f"{one['id']}, {one['title']}: {said}"), checks)


def _brief(check: Mapping[str, Any]) -> Markup:
    status = Status(check["status"])
    score = check["score"]
    got = f": score {score['score']:.4g}, cost {score['cost']:.4g}" if score else ""
    return join(tag("span", WORDS[status], class_=_TONES.get(status)), f" {check['id']}{got}")
