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
from mlkata.report.failure import Facts, FailurePart, Role, first_lines, parts
from mlkata.report.labelled import LABEL, labelled
from mlkata.tracks.catalogue import Track
from mlkata.tracks.harmless import inert, one_line
from mlkata.tracks.model import Answer, Case, Report, Round, RoundReport, Status, Verdict

STYLES = {
    Status.PASS: "bold green",
    Status.FAIL: "bold red",
    Status.ERROR: "bold red",
    Status.UNSOLVED: "yellow",
    Status.SKIP: "dim",
    Status.OPEN: "cyan",
}
_TONES = {Role.YOURS: "red", Role.EXPECTED: "green"}
_ROW = re.compile(r"[\[(][^\[\]()]*[\])]")
_TIE = "\u00a0"
"""A space at which nothing is wrapped."""
_MAX_SHORT = 8
"""Of more failures than this, one mistake is mostly the cause."""


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
    name = inert(one_line(report.submission))
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
    head = Text(verdict.status.upper(), STYLES[verdict.status])
    head.append(f" {verdict.check.id}", "bold")
    if verdict.code is not None:
        head.append(f"  [{verdict.code}]")
    yield head
    for part in parts(_facts(verdict, track, hints, _room(width))):
        yield from _laid_out(part, width)


def _facts(verdict: Verdict, track: Track, hints: Mapping[str, int] | None, room: int) -> Facts:
    """Gather what is known of a check, with arrays as numpy writes them."""
    check, case, answer = verdict.check, verdict.case, verdict.answer
    raised = answer.raised if answer is not None else None

    def outcome(answer: Answer | None) -> list[str]:
        return values.outcome(answer, case, track.contracts) if case and answer else []

    return Facts(
        function=check.function,
        status=verdict.status,
        code=verdict.code,
        rule=check.rule,
        message=verdict.message,
        arguments=_input(case, room) if case is not None else [],
        yours=outcome(answer),
        expected=outcome(verdict.expected),
        raised=raised.types[0] if raised is not None else "",
        replay=verdict.replay,
        hint=_hint(track, check.round_id, hints) if hints is not None else "",
        stdout=answer.stdout if answer is not None else "",
        traceback=raised.traceback if raised is not None else "",
    )


def _input(case: Case, room: int) -> list[str]:
    named = values.arguments(case).items()
    shown = [line for name, value in named for line in values.lines(name, value, room)]
    return [*shown, f"(the last of {len(case.steps)} calls)"] if len(case.steps) > 1 else shown


def _laid_out(part: FailurePart, width: int) -> Iterator[Text]:
    """Write a part: on one line where it fits, else its lines, wrapped; what was printed below its label."""
    if part.role is Role.PRINTED:
        shown = [line[: width - 4] for line in first_lines(part.lines)]
    elif part.role is Role.TRACEBACK:
        shown = [
            piece for line in part.lines for piece in textwrap.wrap(line, width - 4, subsequent_indent="    ")
        ]
    else:
        style = _TONES.get(part.role, "")
        for before, line in labelled(part.label, _fitted(part, _room(width))):
            yield Text.assemble((f"  {before}", "dim"), (inert(line), style))
        return
    yield Text(f"  {part.label}")
    yield from (Text(f"    {inert(line)}", "dim") for line in shown)


def _fitted(part: FailurePart, room: int) -> list[str]:
    joined = "   ".join(part.lines)
    if len(joined) <= room or part.role is Role.REPLAY:  # a command is copied in one piece
        return [joined]
    return [piece for line in part.lines for piece in _wrapped(line, room)]


def _room(width: int) -> int:
    return max(30, width - LABEL - 2)


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
