"""Practice in a notebook: `%load_ext mlkata`, then `%%kata kmeans.1` at the head of a cell.

The cell goes into the file of the workspace that the notebook lies in, is judged there as `kata check` would,
and then runs in the notebook, too, so that its functions can be called.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.text import Text

from mlkata.practice import pages, source
from mlkata.practice.checking import Practice
from mlkata.practice.workspace import Workspace
from mlkata.report import terminal
from mlkata.report.page import environment
from mlkata.report.page.document import Mark, Table
from mlkata.tracks import catalogue
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import FINE, KataError, Report, Round, Status

_WIDTH = 90
_BROKEN = (Status.FAIL, Status.ERROR)


def load_ipython_extension(shell: Any) -> None:
    """Add the magic to a notebook."""
    practices: dict[Path, Practice] = {}

    def kata(line: str, cell: str) -> None:
        try:
            shown = _judged(line.strip(), cell, practices)
        except KataError as error:
            print(f"kata: {error}")  # noqa: T201 - a notebook shows it below the cell
            return
        from IPython.display import display

        display(shown)  # type: ignore[no-untyped-call]
        shell.run_cell(cell)

    shell.register_magic_function(kata, "cell", "kata")


class Shown:
    """A report as a notebook shows it: a table, the first failure in full and drawn, what is next."""

    def __init__(self, report: Report, lines: Iterable[Text], picture: str) -> None:
        self.report = report
        self.picture = picture
        self.lines = [line.plain for line in lines]

    def __repr__(self) -> str:
        """Return what a notebook without HTML shows."""
        rounds = [terminal.round_line(one, len(one.round.title)).plain for one in self.report.rounds]
        return "\n".join([*rounds, *self.lines])

    def _repr_html_(self) -> str:
        rounds = [
            (
                f"{one.round.id} {one.round.title}",
                Mark(one.status.upper(), "good" if one.status in FINE else "bad"),
            )
            for one in self.report.rounds
        ]
        return environment.render(
            "report/page/templates/cell.html.jinja",
            rounds=rounds,
            checks=_table(self.report),
            lines=self.lines,
            picture=self.picture,
            alt=f"yours beside expected: {self.report.wrong[0].check.id}" if self.picture else "",
        )


def _judged(target: str, cell: str, practices: dict[Path, Practice]) -> Shown:
    """Save a cell, judge it, remember it."""
    if not target:
        raise KataError("which round? expected `%%kata kmeans.1` or so; see `!kata list`")
    workspace = Workspace.find(Path())
    track, round_ = catalogue.split(target)
    if round_ is not None and round_ not in workspace.opened(track.name):
        workspace.open(round_)
    workspace.take(track.name, cell)
    file = workspace.file(track.name)
    practice = practices.get(file) or practices.setdefault(file, Practice(workspace, track))
    report = practice.check([round_] if round_ else workspace.opened(track.name))
    opened = workspace.record(report)
    report = practice.smallest(report)
    picture = _picture(report, practice)
    practice.refill()
    lines = [*_strangers(track, cell), *_lines(workspace, track, report, opened)]
    return Shown(report, lines, picture)


def _strangers(track: Track, cell: str) -> Iterable[Text]:
    """Name what a cell defines where nothing of it is asked for: a name may be misspelt."""
    names = source.functions(cell).keys()
    if names and not names & track.contracts.keys():
        yield Text(f"{', '.join(names)}: {track.name} asks for no such function; is the name misspelt?")


def _picture(report: Report, practice: Practice) -> str:
    """Draw the first failure as a data: address; nothing where it cannot be drawn, or without matplotlib."""
    if not report.wrong:
        return ""
    from mlkata.practice import plot

    try:
        drawn = plot.svg(report.wrong[0], practice)
    except KataError:
        return ""
    return f"data:image/svg+xml;base64,{base64.standard_b64encode(drawn).decode('ascii')}"


def _lines(workspace: Workspace, track: Track, report: Report, opened: list[Round]) -> Iterable[Text]:
    hints = workspace.hints(track.name) if workspace.hints_on else None
    if report.wrong:
        yield from terminal.failure(report.wrong[0], track, hints=hints, width=_WIDTH)
    yield from pages.after(workspace, track, report, opened)


def _table(report: Report) -> Table:
    rows = tuple(
        (
            one.check.id,
            Mark(one.status, "good" if one.status in FINE else "bad" if one.status in _BROKEN else ""),
            one.check.rule,
        )
        for one in report.verdicts
    )
    passing = sum(one.status is Status.PASS for one in report.verdicts)
    caption = f"{passing} of {len(report.verdicts)} checks pass"
    return Table(caption, ("check", "verdict", "rule"), rows, "llw", folded=True)
