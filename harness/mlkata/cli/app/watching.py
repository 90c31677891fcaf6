"""`kata watch` on a terminal: the rounds on the left, the verdict on the right, the keys at the bottom.

The file is judged at every save, in other threads (see `practice.saves`); the application shows the results.
"""

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
from mlkata.practice.saves import Event, Judged, Refused, Saves
from mlkata.tracks.model import KataError, Round

_EDGES = 4
"""Columns of the right pane's scroll bar and padding, which text cannot use."""
_MAX_WIDTH = 100
"""Columns of text in the right pane; longer lines are hard to read."""
_LADDER_WIDTH = panes.LADDER + 3
"""Columns of the left pane with its padding, one on either side, and its border."""


class SaveEvent(Message):
    """Sent to the application for each event of a save, and for an error in the kit."""

    def __init__(self, event: Event | Exception) -> None:
        super().__init__()
        self.event = event


class Page(Message):
    """Sent to the application with lines to show instead of the verdict."""

    def __init__(self, lines: list[Text]) -> None:
        super().__init__()
        self.lines = lines


class Watching(App[None]):
    """`kata watch` on a terminal, in the terminal's own colours, so that both light and dark themes work."""

    ENABLE_COMMAND_PALETTE = False
    # By the least number of columns, a CSS class: a terminal of fewer than 72 columns has no left pane.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-wide")]  # noqa: RUF012 - as textual declares it
    CSS = f"""
    #state {{ height: 1; padding: 0 1; text-overflow: ellipsis; text-wrap: nowrap; }}
    #ladder {{ width: {_LADDER_WIDTH}; height: 100%; padding: 0 1; border-right: solid gray; }}
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
        self._latest: Judged | Refused | None = None
        self._index = 0
        """Which failure of the latest report is shown."""
        self._page: list[Text] | None = None
        """Lines that are shown instead of the verdict until the next save, such as a hint; else None."""
        self._checks_page: list[Text] | None = None
        """The last page that listed the checks, to see whether `_page` is that one."""

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
        """Run until the user quits; raise any error in the kit."""
        self.run(mouse=False)  # so that selecting and copying in the terminal still work
        if self._fault is not None:
            raise self._fault

    def on_mount(self) -> None:
        """Show the rounds, and start the thread that waits for events of the file."""
        self.query_one("#verdict").focus()
        self._show_state(Text("judging …", "dim"))
        self._ladder()
        threading.Thread(target=self._listen, daemon=True).start()

    def on_resize(self) -> None:
        """Wrap the lines to the new width."""
        self._draw()

    def action_next(self) -> None:
        """Show the next failure (after the last, the first); from another page, go back to the failure."""
        wrong = self._latest.report.wrong if isinstance(self._latest, Judged) else []
        self._index = (self._index + 1) % len(wrong) if wrong and self._page is None else self._index
        self._page = None
        self._draw(top=True)

    def action_verdict(self) -> None:
        """Go back to the verdict."""
        self._page = None
        self._draw(top=True)

    def action_checks(self) -> None:
        """List the checks; a second call goes back."""
        is_shown = self._page is not None and self._page is self._checks_page
        if is_shown or not isinstance(self._latest, Judged):
            self.action_verdict()
            return
        self._turn_to(panes.checks(self._latest.report, self._width))
        self._checks_page = self._page

    def action_hint(self) -> None:
        """Show the next hint of the current round."""
        round_ = self._round()
        if round_ is None:
            self._note("no open round: kata list shows all rounds")
            return
        try:
            self._turn_to(pages.hint(self.workspace, round_, self._width))
        except KataError as error:
            self._note(str(error))

    def action_plot(self) -> None:
        """Draw the failure on display, as `kata show CHECK --plot` does."""
        wrong = self._latest.report.wrong if isinstance(self._latest, Judged) else []
        if not wrong:
            self._note("nothing fails: kata show CHECK --plot draws any check")
            return
        check = wrong[self._index].check.id
        self._note(f"drawing {check} …")
        threading.Thread(target=self._plot, args=(check, self._width), daemon=True).start()

    def action_reset(self) -> None:
        """Ask, then put back the stubs of the current round."""
        round_ = self._round()
        if round_ is None:
            self._note("no open round to reset")
            return

        def answered(agreed: bool | None) -> None:  # noqa: FBT001 - textual passes the result by position
            if agreed:
                try:
                    self._note(self.workspace.reset(self.track.name, round_))
                except KataError as error:
                    self._note(str(error))

        name = self.workspace.file(self.track.name).name
        question = f"Put the stubs of {round_.id} into {name} again? A copy of your file is kept."
        self.push_screen(ConfirmScreen(question), answered)

    def _plot(self, check: str, width: int) -> None:
        """Draw a check by `kata show` in another process; called in a thread, which waits for the process."""
        command = [sys.executable, "-m", "mlkata", "show", check, "--plot"]
        done = subprocess.run(
            command, cwd=self.workspace.folder, env=os.environ | {"COLUMNS": str(width)},
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        output = done.stdout or done.stderr
        self.post_message(Page([Text(line) for line in output.splitlines()]))

    def on_page(self, page: Page) -> None:
        """Show the lines that the thread of `_plot` has sent."""
        self._note("")
        self._turn_to(page.lines)

    def _listen(self) -> None:
        """Send the events of the file to the application; called in a thread, since it waits for them."""
        try:
            for event in self._saves:
                self.post_message(SaveEvent(event))
        except Exception as error:  # noqa: BLE001 - raised again once the terminal is restored
            self.post_message(SaveEvent(error))

    def on_save_event(self, message: SaveEvent) -> None:
        """Show an event of the file; an error ends the application and is raised by `show`."""
        if isinstance(message.event, Exception):
            self._fault = message.event
            self.exit()
            return
        try:
            self._handle(message.event)
        except KataError as error:  # such as a state file that has been damaged meanwhile
            self._fault = error
            self.exit()

    def _handle(self, event: Event) -> None:
        if not isinstance(event, Judged | Refused):
            self._show_state(Text("judging …", "dim"))
            return
        # The second event of a save, with a smaller input: leave the reader where they are.
        is_refinement = (
            isinstance(event, Judged) and isinstance(self._latest, Judged) and not self._latest.finished
        )
        self._latest = event
        if not is_refinement:
            self._index, self._page = 0, None
        self._draw(top=not is_refinement)
        self._ladder()
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        state = panes.state(event.report) if isinstance(event, Judged) else Text("not judged", "bold red")
        self._show_state(Text.assemble(state, (f"  judged {now}", "dim")))
        if isinstance(event, Judged) and event.opened:
            self._note(f"{', '.join(round_.id for round_ in event.opened)} is now open")

    def _draw(self, *, top: bool = False) -> None:
        """Fill the right pane with the opened page, or else the verdict; with `top`, scroll to its start."""
        lines: Iterable[Text] = [Text("judging …", "dim")]
        if self._page is not None:
            lines = self._page
        elif isinstance(self._latest, Refused):
            lines = [Text(self._latest.reason, "bold red"), Text("next: fix the file and save it")]
        elif self._latest is not None:
            report, opened = self._latest.report, self._latest.opened
            self._index = min(self._index, max(0, len(report.wrong) - 1))
            lines = panes.verdict(
                self.workspace, self.track, report, opened, at=self._index, width=self._width
            )  # fmt: skip
        self.query_one("#text", Static).update(Text("\n").join(lines))
        if top:
            self.query_one("#verdict").scroll_home(animate=False)

    def _turn_to(self, page: Iterable[Text]) -> None:
        """Show lines instead of the verdict."""
        self._page = list(page)
        self._draw(top=True)

    def _ladder(self) -> None:
        """Fill the left pane with the rounds."""
        report = self._latest.report if isinstance(self._latest, Judged) else None
        lines = panes.ladder(self.workspace, self.track, report)
        self.query_one("#ladder", Static).update(Text("\n").join(lines))

    def _show_state(self, state: Text) -> None:
        """Show the file's name and the state of judging in the first line."""
        self.query_one("#state", Static).update(
            Text.assemble((f"{self.practice.file.name}  ", "bold"), state)
        )

    def _note(self, text: str) -> None:
        """Show a message above the keys."""
        self.query_one("#note", Static).update(Text(text))

    def _round(self) -> Round | None:
        """Return the round that the keys for hints and reset act on, or None if no round is open.

        It is the round of the failure on display; without one, the first open round with a stub left, or else
        the last open round.
        """
        wrong = self._latest.report.wrong if isinstance(self._latest, Judged) else []
        if wrong:
            return self.track.round(wrong[min(self._index, len(wrong) - 1)].check.round_id)
        untouched = [
            round_ for round_ in self.workspace.opened(self.track.name) if self.workspace.untouched(round_)
        ]
        return untouched[0] if untouched else next(reversed(self.workspace.opened(self.track.name)), None)

    @property
    def _width(self) -> int:
        """The number of columns for text in the right pane."""
        ladder = 0 if self.screen.has_class("-narrow") else _LADDER_WIDTH
        return max(30, min(self.size.width - ladder - _EDGES, _MAX_WIDTH))
