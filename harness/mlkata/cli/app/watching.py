"""The application: the ladder of rounds on the left, the verdict on the right, keys at the bottom."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Footer, Static

from mlkata.cli.app import panes
from mlkata.cli.app.question import ConfirmScreen
from mlkata.practice import pages
from mlkata.practice.checking import Practice
from mlkata.practice.saves import Judged, Refused, Saves, Event
from mlkata.tracks.model import KataError, Round

_EDGES = 4
"""Columns that the scroll bar and the space beside it take."""
_WIDEST = 100


class Heard(Message):
    """Something has been told of the saves, or that the kit has a fault."""

    def __init__(self, told: Event | Exception) -> None:
        super().__init__()
        self.told = told


class Page(Message):
    """Lines to be shown in the place of the verdict."""

    def __init__(self, lines: list[Text]) -> None:
        super().__init__()
        self.lines = lines


class Watching(App[None]):
    """`kata watch` on a terminal. It has the terminal's own colours, so light and dark stay as they are."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-wide")]  # noqa: RUF012 - as textual declares it
    CSS = f"""
    #state {{ height: 1; padding: 0 1; text-overflow: ellipsis; text-wrap: nowrap; }}
    #ladder {{ width: {panes.LADDER + 3}; height: 100%; padding: 0 1; border-right: solid gray; }}
    #verdict {{ padding: 0 1; scrollbar-size-vertical: 1; }}
    #note {{ height: auto; max-height: 4; padding: 0 1; color: ansi_cyan; }}
    .-narrow #ladder {{ display: none; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "hint", "hint"),
        Binding("n", "next", "next failure"),
        Binding("l", "checks", "checks"),
        Binding("p", "plot", "plot"),
        Binding("r", "reset", "reset"),
        Binding("q", "quit", "quit"),
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("escape", "verdict", show=False),
    ]

    def __init__(self, practice: Practice, saves: Saves) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"  # the terminal's foreground and background, whichever they are
        self.practice = practice
        self.workspace = practice.workspace
        self.track = practice.track
        self._saves = saves
        self._fault: BaseException | None = None
        self._told: Judged | Refused | None = None
        self._at = 0
        self._page: list[Text] | None = None
        """What is shown in the place of the verdict, until the next save."""
        self._list: list[Text] | None = None
        """The page that lists the checks, if it has been asked for."""

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Static(id="state")
        with Horizontal():
            yield Static(id="ladder")
            with VerticalScroll(id="verdict"):
                yield Static(id="text")
        yield Static(id="note")
        yield Footer()

    def show(self) -> None:
        """Run until somebody quits; raises what was wrong with the kit meanwhile."""
        self.run(mouse=False)  # so that a terminal can still mark and copy
        if self._fault is not None:
            raise self._fault

    def on_mount(self) -> None:
        """Begin to listen."""
        self.query_one("#verdict").focus()
        self._say_state(Text("judging …", "dim"))
        self._ladder()
        threading.Thread(target=self._listen, daemon=True).start()

    def on_resize(self) -> None:
        """Wrap the lines anew."""
        self._draw()

    def action_next(self) -> None:
        """Show the next failure; after the last comes the first."""
        wrong = self._told.report.wrong if isinstance(self._told, Judged) else []
        self._at = (self._at + 1) % len(wrong) if wrong and self._page is None else self._at
        self._page = None
        self._draw(top=True)

    def action_verdict(self) -> None:
        """Go back to the verdict."""
        self._page = None
        self._draw(top=True)

    def action_checks(self) -> None:
        """List the checks; a second time goes back."""
        listed = self._page is not None and self._page is self._list
        if listed or not isinstance(self._told, Judged):
            self.action_verdict()
            return
        self._turn_to(panes.checks(self._told.report, self._width))
        self._list = self._page

    def action_hint(self) -> None:
        """Show one more hint of the round at hand."""
        round_ = self._round()
        if round_ is None:
            self._note("no round is left: kata list shows them")
            return
        try:
            self._turn_to(pages.hint(self.workspace, round_, self._width))
        except KataError as error:
            self._note(str(error))

    def action_plot(self) -> None:
        """Draw the check that is shown, as `kata show CHECK --plot` does."""
        wrong = self._told.report.wrong if isinstance(self._told, Judged) else []
        if not wrong:
            self._note("nothing fails: kata show CHECK --plot draws any check")
            return
        check = wrong[self._at].check.id
        self._note(f"drawing {check} …")
        threading.Thread(target=self._plot, args=(check, self._width), daemon=True).start()

    def action_reset(self) -> None:
        """Ask, then put the stubs of the round at hand back."""
        round_ = self._round()
        if round_ is None:
            self._note("no round is left to reset")
            return

        def answered(agreed: bool | None) -> None:  # noqa: FBT001 - textual calls it so
            if agreed:
                try:
                    self._note(self.workspace.reset(self.track.name, round_))
                except KataError as error:
                    self._note(str(error))

        name = self.workspace.file(self.track.name).name
        question = f"Put the stubs of {round_.id} into {name} again? A copy of your file is kept."
        self.push_screen(ConfirmScreen(question), answered)

    def _plot(self, check: str, width: int) -> None:
        """Run the command in a process of its own: nothing here waits for a drawing."""
        command = [sys.executable, "-m", "mlkata", "show", check, "--plot"]
        done = subprocess.run(
            command, cwd=self.workspace.folder, env=os.environ | {"COLUMNS": str(width)},
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        said = done.stdout or done.stderr
        self.post_message(Page([Text(line) for line in said.splitlines()]))

    def on_page(self, page: Page) -> None:
        """Show what has been drawn."""
        self._note("")
        self._turn_to(page.lines)

    def _listen(self) -> None:
        """Hand on what the saves tell, from a thread that may wait."""
        try:
            for told in self._saves:
                self.post_message(Heard(told))
        except Exception as error:  # noqa: BLE001 - raised again once the terminal is as it was
            self.post_message(Heard(error))

    def on_heard(self, heard: Heard) -> None:
        """Show what has happened to the file; a fault of the kit ends the application."""
        if isinstance(heard.told, Exception):
            self._fault = heard.told
            self.exit()
            return
        try:
            self._hear(heard.told)
        except KataError as error:  # the workspace cannot be read any more
            self._fault = error
            self.exit()

    def _hear(self, told: Event) -> None:
        if not isinstance(told, Judged | Refused):
            self._say_state(Text("judging …", "dim"))
            return
        same = isinstance(told, Judged) and isinstance(self._told, Judged) and not self._told.whole
        self._told = told
        if not same:
            self._at, self._page = 0, None
        self._draw(top=not same)
        self._ladder()
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        words = panes.state(told.report) if isinstance(told, Judged) else Text("not judged", "bold red")
        self._say_state(Text.assemble(words, (f"  judged {now}", "dim")))
        if isinstance(told, Judged) and told.opened:
            self._note(f"{', '.join(one.id for one in told.opened)} is open now")

    def _draw(self, *, top: bool = False) -> None:
        """Show the page that was asked for, or else the verdict."""
        lines: Iterable[Text] = [Text("judging …", "dim")]
        if self._page is not None:
            lines = self._page
        elif isinstance(self._told, Refused):
            lines = [Text(self._told.reason, "bold red"), Text("next: mend the file and save it")]
        elif self._told is not None:
            report, opened = self._told.report, self._told.opened
            self._at = min(self._at, max(0, len(report.wrong) - 1))
            lines = panes.verdict(
                self.workspace, self.track, report, opened, at=self._at, width=self._width
            )  # fmt: skip
        self.query_one("#text", Static).update(Text("\n").join(lines))
        if top:
            self.query_one("#verdict").scroll_home(animate=False)

    def _turn_to(self, page: Iterable[Text]) -> None:
        self._page = list(page)
        self._draw(top=True)

    def _ladder(self) -> None:
        report = self._told.report if isinstance(self._told, Judged) else None
        lines = panes.ladder(self.workspace, self.track, report)
        self.query_one("#ladder", Static).update(Text("\n").join(lines))

    def _say_state(self, words: Text) -> None:
        self.query_one("#state", Static).update(
            Text.assemble((f"{self.practice.file.name}  ", "bold"), words)
        )

    def _note(self, words: str) -> None:
        self.query_one("#note", Static).update(Text(words))

    def _round(self) -> Round | None:
        """Return the round at hand: that of the failure that is shown, else the next one to be done."""
        wrong = self._told.report.wrong if isinstance(self._told, Judged) else []
        if wrong:
            return self.track.round(wrong[min(self._at, len(wrong) - 1)].check.round_id)
        left = [one for one in self.workspace.opened(self.track.name) if self.workspace.untouched(one)]
        return left[0] if left else next(reversed(self.workspace.opened(self.track.name)), None)

    @property
    def _width(self) -> int:
        ladder = 0 if self.screen.has_class("-narrow") else panes.LADDER + 3
        return max(30, min(self.size.width - ladder - _EDGES, _WIDEST))
