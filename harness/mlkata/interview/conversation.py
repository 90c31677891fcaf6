"""Hold an interview on a terminal: the clock is in the terminal's title, the scorecard comes at the end."""

from __future__ import annotations

import json
import re
import shlex
import time
import zlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mlkata import files
from mlkata.interview import scorecard, scorecard_page
from mlkata.interview import shown as cards
from mlkata.interview.clock import Clock, clock_time
from mlkata.interview.dialogue import Terminal
from mlkata.interview.interviewer import Interviewer
from mlkata.interview.measuring import Measurer
from mlkata.interview.room import Room, rooms
from mlkata.interview.scorecard import Scorecard
from mlkata.interview.sheet import Sheet
from mlkata.judging import practice_tests
from mlkata.practice.checking import Checking
from mlkata.practice.workspace import Workspace
from mlkata.report import catches, console
from mlkata.tracks.model import KataError

_TICK = 20.0
"""Seconds between the lines of the journal that only record the time. An interview whose process was killed
resumes at the time of its last line, so at most this much is lost."""
_TEST = re.compile(rb"^[ \t]*def test", re.MULTILINE)
"""A test function or method in the candidate's file of tests."""
_MEASURING_SECONDS = 120.0
"""Seconds that the scorecard waits for measurements still running when the interview ends."""


def hold(room: Room, sheet: Sheet, *, resumed: bool) -> None:
    """Hold the conversation until the interview ends or is paused; once it has ended, show the scorecard."""
    track, interview = room.track, room.interview
    console.show(
        [f"{track.title}: an interview of {interview.minutes} minutes; inputs of seed {interview.seed}"]
    )
    if resumed:
        console.show(
            [
                f"resumed with {clock_time(interview.seconds_left)} left; the clock was stopped meanwhile",
                f"to start over: kata interview {track.name} --new",
            ]
        )
    if not room.file(track.name).is_file():  # a new interview, or the file was deleted; Checking reads it
        room.add(room.opened() or track.rounds[:1])
        if interview.rounds:
            console.show(
                [f"your file was missing: {room.file(track.name)} is new, with names and arguments only"]
            )
    terminal = Terminal()
    file = shlex.quote(str(room.file(track.name)))
    replay = f"kata check {track.name} --submission {file} --seed {interview.seed} --case"
    with Checking(room, track, seed=interview.seed, replay=replay) as checking:
        interviewer: Interviewer
        measurer = Measurer(
            track, lambda name, result: terminal.call_soon(partial(interviewer.measured, name, result))
        )
        interviewer = Interviewer(
            room, sheet, checking, Clock(interview.seconds),
            measurer=measurer, show=console.show, test=lambda: _tested(room),
        )  # fmt: skip
        try:
            interviewer.begin()
            _talk(interviewer, terminal)
            if interviewer.end_reason != "pause":
                _write(room, sheet)  # a first scorecard, as the terminal may be closed during the wait
                _wait(interviewer, terminal)
        except KeyboardInterrupt:  # Ctrl-C pauses the interview
            if not interviewer.end_reason:
                interviewer.hear("pause")
    if interviewer.end_reason == "pause":
        console.show(
            [
                "",
                f"the clock stands at {clock_time(interview.seconds_left)} left",
                f"next: kata interview {track.name}   (resumes)",
            ]
        )
        return
    score(room, sheet)


def _talk(interviewer: Interviewer, terminal: Terminal) -> None:
    """Handle what the candidate types, line by line, until the interview ends or is paused."""
    is_prompt_shown, last_tick = False, interviewer.clock.seconds
    while not interviewer.end_reason:
        if not is_prompt_shown:
            terminal.ask(interviewer.prompt)
            is_prompt_shown = True
        terminal.title(f"{clock_time(interviewer.seconds_left)} left · {interviewer.track.title}")
        try:
            # At most a second, so that the clock in the title goes on.
            event = terminal.wait(min(1.0, max(0.0, interviewer.seconds_left)))
        except TimeoutError:
            event = lambda: None  # noqa: E731 - only time has passed
        if event is None:  # the input has ended
            interviewer.hear("pause")
        elif isinstance(event, str):
            is_prompt_shown = False
            interviewer.hear(event)
        else:
            event()
        if interviewer.clock.seconds - last_tick >= _TICK or interviewer.seconds_left <= 0:
            last_tick = interviewer.clock.seconds
            interviewer.tick()


