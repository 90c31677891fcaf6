"""Make the pictures in docs/screens/ by running the kit: `python docs/screens.py`.

Commands run in a temporary workspace, and their output is drawn as SVG. `kata watch` runs without a terminal,
in textual's test driver. Every run draws the same pictures, except for the times of day in them.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from mlkata.cli.app.watching import Watching
from mlkata.practice import source
from mlkata.practice.checking import Practice
from mlkata.practice.saves import Judged, Saves
from mlkata.practice.workspace import Workspace
from mlkata.tracks import catalogue, mutants
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, DIMMED_MONOKAI
from rich.text import Text
from textual.pilot import Pilot

FOLDER = Path(__file__).parent / "screens"
TRACK = catalogue.get("kmeans")
MISTAKE, TIES = "zero-when-empty", "last-tie"
"""The mutants, i.e. known mistakes, that the pictures show: MISTAKE in a workspace, TIES in the interview."""
WIDE, USUAL = (120, 32), (80, 24)
"""Sizes of terminals, in columns and lines."""
COMMANDS = {
    "standing": ("kata",),
    "check": ("kata", "check"),
    "hint": ("kata", "hint"),
    "list": ("kata", "list", "kmeans"),
    "test": ("kata", "test"),
    "questions": ("kata", "questions", "kmeans"),
    "report": ("kata", "report"),
}
MAX_LINES = 32
"""Of longer output only this many lines are drawn, the first ones."""
CANDIDATE_TESTS = """\
import numpy as np
import pytest


@pytest.fixture
def kmeans():
    import kmeans

    return kmeans


def test_ties_go_to_the_first(kmeans):
    labels = kmeans.assign(np.array([[1.0]]), np.array([[0.0], [2.0]]))
    assert labels.tolist() == [0]


def test_an_empty_cluster_stays(kmeans):
    centers = np.array([[0.0], [9.0]])
    assert kmeans.update(np.array([[1.0]]), np.array([0]), centers).tolist() == [[1.0], [9.0]]
"""
FIRST_HALF = ("what does an empty cluster do?", "ask", "pause")
SECOND_HALF = ("check", "ask ties", "hint", "end")
"""Lines that the candidate types in the interview. Between the halves the file gets the mistake TIES."""
PLOTTED = "kmeans.1/update/empty-cluster"
"""The check that is drawn as a plot."""


def main() -> None:
    """Make all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mlkata-screens-") as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        workspace = Workspace.create(Path(folder) / "my-practice", catalogue.find(), TRACK)
        workspace.file(TRACK.name).write_text(mistaken(workspace), encoding="utf-8")
        asyncio.run(screens(workspace))
        workspace.test_file(TRACK.name).write_text(CANDIDATE_TESTS, encoding="utf-8")
        for name, command in COMMANDS.items():
            recorded(name, run(command, workspace.folder), command)
        interviewed(workspace)
        pictured(workspace)


def mistaken(workspace: Workspace) -> str:
    """Return the workspace's file with the functions of round 1 solved, one of them with the mistake."""
    text = workspace.file(TRACK.name).read_text(encoding="utf-8")
    reference = (TRACK.solutions / "reference.py").read_text(encoding="utf-8")
    wrong = mutants.get(TRACK, MISTAKE).source(reference)
    helpers = [name for name in source.functions(wrong) if name not in TRACK.contracts]
    # The workspace's file has no helpers: `source.replace` appends a function that is missing.
    for name in (*TRACK.rounds[0].functions, *helpers):
        text = source.replace(text, name, source.segment(wrong, name))
    return text


async def screens(workspace: Workspace) -> None:
    """Draw `kata watch` in a dark and a light terminal, in two sizes, after several keys."""
    for name, size, light, keys in (
        ("watch", USUAL, False, ()),
        ("watch-light", USUAL, True, ()),
        ("watch-checks", USUAL, False, ("l",)),
        ("watch-hint", USUAL, False, ("h",)),
        ("watch-reset", USUAL, False, ("r",)),
        ("watch-wide", WIDE, False, ()),
    ):
        with ExitStack() as stack:
            practice = stack.enter_context(Practice(workspace, TRACK))
            app = Watching(practice, stack.enter_context(Saves(practice)))
            async with app.run_test(size=size) as pilot:
                await judged(app, pilot)
                await pilot.press(*keys)
                await pilot.pause()
                write(name, screenshot(app, light=light))


