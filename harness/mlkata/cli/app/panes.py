"""The texts of `kata watch`: the rounds in the left pane; the verdict or the checks in the right one."""

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
"""Columns of text in the left pane, the list of rounds: few, since verdicts need most of the usual 80."""
_COUNT_WIDTH = 6
"""Columns for how many of a round's checks pass, such as ` 12/14`."""
_MARK_WIDTH = 6
"""Columns for a round's mark and number, with the spaces around them."""


def ladder(workspace: Workspace, track: Track, report: Report | None) -> Iterator[Text]:
    """Yield all rounds of a track: passed, open (begun) or not yet, and how many of their checks pass."""
    yield Text(track.title, "bold")
    yield Text()
    passed, opened = workspace.passed(track.name), workspace.opened(track.name)
    judged = {entry.round.id: entry for entry in report.rounds} if report else {}
    for round_ in track.rounds:
        is_open = round_ in opened
        mark, style = ("✓", "green") if round_.id in passed else ("▸", "bold") if is_open else ("·", "dim")
        title_width = LADDER - _COUNT_WIDTH - _MARK_WIDTH
        title = textwrap.shorten(round_.title, title_width, placeholder="…")
        line = Text(f"{mark} {round_.number:>2} {title:<{title_width}}", style)
        yield Text.assemble(line, _passing(judged.get(round_.id)))
    yield Text()
    yield Text("✓ passed  ▸ open  · not open yet", "dim")


def verdict(
    workspace: Workspace, track: Track, report: Report, opened: Sequence[Round], *, at: int, width: int
) -> Iterator[Text]:
    """Yield one failure of a report or, without failures, the judged rounds; then what to do next.

    `at` is the index of the failure; `opened` are the rounds that the judgement has opened.
    """
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
    """Yield all checks of the judged rounds: status, name and rule."""
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
    """Return how many of a round's checks pass, or its status if all have scores; empty if not judged."""
    if entry is None:
        return Text()
    can_pass = [verdict_ for verdict_ in entry.verdicts if verdict_.check.score is None]  # a score is no pass
    passing = sum(verdict_.status is Status.PASS for verdict_ in can_pass)
    text = f"{passing}/{len(can_pass)}" if can_pass else entry.status.upper()
    return Text(f"{text:>{_COUNT_WIDTH}}", terminal.STYLES[entry.status])
