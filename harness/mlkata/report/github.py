"""Writes a report for a GitHub workflow: annotations for its log, and Markdown for the step's summary.

A runner takes a line for a command where it begins with `::`, also after spaces, or holds `##[` anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlkata.report import failure
from mlkata.report.as_json import checks
from mlkata.report.labelled import plain
from mlkata.tracks.harmless import one_line, printable, shortened, unbracketed
from mlkata.tracks.model import Status

_DEFINITION = re.compile(r"^(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
_MAX_ANNOTATION = 1000
_MAX_DETAILS = 4000
_DIGITS = 12
"""Of a digest: enough to tell two apart."""
_WRONG = frozenset({Status.FAIL, Status.ERROR})
_MAX_SHOWN = 20
"""Checks shown in full: a summary may have a mebibyte, and one mistake is mostly behind many failures."""


def lines_of(source: str) -> dict[str, int]:
    """Find the line of each top-level function's last `def`.

    By the text, since parsing here what nobody should trust can take all memory: a `def` within a
    string of many lines may be taken for one.
    """
    lines: dict[str, int] = {}
    end, line = 0, 1
    for match in _DEFINITION.finditer(source):
        line += source.count("\n", end, match.start())
        end = match.start()
        lines[match[1]] = line
    return lines


def render(report: Mapping[str, Any], *, file: str = "", lines: Mapping[str, int] | None = None) -> str:
    """Write a `mlkata.report/1` as annotations, in the order of the track: GitHub shows the first ten.

    A check that failed is an error, a round with something not solved yet a warning; where the file could
    not be loaded one error says so. `file` is the submission's path in the repository, its name where it
    is left out, and `lines` gives the line of a function (see `lines_of`). A notice with the points ends it.
    """
    file = file or report["submission"]
    known = lines or {}
    track = report["track"]
    written = []
    if failure.nothing_ran(report):
        why = failure.read(checks(report)[0]).reason
        written.append(_annotation("error", file, 1, f"{track}: no check ran", why))
    else:
        for one in report["rounds"]:
            written += [
                _annotation("error", file, known.get(check["function"], 1), check["id"], _because(check))
                for check in one["checks"]
                if check["status"] in _WRONG
            ]
            unsolved = [check["function"] for check in one["checks"] if check["status"] == Status.UNSOLVED]
            if unsolved:
                names = ", ".join(dict.fromkeys(unsolved))
                line = known.get(unsolved[0], 1)
                written.append(_annotation("warning", file, line, f"{one['id']} is not solved yet", names))
    written.append(f"::notice title={_property(track)}::{_data(_points(report))}")
    return "\n".join(written) + "\n"


def summary(report: Mapping[str, Any]) -> str:
    """Write a `mlkata.report/1` as Markdown: a table of rounds, then what did not pass, folded.

    Texts stand in code fences longer than any run of backticks within, names as character references.
    """
    told = f"seed {report['seed']}, isolation {report['isolation']}, contract {report['contract'][:_DIGITS]}"
    rows = [
        f"| {_inline(one['id'])} | {_inline(one['title'])} | {_inline(one['status'])} "
        f"| {_of(one['score'], one['max_score'])} |"
        for one in report["rounds"]
    ]
    parts = [
        f"### {_inline(report['track'])}: {_inline(_points(report))}",
        f"<code>{_inline(report['submission'])}</code>, {_inline(told)}",
        "\n".join(["| round | | status | points |", "|---|---|---|---:|", *rows]),
    ]
    wrong = [check for check in checks(report) if check["status"] in _WRONG]
    shown = wrong[: 1 if failure.nothing_ran(report) else _MAX_SHOWN]
    parts += [_folded(check) for check in shown]
    if len(wrong) > len(shown):
        parts.append(f"… and {len(wrong) - len(shown)} more that did not pass.")
    return "\n\n".join(parts) + "\n"


def _because(check: Mapping[str, Any]) -> str:
    return f"{one_line(check['rule'])}\n{failure.read(check).reason}"


def _points(report: Mapping[str, Any]) -> str:
    return f"{_of(report['score'], report['max_score'])} points, {report['status']}"


def _of(score: float, max_score: float) -> str:
    return f"{score:g} of {max_score:g}"


def _annotation(level: str, file: str, line: int, title: str, message: str) -> str:
    properties = f"file={_property(file)},line={line},title={_property(title)}"
    return f"::{level} {properties}::{_data(shortened(message, _MAX_ANNOTATION))}"


def _data(text: str) -> str:
    """Escape a command's message; its older form cannot be escaped, so it is broken up."""
    text = unbracketed(printable(text))
    return text.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a command's property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _folded(check: Mapping[str, Any]) -> str:
    text = shortened(plain(failure.parts(failure.read(check))), _MAX_DETAILS)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    title = f"<summary>{_inline(check['status'].upper())} <code>{_inline(check['id'])}</code></summary>"
    return f"<details>{title}\n\n{fence}text\n{text}\n{fence}\n\n</details>"


def _inline(text: str) -> str:
    """Write a text within a line: a character reference is never Markdown, HTML or the start of a link."""
    return "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in one_line(text))
