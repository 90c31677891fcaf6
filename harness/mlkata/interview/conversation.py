"""Holds an interview on a terminal: lines in, the clock beside, the scorecard at the end."""

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
from mlkata.interview.clock import Clock, shown
from mlkata.interview.dialogue import Terminal
from mlkata.interview.interviewer import Interviewer
from mlkata.interview.measuring import Measuring
from mlkata.interview.room import Room, rooms
from mlkata.interview.scorecard import Scorecard
from mlkata.interview.sheet import Sheet
from mlkata.judging import practice_tests
from mlkata.practice.checking import Checking
from mlkata.practice.workspace import Workspace
from mlkata.report import catches, console
from mlkata.tracks.model import KataError

_TICK = 20.0
"""Seconds between the lines that say that time has passed: a kill loses no more."""
_TEST = re.compile(rb"^[ \t]*def test", re.MULTILINE)
_MEASURING_SECONDS = 120.0
"""Seconds that the scorecard waits for what is still being measured."""


def hold(room: Room, sheet: Sheet, *, resumed: bool) -> None:
    """Talk until it is over or left, then show what it was worth."""
    track, past = room.track, room.interview
    console.show([f"{track.title}: an interview of {past.minutes} minutes; inputs of seed {past.seed}"])
    if resumed:
        console.show(
            [f"it goes on: {shown(past.left)} are left (the clock stood still; --new begins another one)"]
        )
    if not room.file(track.name).is_file():  # whoever checks a file has to have one
        room.add(room.opened() or track.rounds[:1])
        if past.rounds:
            console.show([f"your file was gone: {room.file(track.name)} has nothing but names again"])
    terminal = Terminal()
    file = shlex.quote(str(room.file(track.name)))
    replay = f"kata check {track.name} --submission {file} --seed {past.seed} --case"
    with Checking(room, track, seed=past.seed, replay=replay) as checking:
        interviewer: Interviewer
        measuring = Measuring(
            track, lambda name, found: terminal.tell(partial(interviewer.measured, name, found))
        )
        interviewer = Interviewer(
            room, sheet, checking, Clock(past.seconds),
            measuring_=measuring, show=console.show, test=lambda: _tested(room),
        )  # fmt: skip
        try:
            interviewer.begin()
            _talk(interviewer, terminal)
            if interviewer.over != "pause":
                _write(room, sheet)  # whoever closes the window now has one, too
                _wait(interviewer, terminal)
        except KeyboardInterrupt:
            if not interviewer.over:
                interviewer.hear("pause")
    if interviewer.over == "pause":
        console.show(
            ["", f"the clock stands at {shown(past.left)}; next: kata interview {track.name}   (goes on)"]
        )
        return
    score(room, sheet)


def _talk(interviewer: Interviewer, terminal: Terminal) -> None:
    """Hear line after line, with the clock in the title."""
    asked, ticked = False, interviewer.clock.seconds
    while not interviewer.over:
        if not asked:
            terminal.ask(interviewer.prompt)
            asked = True
        terminal.title(f"{shown(interviewer.left)} left · {interviewer.track.title}")
        try:
            happening = terminal.wait(min(1.0, max(0.0, interviewer.left)))
        except TimeoutError:
            happening = lambda: None  # noqa: E731 - nothing happened
        if happening is None:  # nobody types any more
            interviewer.hear("pause")
        elif isinstance(happening, str):
            asked = False
            interviewer.hear(happening)
        else:
            happening()
        if interviewer.clock.seconds - ticked >= _TICK or interviewer.left <= 0:
            ticked = interviewer.clock.seconds
            interviewer.tick()


def _wait(interviewer: Interviewer, terminal: Terminal) -> None:
    """Wait for what is being measured; Ctrl-C leaves it out."""
    if not interviewer.measuring:
        return
    console.show(["", f"measuring {', '.join(sorted(interviewer.measuring))} …   (Ctrl-C: without it)"])
    ends = time.monotonic() + _MEASURING_SECONDS
    try:
        while interviewer.measuring and time.monotonic() < ends:
            try:
                happening = terminal.wait(1.0)
            except TimeoutError:
                continue
            if callable(happening):
                happening()
    except KeyboardInterrupt:
        return


def _tested(room: Room) -> Mapping[str, Any] | None:
    """Grade the candidate's tests, and show it; None if they cannot be run."""
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
    return zlib.crc32(file.read_bytes()) if file.is_file() else 0


def score(room: Room, sheet: Sheet) -> None:
    """Grade tests that were not graded yet, then show the scorecard, and write it beside the file.

    Ctrl-C leaves the tests out.
    """
    written = room.tests.is_file() and _TEST.search(room.tests.read_bytes())
    graded = room.interview.tests
    if written and (graded is None or graded["digest"] != _digest(room.tests)):
        try:
            result = _tested(room)
        except KeyboardInterrupt:
            result = None
        if result is not None:
            room.journal.add(room.interview.seconds, "test", **result)
    card, before = _write(room, sheet)
    console.show([""])
    console.show(cards.render(card, before, console.width()))
    console.show(["", f"the scorecard as a page: {room.folder / 'scorecard.html'}", f"next: {card.command}"])


def _write(room: Room, sheet: Sheet) -> tuple[Scorecard, list[dict[str, object]]]:
    """Write the scorecard beside the file; give it, and what earlier interviews came to."""
    base = room.base
    before = []
    for one in rooms(base, room.track):
        if one.folder == room.folder:
            break
        if one.interview.ended:
            before.append(cards.line_of(scorecard.build(sheet, one.interview)))
    card = scorecard.build(sheet, room.interview, _practised(base, room))
    text = json.dumps(card.as_dict(), indent=1, ensure_ascii=False) + "\n"
    files.write(room.scorecard, text.encode())
    files.write(room.folder / "scorecard.html", scorecard_page.render(card, before).encode())
    return card, before


def _practised(base: Path, room: Room) -> set[str]:
    """Name the rounds that have passed in the workspace, if there is one."""
    try:
        return Workspace.find(base).passed(room.track.name)
    except KataError:
        return set()
