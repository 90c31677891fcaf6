"""The texts of the panes of `kata watch`: rounds, verdict, checks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.text import Text

from mlkata.practice import pages
from mlkata.practice.workspace import Workspace
from mlkata.report import terminal
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import FINE, Report, Round, RoundReport, Status

LADDER = 30
"""Columns of the list of rounds, which leaves 50 of a terminal's 80."""
_COUNT = 6


def ladder(workspace: Workspace, track: Track, report: Report | None) -> Iterator[Text]:
    """Yield all rounds of a track: passed or open, and how many of their checks pass."""
    yield Text(track.title, "bold")
    yield Text()
    passed, opened = workspace.passed(track.name), workspace.opened(track.name)
    judged = {entry.round.id: entry for entry in report.rounds} if report else {}
    for round_ in track.rounds:
        is_open = round_ in opened
        mark, style = ("✓", "green") if round_.id in passed else ("▸", "bold") if is_open else ("·", "dim")
        room = LADDER - _COUNT - 6
        title = textwrap.shorten(round_.title, room, placeholder="…")
        line = Text(f"{mark} {round_.number:>2} {title:<{room}}", style)
        yield Text.assemble(line, _passing(judged.get(round_.id)))
    yield Text()
    yield Text("✓ passed  ▸ open  · not open yet", "dim")


def verdict(
    workspace: Workspace, track: Track, report: Report, opened: Sequence[Round], *, at: int, width: int
) -> Iterator[Text]:
    """Yield one failure of a report or, without failures, the rounds; then what to do next."""
    wrong = report.wrong
    hints = workspace.hints(track.name) if workspace.hints_on else None
    if wrong:
        if len(wrong) > 1:
            yield Text(f"failure {at + 1} of {len(wrong)}   (n shows the next)", "dim")
            yield Text()
        yield from terminal.failure(wrong[at], track, hints=hints, width=width)
    else:
        widest = max((len(entry.round.title) for entry in report.rounds), default=0)
        for entry in report.rounds:
            yield terminal.round_line(entry, widest)
            yield from (
                terminal.open_line(verdict_, entry.round) for verdict_ in entry.verdicts if verdict_.score
            )
    yield Text()
    yield from pages.after(workspace, track, report, opened)


def checks(report: Report, width: int) -> Iterator[Text]:
    """Yield all checks of the open rounds: status, name and rule."""
    for entry in report.rounds:
        yield Text(f"{entry.round.id} {entry.round.title}", "bold")
        for verdict_ in entry.verdicts:
            line = Text(f"  {verdict_.status.upper():<9}", terminal.STYLES[verdict_.status])
            line.append(verdict_.check.id.partition("/")[2])
            yield line
            for part in textwrap.wrap(verdict_.check.rule, max(20, width - 4)):
                yield Text(f"    {part}", "dim")
        yield Text()


def state(report: Report) -> Text:
    """Return a report's result in a few words."""
    if report.wrong:
        return Text(f"{len(report.wrong)} failing", "bold red")
    if report.status in FINE:
        return Text("all pass", "bold green")
    passing = sum(verdict_.status in FINE for verdict_ in report.verdicts)
    return Text(f"{passing} of {len(report.verdicts)} pass", "yellow")


def _passing(entry: RoundReport | None) -> Text:
    if entry is None:
        return Text()
    counted = [verdict_ for verdict_ in entry.verdicts if verdict_.check.score is None]
    passing = sum(verdict_.status is Status.PASS for verdict_ in counted)
    text = f"{passing}/{len(counted)}" if counted else entry.status.upper()
    return Text(f"{text:>{_COUNT}}", terminal.STYLES[entry.status])
