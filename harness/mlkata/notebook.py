"""Practice in a notebook: `%load_ext mlkata`, then `%%kata kmeans.1` at the head of a cell.

The cell is merged into the candidate's file in the workspace (the folder that `kata init` creates), and the
file is judged as by `kata check`. Then the cell also runs in the notebook, so that its functions can be
called there.
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
"""Columns of text below a cell."""
_BROKEN = (Status.FAIL, Status.ERROR)
"""Statuses of a check that are shown in red; `unsolved`, for example, is not."""


def load_ipython_extension(shell: Any) -> None:
    """Add the cell magic `%%kata` to IPython; called by `%load_ext mlkata`."""
    practices: dict[Path, Practice] = {}  # by file: its workers stay ready from one cell to the next

    def kata(line: str, cell: str) -> None:
        try:
            result = _judge(line.strip(), cell, practices)
        except KataError as error:
            print(f"kata: {error}")  # noqa: T201 - a notebook shows it below the cell
            return
        from IPython.display import display

        display(result)  # type: ignore[no-untyped-call]
        shell.run_cell(cell)

    shell.register_magic_function(kata, "cell", "kata")


class CellResult:
    """A report as a notebook shows it: rounds, checks, the first failure with its picture, the next step.

    `picture` is a data: URL, or "" for none.
    """

    def __init__(self, report: Report, lines: Iterable[Text], picture: str) -> None:
        self.report = report
        self.picture = picture
        self.lines = [line.plain for line in lines]

    def __repr__(self) -> str:
        """Return the text that IPython shows where it cannot show HTML."""
        rounds = [terminal.round_line(entry, len(entry.round.title)).plain for entry in self.report.rounds]
        return "\n".join([*rounds, *self.lines])

    def _repr_html_(self) -> str:
        rounds = [
            (
                f"{entry.round.id} {entry.round.title}",
                Mark(entry.status.upper(), "good" if entry.status in FINE else "bad"),
            )
            for entry in self.report.rounds
        ]
        return environment.render(
            "report/page/templates/cell.html.jinja",
            rounds=rounds,
            checks=_table(self.report),
            lines=self.lines,
            picture=self.picture,
            alt=f"yours beside expected: {self.report.wrong[0].check.id}" if self.picture else "",
        )


def _judge(target: str, cell: str, practices: dict[Path, Practice]) -> CellResult:
    """Merge a cell into the file of a track, judge the file and record the result.

    `target` is a round, which is opened if it is not open yet, or a track, of which all open rounds are
    judged. Raise KataError for an unknown target or an invalid cell.
    """
    if not target:
        raise KataError("which round? expected, for example, `%%kata kmeans.1`; see `!kata list`")
    workspace = Workspace.find(Path())
    track, round_ = catalogue.split(target)
    if round_ is not None and round_ not in workspace.opened(track.name):
        workspace.open(round_)
    workspace.take(track.name, cell)  # merge the cell into the file
    file = workspace.file(track.name)
    practice = practices.get(file) or practices.setdefault(file, Practice(workspace, track))
    report = practice.check([round_] if round_ else workspace.opened(track.name))
    opened = workspace.record(report)
    report = practice.smallest(report)  # the first failure, on the smallest failing input found
    picture = _picture(report, practice)
    practice.refill()  # start workers for the next cell
    lines = [*_unknown_names(track, cell), *_lines(workspace, track, report, opened)]
    return CellResult(report, lines, picture)


def _unknown_names(track: Track, cell: str) -> Iterable[Text]:
    """Yield a warning if none of a cell's functions belong to the track: a name may be misspelt."""
    names = source.functions(cell).keys()
    if names and not names & track.contracts.keys():
        yield Text(f"{', '.join(names)}: {track.name} has no such function; is the name misspelt?")


def _picture(report: Report, practice: Practice) -> str:
    """Return a picture of the first failure as a data: URL, or "" if it cannot be drawn.

    That is the case without matplotlib, and for checks whose input cannot be drawn.
    """
    if not report.wrong:
        return ""
    from mlkata.practice import plot

    try:
        svg = plot.svg(report.wrong[0], practice)
    except KataError:
        return ""
    return f"data:image/svg+xml;base64,{base64.standard_b64encode(svg).decode('ascii')}"


def _lines(workspace: Workspace, track: Track, report: Report, opened: list[Round]) -> Iterable[Text]:
    """Yield the first failure, if any, and what to do next; `opened` are the rounds just opened."""
    hints = workspace.hints(track.name) if workspace.hints_on else None
    if report.wrong:
        yield from terminal.failure(report.wrong[0], track, hints=hints, width=_WIDTH)
    yield from pages.after(workspace, track, report, opened)


def _table(report: Report) -> Table:
    """Return the table of all checks, which a reader can unfold."""
    rows = tuple(
        (
            verdict.check.id,
            Mark(
                verdict.status,
                "good" if verdict.status in FINE else "bad" if verdict.status in _BROKEN else "",
            ),
            verdict.check.rule,
        )
        for verdict in report.verdicts
    )
    passing = sum(verdict.status is Status.PASS for verdict in report.verdicts)
    caption = f"{passing} of {len(report.verdicts)} checks pass"
    return Table(caption, ("check", "verdict", "rule"), rows, align="llw", folded=True)  # left, left, wide
