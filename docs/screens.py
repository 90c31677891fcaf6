"""Makes the pictures in docs/screens/ from the program itself.

    python docs/screens.py

A workspace is made in a folder that goes away; the application runs without a terminal, commands write to
a console that records. Times of day are those of the run, all else is the same each time.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, DIMMED_MONOKAI
from rich.text import Text
from textual.pilot import Pilot

from harness import mutants, tracks
from harness.app.watching import Watching
from harness.practice import source
from harness.practice.checking import Practice
from harness.practice.saves import Saves
from harness.practice.workspace import Workspace

FOLDER = Path(__file__).parent / "screens"
TRACK = tracks.get("kmeans")
MISTAKE = "zero-when-empty"
"""The mutant that the pictures show."""
WIDE, USUAL = (120, 32), (80, 24)
COMMANDS = {
    "standing": ("kata",),
    "check": ("kata", "check"),
    "hint": ("kata", "hint"),
    "list": ("kata", "list", "kmeans"),
    "report": ("kata", "report"),
}
LIST_LINES = 24


def main() -> None:
    """Make all of them anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mlkata-screens-") as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        workspace = Workspace.create(Path(folder) / "my-practice", tracks.find(), TRACK)
        workspace.file(TRACK.name).write_text(mistaken(workspace), encoding="utf-8")
        asyncio.run(screens(workspace))
        for name, command in COMMANDS.items():
            recorded(name, command, workspace.folder)


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
    while not app.settled:
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


def recorded(name: str, command: tuple[str, ...], folder: Path) -> None:
    """Run a command as on a terminal of 80 columns, and draw what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", *command[1:]],
        cwd=folder,
        env=os.environ
        | {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "COLUMNS": "80", "TERM": "xterm-256color"},
        capture_output=True,
        text=True,
        check=False,
    )
    console = Console(width=80, file=open(os.devnull, "w"), record=True, force_terminal=True)  # noqa: SIM115, PTH123
    lines = done.stdout.replace(str(folder), "~/my-practice").splitlines()
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