async def judged(app: Watching, pilot: Pilot[None]) -> None:
    """Wait until `kata watch` shows the verdict and has finished the search for a smaller input."""
    while not (isinstance(app._latest, Judged) and app._latest.finished):  # noqa: SLF001 - not public
        await pilot.pause(0.05)


def screenshot(app: Watching, *, light: bool) -> str:
    """Return the screen as an SVG with a light or a dark background."""
    width, height = app.size
    console = Console(
        width=width, height=height, file=open(os.devnull, "w"), force_terminal=True,  # noqa: SIM115, PTH123
        color_system="truecolor", record=True, legacy_windows=False, safe_box=False,
    )  # fmt: skip
    console.print(app.screen._compositor.render_update(full=True))  # noqa: SLF001 - as textual's own export does
    return console.export_svg(
        title="kata watch", theme=DEFAULT_TERMINAL_THEME if light else DIMMED_MONOKAI, unique_id="kata"
    )


def interviewed(workspace: Workspace) -> None:
    """Draw an interview: its start, a check of a file that breaks ties the wrong way, and the scorecard."""
    command = ("kata", "interview", "kmeans")
    recorded("interview", dialogue(command, workspace.folder, FIRST_HALF), command)
    [file] = workspace.folder.glob("interviews/*/kmeans.py")
    reference = (TRACK.solutions / "reference.py").read_text(encoding="utf-8")
    file.write_text(mutants.get(TRACK, TIES).source(reference), encoding="utf-8")
    printed = dialogue(command, workspace.folder, SECOND_HALF)
    verdict = "\x1b[1;31mno hire"  # in bold red: the scorecard begins with it
    talk, score = printed.split(verdict, 1)
    recorded("interview-check", talk, command)
    recorded("scorecard", f"{verdict}{score}", ())


def dialogue(command: tuple[str, ...], folder: Path, typed: tuple[str, ...]) -> str:
    """Run a command that reads lines; return what a terminal would show, including the typed lines."""
    lines = iter(typed)
    printed = run(command, folder, "".join(f"{line}\n" for line in typed))
    # The prompt is bold: the codes that end and begin bold letters stand between its > and its space.
    return re.sub(r"] >\S* ", lambda match: f"{match[0]}{next(lines, '')}\n", printed)


def pictured(workspace: Workspace) -> None:
    """Copy the plot of a check that `kata show --plot` draws, light and dark."""
    run(("kata", "show", PLOTTED, "--plot"), workspace.folder)
    for theme in ("", "-dark"):
        name = re.sub("[^a-z0-9]", "_", PLOTTED)
        drawn = workspace.folder / ".kata" / "plots" / f"{name}{theme}.svg"
        (FOLDER / f"plot{theme}.svg").write_bytes(drawn.read_bytes())


def run(command: tuple[str, ...], folder: Path, typed: str = "") -> str:
    """Run a command as on a terminal of 80 columns; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "mlkata", *command[1:]],
        cwd=folder,
        env=os.environ
        | {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "COLUMNS": "80", "TERM": "xterm-256color"},
        input=typed,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.stdout.replace(str(folder), "~/my-practice")


def recorded(name: str, printed: str, command: tuple[str, ...]) -> None:
    """Draw what a command has printed, below the command itself unless `command` is empty."""
    console = Console(width=80, file=open(os.devnull, "w"), record=True, force_terminal=True)  # noqa: SIM115, PTH123
    lines = printed.splitlines()
    if command:
        console.print(Text(f"$ {' '.join(command)}", "bold"))
    for line in lines[:MAX_LINES]:
        console.print(Text.from_ansi(line))
    if len(lines) > MAX_LINES:
        console.print(Text("…", "dim"))
    write(name, console.export_svg(title="mlkata", theme=DIMMED_MONOKAI, unique_id="kata"))


def write(name: str, svg: str) -> None:
    """Write a picture, without the web fonts that rich names: a picture must load nothing."""
    start, end = svg.index("@font-face"), svg.rindex("@font-face")
    end = svg.index("}", end) + 1
    svg = svg[:start] + svg[end:]
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(FOLDER / f"{name}.svg")


if __name__ == "__main__":
    main()
