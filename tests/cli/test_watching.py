"""The application of `kata watch`: its panes, keys and sizes, and a real start on a terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import asynccontextmanager, suppress

import pytest
from mlkata.cli.app.question import ConfirmScreen
from mlkata.cli.app.watching import Watching
from mlkata.practice.checking import Practice
from mlkata.practice.saves import Judged, Saves
from mlkata.practice.workspace import Workspace
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError
from support import MINIATURE
from textual.widgets import Static

HALF_WRONG = """\
import numpy as np


def double(x):
    return x + 1


def pair(x, k=2):
    return np.argmax(x, axis=0), np.ones((k, x.shape[1]))
"""
RIGHT = HALF_WRONG.replace("x + 1", "x + x").replace("axis=0", "axis=1").replace("np.ones", "np.zeros")
DEADLINE = 300
"""Seconds to wait for something that takes a moment on an idle machine."""


@pytest.fixture(scope="module")
def toy():
    return catalogue.read(MINIATURE / "exercises" / "toy")


@pytest.fixture
def workspace(tmp_path, toy, monkeypatch):
    """Return a workspace whose file fails some checks."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    created = Workspace.create(tmp_path / "work", {"toy": toy})
    created.file("toy").write_text(HALF_WRONG, encoding="utf-8")
    return created


@asynccontextmanager
async def opened(workspace, size=(80, 24)):
    """Start the application without a terminal and wait for the first verdict.

    `size` is in columns and lines. The file is looked at every 0.01 seconds.
    """
    with Practice(workspace, workspace.tracks["toy"]) as practice, Saves(practice, interval=0.01) as saves:
        app = Watching(practice, saves)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: isinstance(app._latest, Judged) and app._latest.finished)
            yield app, pilot


