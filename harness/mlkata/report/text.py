"""Writes a report for a terminal: what passed in a line a round, the first failure in full.

A failure reads: the rule, the input that shows it, yours, expected, how to replay it, which hint
is next; what was printed and the traceback last.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping

from rich.text import Text

from mlkata.report import values
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Report, Round, RoundReport, Status, Verdict

STYLES = {
    Status.PASS: "bold green",
    Status.FAIL: "bold red",
    Status.ERROR: "bold red",
    Status.UNSOLVED: "yellow",
    Status.SKIP: "dim",
    Status.OPEN: "cyan",
}
_LABEL = 10
_ROW = re.compile(r"[\[(][^\[\]()]*[\])]")
_TIE = "\u00a0"
"""A space at which nothing is wrapped."""
_MAX_SHORT = 8
"""Of more failures than this, one mistake is mostly the cause."""
_MAX_PRINTED = 12


def render(
    report: Report, track: Track, *, hints: Mapping[str, int] | None = None, width: int = 80
) -> Iterator[Text]:
    """Write the whole report, line by line.

    `hints` gives, in practice, the number of hints seen of each round; grading leaves it out.
    """
    yield from summary(report, track)
    yield from failures(report, track, hints=hints, width=width)


def summary(report: Report, track: Track) -> Iterator[Text]:
    """Write what was judged, and how each round went."""
    name = _inert(_printable(report.submission))
    yield Text(f"{name} · {track.title} · seed {report.seed} · isolation {report.isolation}", "dim")
    widest = max(len(one.round.title) for one in report.rounds)
    for one in report.rounds:
        yield round_line(one, widest)
        yield from (open_line(verdict, one.round) for verdict in one.verdicts if verdict.score)


def failures(
    report: Report, track: Track, *, hints: Mapping[str, int] | None = None, width: int = 80
) -> Iterator[Text]:
    """Write the first failure in full, and others in a line each."""
    wrong = report.wrong
    if wrong:
        yield Text()
        yield from failure(wrong[0], track, hints=hints, width=width)
    if len(wrong) > 1:
        yield Text()
        yield Text(f"{len(wrong) - 1} more:")
    for verdict in wrong[1 : 1 + _MAX_SHORT]:
        yield _short(verdict, width)
    if len(wrong) > 1 + _MAX_SHORT:
        rest = len(wrong) - 1 - _MAX_SHORT
        yield Text(f"  … and {rest} after these; one mistake may be behind many", "dim")


def round_line(one: RoundReport, widest: int) -> Text:
    """Write one round: its id, its title, its status, how many of its checks passed."""
    passed = sum(v.status is Status.PASS for v in one.verdicts)
    line = Text(f"{one.round.id:<9} {one.round.title:<{widest}}  ")
    line.append(f"{one.status.upper():<9}", STYLES[one.status])
    line.append(f" {passed} of {sum(v.check.score is None for v in one.verdicts)}")
    if one.status is Status.SKIP and one.verdicts:
        line.append(f"  {one.verdicts[0].message}", "dim")
    return line


def open_line(verdict: Verdict, round_: Round) -> Text:
    """Write what an open check got, in the round's words, beside our own entry."""
    assert verdict.score is not None  # noqa: S101 - the caller has looked
    assert round_.open is not None  # noqa: S101 - the kit's check of itself sees to it
    line = Text(f"  {verdict.check.id}: ", "dim")
    ours = round_.open.entry
    for words, yours, other in (
        (round_.open.score, verdict.score.score, ours.score),
        (round_.open.cost, verdict.score.cost, ours.cost),
    ):
        line.append(f"\n    {words}: {yours:.4g} (ours {other:.4g})", STYLES[Status.OPEN])
    return line


