"""Write a report for a terminal: a line for each round, and the first failure in full.

A failure shows the rule, the input, yours, expected, how to replay it and the next hint; output and
traceback come last.
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
"""A space at which lines are not wrapped."""
_MAX_SHORT = 8
"""The most failures listed in short: above this many, one bug is usually behind them."""


def render(
    report: Report, track: Track, *, hints: Mapping[str, int] | None = None, width: int = 80
) -> Iterator[Text]:
    """Yield the lines of the whole report.

    `hints` has the number of hints seen of each round; it is given in practice, not in grading.
    """
    yield from summary(report, track)
    yield from failures(report, track, hints=hints, width=width)


def summary(report: Report, track: Track) -> Iterator[Text]:
    """Yield a line about the submission, then a line for each round."""
    name = inert(one_line(report.submission))
    yield Text(f"{name} · {track.title} · seed {report.seed} · isolation {report.isolation}", "dim")
    widest = max(len(round_report.round.title) for round_report in report.rounds)
    for round_report in report.rounds:
        yield round_line(round_report, widest)
        yield from (
            open_line(verdict, round_report.round) for verdict in round_report.verdicts if verdict.score
        )


def failures(
    report: Report, track: Track, *, hints: Mapping[str, int] | None = None, width: int = 80
) -> Iterator[Text]:
    """Yield the first failure in full, and the others in a line each."""
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
        n_hidden = len(wrong) - 1 - _MAX_SHORT
        yield Text(f"  … and {n_hidden} after these; one bug may be behind many failures", "dim")


def round_line(report: RoundReport, widest: int) -> Text:
    """Return a round's line: its id, its title, its status, how many of its checks passed."""
    passed = sum(v.status is Status.PASS for v in report.verdicts)
    line = Text(f"{report.round.id:<9} {report.round.title:<{widest}}  ")
    line.append(f"{report.status.upper():<9}", STYLES[report.status])
    line.append(f" {passed} of {sum(v.check.score is None for v in report.verdicts)}")
    if report.status is Status.SKIP and report.verdicts:
        line.append(f"  {report.verdicts[0].message}", "dim")
    return line


def open_line(verdict: Verdict, round_: Round) -> Text:
    """Return the score and cost of an open check, in the round's words, beside those of the kit's entry."""
    assert verdict.score is not None  # noqa: S101 - the caller has checked it
    assert round_.open is not None  # noqa: S101 - `kata author verify` ensures it
    line = Text(f"  {verdict.check.id}: ", "dim")
    kit_entry = round_.open.entry
    for words, yours, kit_value in (
        (round_.open.score, verdict.score.score, kit_entry.score),
        (round_.open.cost, verdict.score.cost, kit_entry.cost),
    ):
        line.append(f"\n    {words}: {yours:.4g} (ours {kit_value:.4g})", STYLES[Status.OPEN])
    return line


def failure(
    verdict: Verdict, track: Track, *, hints: Mapping[str, int] | None = None, width: int = 80
) -> Iterator[Text]:
    """Yield the lines of one failed check, in full."""
    head = Text(verdict.status.upper(), STYLES[verdict.status])
    head.append(f" {verdict.check.id}", "bold")
    if verdict.code is not None:
        head.append(f"  [{verdict.code}]")
    yield head
    for part in parts(_facts(verdict, track, hints, _room(width))):
        yield from _laid_out(part, width)


def _facts(verdict: Verdict, track: Track, hints: Mapping[str, int] | None, room: int) -> Facts:
    """Return what is known about a check, with arrays as numpy prints them."""
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
    """Yield a part: on one line if it fits, else wrapped; output and traceback go below their label."""
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
    """Wrap a text, if possible between the rows of an array, and never within a number."""
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    words = _ROW.sub(lambda row: row[0].replace(" ", _TIE), text).split(" ")
    tied = " ".join(word if len(word) <= room - len(indent) else word.replace(_TIE, " ") for word in words)
    lines = textwrap.wrap(tied, room, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace(_TIE, " ") for line in lines]


def _short(verdict: Verdict, width: int) -> Text:
    line = Text.assemble((f"  {verdict.status.upper():<6}", STYLES[verdict.status]), f"{verdict.check.id}  ")
    room = width - len(line)
    line.append(textwrap.shorten(verdict.check.rule, max(room, 12), placeholder="…"), "dim")
    return line


def _hint(track: Track, round_id: str, hints: Mapping[str, int]) -> str:
    total = len(track.round(round_id).hints)
    hints_seen = hints.get(round_id, 0)
    if hints_seen < total:
        return f"kata hint {round_id} ({hints_seen + 1} of {total})"
    return f"all {total} seen; kata solution {round_id} --give-up shows the kit's solution"
