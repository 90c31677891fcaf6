"""Write a report for a GitHub workflow: annotations for its log, and Markdown for the step's summary.

An annotation is a line of the log such as `::error file=kmeans.py,line=3::message`, which GitHub shows beside
that line of code. GitHub's runner treats each line that begins with `::`, also after spaces, or contains
`##[` as a command, so no text of a submission may form such a line.
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
"""Maximum number of characters of an annotation's message: people read only its beginning."""
_MAX_DETAILS = 4000
"""Maximum number of characters of a failed check in the summary. The summary may have 1 MiB: _MAX_SHOWN
checks fit easily."""
_DIGITS = 12
"""Hexadecimal digits shown of the contract's digest: enough to tell two versions of a track apart."""
_WRONG = frozenset({Status.FAIL, Status.ERROR})
_MAX_SHOWN = 20
"""Maximum number of failed checks that the summary shows in full: one bug is usually behind many failures."""


def lines_of(source: str) -> dict[str, int]:
    """Return the number of the line with each top-level function's last `def`, by the function's name.

    The text is searched, not parsed: parsing untrusted code here could take all memory. A `def` in a
    multi-line string may be counted as a function.
    """
    lines: dict[str, int] = {}
    counted_to, line = 0, 1  # `line` is the line number at position `counted_to` of the text
    for match in _DEFINITION.finditer(source):
        line += source.count("\n", counted_to, match.start())
        counted_to = match.start()
        lines[match[1]] = line
    return lines


def render(report: Mapping[str, Any], *, file: str = "", lines: Mapping[str, int] | None = None) -> str:
    """Return a report in the schema `mlkata.report/1` as annotations, of which GitHub shows the first ten.

    They are in the order of the track. A failed check is an error, and a round with unsolved functions (which
    are still the stub's) a warning. If the file could not be loaded, there is a single error. A notice with
    the points comes last. `file` is the submission's path in the repository, by default its name; `lines`
    maps functions to line numbers (see `lines_of`); what has no line is shown at line 1.
    """
    file = file or report["submission"]
    line_of = lines or {}
    track = report["track"]
    written = []
    if failure.nothing_ran(report):
        reason = failure.read(checks(report)[0]).reason
        written.append(_annotation("error", file, line=1, title=f"{track}: no check ran", message=reason))
    else:
        for round_ in report["rounds"]:
            written += [
                _annotation(
                    "error",
                    file,
                    line=line_of.get(check["function"], 1),
                    title=check["id"],
                    message=_rule_and_reason(check),
                )
                for check in round_["checks"]
                if check["status"] in _WRONG
            ]
            unsolved = [check["function"] for check in round_["checks"] if check["status"] == Status.UNSOLVED]
            if unsolved:
                names = ", ".join(dict.fromkeys(unsolved))
                line = line_of.get(unsolved[0], 1)
                title = f"{round_['id']} is not solved yet"
                written.append(_annotation("warning", file, line=line, title=title, message=names))
    written.append(f"::notice title={_property(track)}::{_data(_points(report))}")
    return "\n".join(written) + "\n"


def summary(report: Mapping[str, Any]) -> str:
    """Return a report in the schema `mlkata.report/1` as Markdown: a table of rounds, then the failed checks.

    Each failed check is folded. So that no text acts as Markdown, it is in a code fence longer than any run
    of backticks inside, and names are written as character references such as `&#42;`.
    """
    settings = (
        f"seed {report['seed']}, isolation {report['isolation']}, contract {report['contract'][:_DIGITS]}"
    )
    rows = [
        f"| {_inline(round_['id'])} | {_inline(round_['title'])} | {_inline(round_['status'])} "
        f"| {_out_of(round_['score'], round_['max_score'])} |"
        for round_ in report["rounds"]
    ]
    parts = [
        f"### {_inline(report['track'])}: {_inline(_points(report))}",
        f"<code>{_inline(report['submission'])}</code>, {_inline(settings)}",
        "\n".join(["| round | | status | points |", "|---|---|---|---:|", *rows]),
    ]
    wrong = [check for check in checks(report) if check["status"] in _WRONG]
    shown = wrong[: 1 if failure.nothing_ran(report) else _MAX_SHOWN]
    parts += [_folded(check) for check in shown]
    if len(wrong) > len(shown):
        parts.append(f"… and {len(wrong) - len(shown)} more that did not pass.")
    return "\n\n".join(parts) + "\n"


def _rule_and_reason(check: Mapping[str, Any]) -> str:
    return f"{one_line(check['rule'])}\n{failure.read(check).reason}"


def _points(report: Mapping[str, Any]) -> str:
    return f"{_out_of(report['score'], report['max_score'])} points, {report['status']}"


def _out_of(score: float, max_score: float) -> str:
    return f"{score:g} of {max_score:g}"


def _annotation(level: str, file: str, *, line: int, title: str, message: str) -> str:
    properties = f"file={_property(file)},line={line},title={_property(title)}"
    return f"::{level} {properties}::{_data(shortened(message, _MAX_ANNOTATION))}"


def _data(text: str) -> str:
    """Escape a command's message; a space breaks up `##[`, which begins a command and can't be escaped."""
    text = unbracketed(printable(text))
    return text.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property of a command, such as its title: commas separate properties."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _folded(check: Mapping[str, Any]) -> str:
    """Return a failed check as an element that shows its name, and the rest when it is opened."""
    text = shortened(plain(failure.parts(failure.read(check))), _MAX_DETAILS)
    longest_run = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest_run + 1)
    title = f"<summary>{_inline(check['status'].upper())} <code>{_inline(check['id'])}</code></summary>"
    return f"<details>{title}\n\n{fence}text\n{text}\n{fence}\n\n</details>"


def _inline(text: str) -> str:
    """Return a text as character references, which are never Markdown, HTML or the start of a link."""
    return "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in one_line(text))
