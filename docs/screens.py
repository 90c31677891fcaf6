"""Makes the pictures in docs/screens/ from the program itself.

    python docs/screens.py

A workspace is made in a folder that goes away; the application runs without a terminal, commands write to
a console that records. Times of day are those of the run, all else is the same each time.
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
"""The mutants that the pictures show, and that an interview is about."""
WIDE, USUAL = (120, 32), (80, 24)
COMMANDS = {
    "standing": ("kata",),
    "check": ("kata", "check"),
    "hint": ("kata", "hint"),
    "list": ("kata", "list", "kmeans"),
    "test": ("kata", "test"),
    "questions": ("kata", "questions", "kmeans"),
    "report": ("kata", "report"),
}
LIST_LINES = 32
TESTS = """\
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
BEGUN = ("what does an empty cluster do?", "ask", "pause")
CHECKED = ("check", "ask ties", "hint", "end")
"""In the interview; what is checked breaks ties the wrong way."""
FIGURE = "kmeans.1/update/empty-cluster"


def main() -> None:
    """Make all of them anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mlkata-screens-") as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        workspace = Workspace.create(Path(folder) / "my-practice", catalogue.find(), TRACK)
        workspace.file(TRACK.name).write_text(mistaken(workspace), encoding="utf-8")
        asyncio.run(screens(workspace))
        workspace.test_file(TRACK.name).write_text(TESTS, encoding="utf-8")
        for name, command in COMMANDS.items():
            recorded(name, run(command, workspace.folder), command)
        interviewed(workspace)
        pictured(workspace)


def mistaken(workspace: Workspace) -> str:
    """Give the stubs of round 1 with our answers in their places, one of them wrong on purpose."""
    text = workspace.file(TRACK.name).read_text(encoding="utf-8")
    reference = (TRACK.solutions / "reference.py").read_text(encoding="utf-8")
    wrong = mutants.get(TRACK, MISTAKE).source(reference)
    wanted = [name for name in source.functions(wrong) if name not in TRACK.contracts]
    for name in (*TRACK.rounds[0].functions, *wanted):
        text = source.replace(text, name, source.segment(wrong, name))
    return text


async def screens(workspace: Workspace) -> None:
    """Take the application's pictures, in the sizes and colours that terminals have."""
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
    """Wait until the verdict is there, with its smaller input."""
    while not (isinstance(app._latest, Judged) and app._latest.finished):  # noqa: SLF001 - it shows nothing else of it
        await pilot.pause(0.05)


def screenshot(app: Watching, *, light: bool) -> str:
    """Draw the screen as a terminal with a light or a dark background would."""
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
    """Hold an interview: its beginning, a look at a file that assumes, the scorecard."""
    command = ("kata", "interview", "kmeans")
    recorded("interview", talked(command, workspace.folder, BEGUN), command)
    [file] = workspace.folder.glob("interviews/*/kmeans.py")
    reference = (TRACK.solutions / "reference.py").read_text(encoding="utf-8")
    file.write_text(mutants.get(TRACK, TIES).source(reference), encoding="utf-8")
    said = talked(command, workspace.folder, CHECKED)
    talk, score = said.split("\x1b[1;31mno hire", 1)
    recorded("interview-check", talk, command)
    recorded("scorecard", f"\x1b[1;31mno hire{score}", ())


def talked(command: tuple[str, ...], folder: Path, typed: tuple[str, ...]) -> str:
    """Run a command that listens, and give what a terminal shows: what is typed, too."""
    lines = iter(typed)
    said = run(command, folder, "".join(f"{line}\n" for line in typed))
    return re.sub(r"] >\S*? ", lambda match: f"{match[0]}{next(lines, '')}\n", said)


def pictured(workspace: Workspace) -> None:
    """Take a picture that the kit draws as it is."""
    run(("kata", "show", FIGURE, "--plot"), workspace.folder)
    for theme in ("", "-dark"):
        name = re.sub("[^a-z0-9]", "_", FIGURE)
        drawn = workspace.folder / ".kata" / "plots" / f"{name}{theme}.svg"
        (FOLDER / f"plot{theme}.svg").write_bytes(drawn.read_bytes())


def run(command: tuple[str, ...], folder: Path, typed: str = "") -> str:
    """Run a command as on a terminal of 80 columns, and give what it prints."""
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


def recorded(name: str, said: str, command: tuple[str, ...]) -> None:
    """Draw what a command has printed."""
    console = Console(width=80, file=open(os.devnull, "w"), record=True, force_terminal=True)  # noqa: SIM115, PTH123
    lines = said.splitlines()
    if command:
        console.print(Text(f"$ {' '.join(command)}", "bold"))
    for line in lines[:LIST_LINES]:
        console.print(Text.from_ansi(line))
    if len(lines) > LIST_LINES:
        console.print(Text("…", "dim"))
    write(name, console.export_svg(title="mlkata", theme=DIMMED_MONOKAI, unique_id="kata"))


def write(name: str, svg: str) -> None:
    """Keep a picture; it asks no other machine for its letters."""
    start, end = svg.index("@font-face"), svg.rindex("@font-face")
    end = svg.index("}", end) + 1
    svg = svg[:start] + svg[end:]
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(FOLDER / f"{name}.svg")


if __name__ == "__main__":
    main()