async def until(pilot, holds):
    """Wait until a condition holds and the application is idle; fail after `DEADLINE`."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, "the condition never held"
        await pilot.pause(0.02)
    await pilot.pause()


def shown(app, pane):
    """Return the text of a pane: `ladder` (the rounds), `text` (the verdict), `state` or `note`."""
    return str(app.screen.query_one(f"#{pane}", Static).render())


def test_the_keys_show_failures_checks_and_hints(workspace):
    """`n` shows the next failure, `l` the checks, `h` a hint, which is recorded.

    A second `l`, or escape, goes back to the failure. In the ladder ▸ marks the open round, · a later one
    and ✓ one that has passed.
    """

    async def go():
        async with opened(workspace) as (app, pilot):
            assert "▸  1 Sums" in shown(app, "ladder")
            assert "·  2 Counts" in shown(app, "ladder")
            first = shown(app, "text")
            assert first.startswith("failure 1 of ")
            assert "FAIL toy.1/double/" in first
            await pilot.press("n")
            assert shown(app, "text").startswith("failure 2 of ")
            await pilot.press("l")
            assert "PASS" in shown(app, "text") or "FAIL" in shown(app, "text")
            assert "toy.1 Sums" in shown(app, "text")
            await pilot.press("l")
            assert shown(app, "text").startswith("failure 2 of ")
            await pilot.press("h")
            assert "toy.1, hint 1 of 3" in shown(app, "text")
            assert workspace.hints("toy") == {"toy.1": 1}
            await pilot.press("l")
            assert "toy.1 Sums" in shown(app, "text")
            await pilot.press("escape")
            assert "kata hint toy.1 (2 of 3)" in shown(app, "text")

    asyncio.run(go())


def test_reset_asks_first_and_can_be_undone(workspace):
    """The key is `r`. The answer `n` changes nothing; `y` brings back the stubs."""

    async def go():
        file = workspace.file("toy")
        async with opened(workspace) as (app, pilot):
            await pilot.press("r")
            assert isinstance(app.screen, ConfirmScreen)
            await pilot.press("n")
            await until(pilot, lambda: not isinstance(app.screen, ConfirmScreen))
            assert file.read_text(encoding="utf-8") == HALF_WRONG
            await pilot.press("r")
            await pilot.press("y")
            await until(pilot, lambda: not app._latest.report.wrong)
            assert "NotImplementedError" in file.read_text(encoding="utf-8")
            assert "kata undo toy" in shown(app, "note")
        workspace.undo("toy")
        assert file.read_text(encoding="utf-8") == HALF_WRONG

    asyncio.run(go())


def test_a_save_is_judged_and_opens_the_next_round(workspace):
    """The ladder and the note are updated, and an open page closes."""

    async def go():
        async with opened(workspace) as (app, pilot):
            await pilot.press("h")
            workspace.file("toy").write_text(RIGHT, encoding="utf-8")
            await until(pilot, lambda: "✓  1 Sums" in shown(app, "ladder"))
            await until(pilot, lambda: "▸  2 Counts" in shown(app, "ladder"))
            assert "toy.2 is now open" in shown(app, "note")
            await until(pilot, lambda: "PASS" in shown(app, "text"))
            await pilot.press("n", "p")  # the next failure, a plot of it
            assert "nothing fails" in shown(app, "note")

    asyncio.run(go())


def test_a_file_that_cannot_be_judged_shows_why(workspace):
    """The message is the one that `kata watch --plain` prints; keys for a verdict do nothing."""

    async def go():
        async with opened(workspace) as (app, pilot):
            workspace.file("toy").write_text("def double(x): 1\ndef double(x): 2\n", encoding="utf-8")
            await until(pilot, lambda: "double is defined twice" in shown(app, "text"))
            assert "not judged" in shown(app, "state")
            await pilot.press("l", "n")
            assert "double is defined twice" in shown(app, "text")

    asyncio.run(go())


def test_an_unreadable_workspace_ends_the_application(workspace):
    """The error is printed after the terminal has been restored."""

    async def go():
        async with opened(workspace) as (app, pilot):
            (workspace.folder / ".kata" / "state.json").write_text("{", encoding="utf-8")
            workspace.file("toy").write_text(RIGHT, encoding="utf-8")
            await until(pilot, lambda: app._fault is not None)
            assert isinstance(app._fault, KataError)

    asyncio.run(go())


def test_the_panes_follow_the_size_of_the_terminal(workspace):
    """A small terminal shows the verdict only; no line is wider than its pane."""

    async def go():
        async with opened(workspace) as (app, pilot):
            for width, height in ((80, 24), (160, 50), (50, 15), (30, 8)):
                await pilot.resize_terminal(width, height)
                ladder = app.screen.query_one("#ladder")
                # 72 columns: the breakpoint of the application
                await until(pilot, lambda ladder=ladder, width=width: ladder.display == (width >= 72))
                pane = app.screen.query_one("#verdict")
                assert pane.size.width <= width
                assert pane.virtual_size.width <= pane.size.width
                assert "FAIL" in shown(app, "text")

    asyncio.run(go())


def test_a_plot_shows_what_the_command_prints(workspace, monkeypatch):
    """The key `p` runs `kata show CHECK --plot`, as wide as the verdict, and shows its lines."""
    commands = []

    def run(command, *, env, **_):
        commands.append([*command[2:], env["COLUMNS"]])
        return subprocess.CompletedProcess(command, 0, "a picture: .kata/plots/a.png\n", "")

    async def go():
        async with opened(workspace) as (app, pilot):
            monkeypatch.setattr(subprocess, "run", run)
            await pilot.press("p")
            await until(pilot, lambda: "a picture: .kata/plots/a.png" in shown(app, "text"))
            assert commands[0][:2] == ["mlkata", "show"]
            assert commands[0][2] == app._latest.report.wrong[0].check.id
            assert commands[0][-1] == str(app._width)

    asyncio.run(go())


def test_a_fault_of_the_kit_is_kept_until_the_screen_is_gone(workspace, monkeypatch):
    """A traceback printed earlier would disappear with the full screen."""

    def fault(report):
        raise RuntimeError("fault")

    async def go():
        async with opened(workspace) as (app, pilot):
            monkeypatch.setattr(workspace, "record", fault)
            workspace.file("toy").write_text("x = 1\n", encoding="utf-8")
            await until(pilot, lambda: app._fault is not None)
        assert str(app._fault) == "fault"

    asyncio.run(go())


@pytest.fixture(scope="module")
def stubs(tmp_path_factory):
    """Return a folder with a workspace of stubs and a cache, shared by the tests on a pseudo-terminal."""
    folder = tmp_path_factory.mktemp("stubs")
    Workspace.create(folder / "ws", catalogue.find())
    return folder


def terminal(*arguments, cwd, **extra):
    """Start `kata` on a pseudo-terminal of 80 columns and 24 lines; return the process and our end of it."""
    parent_end, child_end = pty.openpty()
    fcntl.ioctl(child_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", **extra}
    process = subprocess.Popen(
        [sys.executable, "-m", "mlkata", *arguments],
        cwd=cwd, env=environment, stdin=child_end, stdout=child_end, stderr=child_end, start_new_session=True,
    )  # fmt: skip
    os.close(child_end)
    return process, parent_end


def read_until(parent_end, pattern):
    """Return what the terminal gets, escape sequences included, until it matches a pattern."""
    text = ""
    while not re.search(pattern, text):
        readable, _, _ = select.select([parent_end], [], [], DEADLINE)
        assert readable, text
        data = os.read(parent_end, 1 << 16)
        assert data, text
        text += data.decode("utf-8", "replace")
    return text


@pytest.mark.parametrize("end", [b"q", b"\x03"])
def test_the_application_restores_the_terminal(stubs, end):
    """By q and by Ctrl-C the alternate screen (1049) is left; the mouse (1000) is not captured."""
    process, parent_end = terminal("watch", cwd=stubs / "ws", XDG_CACHE_HOME=str(stubs), NO_COLOR="1")
    try:
        text = read_until(parent_end, r"judged \d\d:")
        assert "\x1b[?1049h" in text
        assert "\x1b[?1000h" not in text
        assert not re.search(r"\x1b\[[0-9;]*3[1-7]m|\x1b\[[0-9;]*38;", text), "colours despite NO_COLOR"
        os.write(parent_end, end)
        rest = ""
        with suppress(OSError):
            rest = read_until(parent_end, r"\x1b\[\?1049l")
        assert "\x1b[?1049l" in rest
        assert process.wait(DEADLINE) == 0
    finally:
        process.kill()
        process.wait()
        os.close(parent_end)


@pytest.mark.parametrize("options", [("--plain",), ()])
def test_plain_lines_by_option_or_on_a_dumb_terminal(stubs, options):
    """Then there are no panes, and the alternate screen (1049) is not used."""
    extra = {} if options else {"TERM": "dumb"}
    process, parent_end = terminal("watch", *options, cwd=stubs / "ws", XDG_CACHE_HOME=str(stubs), **extra)
    try:
        text = read_until(parent_end, r"next: fill in assign")
        assert "\x1b[?1049h" not in text
        assert "Ctrl-C ends it" in text
    finally:
        process.terminate()
        process.wait()
        os.close(parent_end)