def _wait(interviewer: Interviewer, terminal: Terminal) -> None:
    """Wait up to `_MEASURING_SECONDS` for the measurements still running; Ctrl-C leaves them out."""
    if not interviewer.pending:
        return
    console.show(["", f"measuring {', '.join(sorted(interviewer.pending))} …   (Ctrl-C skips it)"])
    deadline = time.monotonic() + _MEASURING_SECONDS
    try:
        while interviewer.pending and time.monotonic() < deadline:
            try:
                event = terminal.wait(1.0)
            except TimeoutError:
                continue
            if callable(event):
                event()
    except KeyboardInterrupt:
        return


def _tested(room: Room) -> Mapping[str, Any] | None:
    """Grade the candidate's tests and show the result. Return the fields of a `test` line of the journal.

    Return None if the tests cannot be run.
    """
    try:
        with console.progress() as bar:
            task = bar.add_task(f"{room.track.name}, bugs")
            result = practice_tests.judge(
                room.track, room.tests, room.opened(),
                on_plan=lambda total: bar.update(task, total=total), on_done=lambda: bar.advance(task),
            )  # fmt: skip
    except KataError as error:
        console.show([f"kata: {error}"])
        return None
    console.show(catches.render(result, room.track, room.tests, lessons=False))
    return {
        "caught": result.caught,
        "of": len(result.catches),
        "rejected": sorted({test for failed in result.rejected.values() for test in failed}),
        "digest": _digest(room.tests),
    }


def _digest(file: Path) -> int:
    """Return a checksum of a file, by which a later change is noticed; 0 if there is no file."""
    return zlib.crc32(file.read_bytes()) if file.is_file() else 0


def score(room: Room, sheet: Sheet) -> None:
    """Grade tests that have changed since they were last graded, then write and show the scorecard.

    Ctrl-C leaves these tests out.
    """
    has_tests = room.tests.is_file() and _TEST.search(room.tests.read_bytes())
    graded = room.interview.tests
    if has_tests and (graded is None or graded["digest"] != _digest(room.tests)):
        try:
            result = _tested(room)
        except KeyboardInterrupt:
            result = None
        if result is not None:
            room.journal.add(room.interview.seconds, "test", **result)
    card, earlier_lines = _write(room, sheet)
    console.show([""])
    console.show(cards.render(card, earlier_lines, console.width()))
    console.show(["", f"scorecard page: {room.folder / 'scorecard.html'}", f"next: {card.command}"])


def _write(room: Room, sheet: Sheet) -> tuple[Scorecard, list[dict[str, object]]]:
    """Write the scorecard next to the candidate's file.

    Return it with a line for each earlier interview on the track, to compare them.
    """
    earlier_lines = []
    for earlier in rooms(room.base, room.track):  # oldest first
        if earlier.folder == room.folder:
            break
        if earlier.interview.ended:
            earlier_lines.append(cards.line_of(scorecard.build(sheet, earlier.interview)))
    card = scorecard.build(sheet, room.interview, _practised(room))
    text = json.dumps(card.as_dict(), indent=1, ensure_ascii=False) + "\n"
    files.write(room.scorecard, text.encode())
    files.write(room.folder / "scorecard.html", scorecard_page.render(card, earlier_lines).encode())
    return card, earlier_lines


def _practised(room: Room) -> set[str]:
    """Return the ids of the rounds that the candidate has passed in the workspace, if there is one."""
    try:
        return Workspace.find(room.base).passed(room.track.name)
    except KataError:
        return set()
