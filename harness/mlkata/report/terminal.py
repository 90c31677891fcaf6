"""Write a report for a terminal: a line for each round of the track, and the first failed check in full.

A check is one rule, judged on drawn inputs. Of a failed check the report shows the rule, the input, the
candidate's answer (`yours`), the expected one, the commands that replay it and that show the next hint, and
last the output and the traceback.
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
_ROLE_STYLES = {Role.YOURS: "red", Role.EXPECTED: "green"}
_ROW = re.compile(r"[\[(][^\[\]()]*[\])]")
"""A row of an array, or a shape: brackets that contain no other brackets."""
_NO_BREAK_SPACE = "\u00a0"
"""A space at which textwrap does not break lines."""
_MAX_SHORT = 8
"""Maximum number of failures that get a line each, besides the first: usually one bug causes most of them."""


def render(
    report: Report, track: Track, *, hints: Mapping[str, int] | None = None, width: int = 80
) -> Iterator[Text]:
    """Yield the lines of the whole report.

    `hints` has the number of hints that a person has seen of each round, by its id. Without it, as in
    grading, no hint is suggested.
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
    n_with_pass = sum(v.check.score is None for v in report.verdicts)  # an open check cannot pass
    line.append(f" {passed} of {n_with_pass}")
    if report.status is Status.SKIP and report.verdicts:
        line.append(f"  {report.verdicts[0].message}", "dim")
    return line


def open_line(verdict: Verdict, round_: Round) -> Text:
    """Return the lines of an open check, which ends in a score instead of a pass.

    They show its score and its cost, each beside that of the kit's own solution. The round says in words
    what is scored.
    """
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
    """Return the arguments of a case's last call, in lines of at most `room` characters if possible."""
    named = values.arguments(case).items()
    shown = [line for name, value in named for line in values.lines(name, value, room)]
    return [*shown, f"(the last of {len(case.steps)} calls)"] if len(case.steps) > 1 else shown


def _laid_out(part: FailurePart, width: int) -> Iterator[Text]:
    """Yield the lines of a part: beside its label, or below the label for output and tracebacks."""
    if part.role is Role.PRINTED:
        shown = [line[: width - 4] for line in first_lines(part.lines)]
    elif part.role is Role.TRACEBACK:
        shown = [
            piece for line in part.lines for piece in textwrap.wrap(line, width - 4, subsequent_indent="    ")
        ]
    else:
        style = _ROLE_STYLES.get(part.role, "")
        for before, line in labelled(part.label, _fitted(part, _room(width))):
            yield Text.assemble((f"  {before}", "dim"), (inert(line), style))
        return
    yield Text(f"  {part.label}")
    yield from (Text(f"    {inert(line)}", "dim") for line in shown)


def _fitted(part: FailurePart, room: int) -> list[str]:
    """Return a part's text as one line if it fits, else wrapped."""
    joined = "   ".join(part.lines)
    if len(joined) <= room or part.role is Role.REPLAY:  # a command is copied in one piece
        return [joined]
    return [piece for line in part.lines for piece in _wrapped(line, room)]


def _room(width: int) -> int:
    """Return the width beside a label, which is indented by 2; at least 30, even in a narrow terminal."""
    return max(30, width - LABEL - 2)


def _wrapped(text: str, room: int) -> list[str]:
    """Wrap a text, if possible between the rows of an array, and never within a number.

    To textwrap, a row is one word, since its spaces are replaced by no-break spaces. A row that is longer
    than a line gets its spaces back.
    """
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    words = _ROW.sub(lambda row: row[0].replace(" ", _NO_BREAK_SPACE), text).split(" ")
    with_whole_rows = " ".join(
        word if len(word) <= room - len(indent) else word.replace(_NO_BREAK_SPACE, " ") for word in words
    )
    lines = textwrap.wrap(with_whole_rows, room, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace(_NO_BREAK_SPACE, " ") for line in lines]


def _short(verdict: Verdict, width: int) -> Text:
    """Return one line about a failed check, with as much of its rule as fits."""
    line = Text.assemble((f"  {verdict.status.upper():<6}", STYLES[verdict.status]), f"{verdict.check.id}  ")
    room = width - len(line)
    line.append(textwrap.shorten(verdict.check.rule, max(room, 12), placeholder="…"), "dim")
    return line


def _hint(track: Track, round_id: str, hints: Mapping[str, int]) -> str:
    """Return the command that shows the next hint, or the solution once all hints have been seen."""
    total = len(track.round(round_id).hints)
    hints_seen = hints.get(round_id, 0)
    if hints_seen < total:
        return f"kata hint {round_id} ({hints_seen + 1} of {total})"
    return f"all {total} seen; kata solution {round_id} --give-up shows the kit's solution"
