"""What the panes of `kata watch` say: the ladder of rounds, the verdict, the list of checks."""

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
"""Columns of the ladder: beside it 50 are left where a terminal has 80."""
_COUNT = 6


def ladder(workspace: Workspace, track: Track, report: Report | None) -> Iterator[Text]:
    """Write all rounds of a track: which have passed, which are open, how many of their checks pass."""
    yield Text(track.title, "bold")
    yield Text()
    passed, opened = workspace.passed(track.name), workspace.opened(track.name)
    judged = {one.round.id: one for one in report.rounds} if report else {}
    for round_ in track.rounds:
        is_open = round_ in opened
        mark, style = ("✓", "green") if round_.id in passed else ("▸", "bold") if is_open else ("·", "dim")
        room = LADDER - _COUNT - 6
        title = textwrap.shorten(round_.title, room, placeholder="…")
        line = Text(f"{mark} {round_.number:>2} {title:<{room}}", style)
        yield Text.assemble(line, _passing(judged.get(round_.id)))
    yield Text()
    yield Text("✓ passed  ▸ open  · to come", "dim")


def verdict(
    workspace: Workspace, track: Track, report: Report, opened: Sequence[Round], *, at: int, width: int
) -> Iterator[Text]:
    """Write one failure of a report in full, and what follows; where nothing fails, the rounds."""
    wrong = report.wrong
    hints = workspace.hints(track.name) if workspace.hints_on else None
    if wrong:
        if len(wrong) > 1:
            yield Text(f"failure {at + 1} of {len(wrong)}   (n shows the next)", "dim")
            yield Text()
        yield from terminal.failure(wrong[at], track, hints=hints, width=width)
    else:
        widest = max((len(one.round.title) for one in report.rounds), default=0)
        for one in report.rounds:
            yield terminal.round_line(one, widest)
            yield from (terminal.open_line(found, one.round) for found in one.verdicts if found.score)
    yield Text()
    yield from pages.after(workspace, track, report, opened)


def checks(report: Report, width: int) -> Iterator[Text]:
    """List all checks of the open rounds: what each got, its name, its rule."""
    for one in report.rounds:
        yield Text(f"{one.round.id} {one.round.title}", "bold")
        for found in one.verdicts:
            line = Text(f"  {found.status.upper():<9}", terminal.STYLES[found.status])
            line.append(found.check.id.partition("/")[2])
            yield line
            for part in textwrap.wrap(found.check.rule, max(20, width - 4)):
                yield Text(f"    {part}", "dim")
        yield Text()


def state(report: Report) -> Text:
    """Say in some words how a report ends."""
    if report.wrong:
        return Text(f"{len(report.wrong)} failing", "bold red")
    if report.status in FINE:
        return Text("all pass", "bold green")
    passing = sum(found.status in FINE for found in report.verdicts)
    return Text(f"{passing} of {len(report.verdicts)} pass", "yellow")


def _passing(one: RoundReport | None) -> Text:
    if one is None:
        return Text()
    counted = [found for found in one.verdicts if found.check.score is None]
    passing = sum(found.status is Status.PASS for found in counted)
    words = f"{passing}/{len(counted)}" if counted else one.status.upper()
    return Text(f"{words:>{_COUNT}}", terminal.STYLES[one.status])