def failure(
    verdict: Verdict, track: Track, *, hints: Mapping[str, int] | None = None, width: int = 80
) -> Iterator[Text]:
    """Write one check that did not pass, in full."""
    check, answer = verdict.check, verdict.answer
    head = Text(verdict.status.upper(), STYLES[verdict.status])
    head.append(f" {check.id}", "bold")
    if verdict.code is not None:
        head.append(f"  [{verdict.code}]")
    yield head
    yield from _labelled("rule", [check.rule], width)
    if verdict.case is not None:
        yield from _input(verdict, width)
    unsolved = verdict.status is Status.UNSOLVED
    if answer is not None and verdict.case is not None and not unsolved:
        mine = values.outcome(answer, verdict.case, track.contracts)
        yield from _labelled("yours", mine, width, style="red")
    if verdict.expected is not None and verdict.case is not None:
        wanted = values.outcome(verdict.expected, verdict.case, track.contracts)
        yield from _labelled("expected", wanted, width, style="green")
    if verdict.message:
        yield from _labelled("because", [verdict.message], width)
    if verdict.replay:
        yield from _labelled("replay", [verdict.replay], 10**6)
    if hints is not None:
        yield from _labelled("hint", [_hint(track, check.round_id, hints)], width)
    if not unsolved:
        yield from _told(verdict, width)


def _input(verdict: Verdict, width: int) -> Iterator[Text]:
    assert verdict.case is not None  # noqa: S101 - the caller has looked
    case = verdict.case
    room = _room(width)
    shown = [line for named in values.arguments(case).items() for line in values.lines(*named, room)]
    if len(case.steps) > 1:
        shown.append(f"(the last of {len(case.steps)} calls)")
    yield from _labelled(verdict.check.function, shown, width)


def _told(verdict: Verdict, width: int) -> Iterator[Text]:
    answer = verdict.answer
    if answer is None:
        return
    if answer.stdout:
        yield Text("  printed")
        lines = answer.stdout.rstrip("\n").splitlines()
        for line in lines[:_MAX_PRINTED]:
            yield Text(f"    {_inert(_printable(line)[: width - 4])}", "dim")
        if len(lines) > _MAX_PRINTED:
            yield Text(f"    … {len(lines) - _MAX_PRINTED} more lines", "dim")
    if answer.raised is not None and answer.raised.traceback:
        yield Text("  traceback")
        for line in answer.raised.traceback.splitlines():
            for part in textwrap.wrap(_printable(line), width - 4, subsequent_indent="    "):
                yield Text(f"    {_inert(part)}", "dim")


def _labelled(label: str, parts: list[str], width: int, *, style: str = "") -> Iterator[Text]:
    """Write parts behind a label: on one line where they fit, else one a line, wrapped; none, no label."""
    if not parts:
        return
    room = _room(width)
    if len(label) > _LABEL - 1:
        yield Text(f"  {label}", "dim")
        label = ""
    joined = "   ".join(_printable(part) for part in parts)
    lines = (
        [joined]
        if len(joined) <= room
        else [line for part in parts for line in _wrapped(_printable(part), room)]
    )
    for line in lines:
        yield Text.assemble((f"  {label:<{_LABEL}}", "dim"), (_inert(line), style))
        label = ""


def _room(width: int) -> int:
    return max(30, width - _LABEL - 2)


def _wrapped(text: str, room: int) -> list[str]:
    """Wrap a text between the rows of an array rather than within one, and never within a number."""
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    words = _ROW.sub(lambda row: row[0].replace(" ", _TIE), text).split(" ")
    whole = " ".join(word if len(word) <= room - len(indent) else word.replace(_TIE, " ") for word in words)
    lines = textwrap.wrap(whole, room, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace(_TIE, " ") for line in lines]


def _short(verdict: Verdict, width: int) -> Text:
    line = Text.assemble((f"  {verdict.status.upper():<6}", STYLES[verdict.status]), f"{verdict.check.id}  ")
    room = width - len(line)
    line.append(textwrap.shorten(verdict.check.rule, max(room, 12), placeholder="…"), "dim")
    return line


def _hint(track: Track, round_id: str, hints: Mapping[str, int]) -> str:
    total = len(track.round(round_id).hints)
    seen = hints.get(round_id, 0)
    if seen < total:
        return f"kata hint {round_id} ({seen + 1} of {total})"
    return f"all {total} seen; kata solution {round_id} --give-up shows ours"


def _printable(text: str) -> str:
    """Take control characters out: a submission must not steer the terminal."""
    return "".join(c if c.isprintable() else " " if c.isspace() else f"\\x{ord(c):02x}" for c in text)


def _inert(line: str) -> str:
    """Keep a submission's words from being commands to GitHub: a log's `::error::` and `##[error]` are."""
    line = line.replace("##[", "## [")
    return f"\\{line}" if line.lstrip().startswith("::") else line
