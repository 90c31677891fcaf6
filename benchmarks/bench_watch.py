"""Measure how long `kata watch`, which judges on every save, takes from a save to the verdict on round 1.

    python benchmarks/bench_watch.py [--repeats N] [--plain]

The script starts `kata watch` in a new workspace, saves right and wrong solutions in turn, and waits each
time for the verdict. It reads the application's screen or, with --plain, the lines that `kata watch` prints
to a pipe. The last of these lines comes only after the search for a smaller input that fails. The first saves
do not count.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import os
import pty
import queue
import random
import re
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from contextlib import suppress
from pathlib import Path

from mlkata.tracks import catalogue, mutants

TRACK = "kmeans"
LAST_LINE = "next: "
"""The start of the last line that `kata watch` prints for one save."""
VERDICT = re.compile(r"kmeans.py  ([^\n]*?) +judged \d\d:\d\d:\d\d")
"""The line of the application's screen with the verdict on the file."""
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
"""A terminal's escape sequence."""
BREAKS = "farthest-center"
"""The mutant, i.e. the deliberate bug, in the wrong solution."""
WARM_UP = 2
"""Saves that do not count: one right and one wrong solution."""
QUIET = 1.0
"""Seconds without output before the next save: when a round passes, kata adds the next one to the file."""
PATIENCE = 60.0
"""Seconds without output after which the script gives up."""
KATA = [sys.executable, "-m", "mlkata"]


def main() -> int:
    """Measure, and print the median and the range."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20, help="saves that count (default: 20)")
    parser.add_argument("--plain", action="store_true", help="measure the lines in a pipe")
    options = parser.parse_args()
    repeats = options.repeats
    with tempfile.TemporaryDirectory(prefix="mlkata-bench-") as folder:
        environment = os.environ | {"XDG_CACHE_HOME": str(Path(folder) / "cache"), "NO_COLOR": "1"}
        workspace = Path(folder) / "workspace"
        subprocess.run(
            [*KATA, "init", str(workspace)], check=True, env=environment, stdout=subprocess.DEVNULL
        )
        watcher = Lines(workspace, environment) if options.plain else Screen(workspace, environment)
        seconds = measure(workspace, repeats, watcher)
    for verdict in ("PASS", "FAIL"):
        times = seconds[verdict]
        print(
            f"{verdict}  {len(times)} saves  median {statistics.median(times):.3f} s  "
            f"min {min(times):.3f}  max {max(times):.3f}"
        )
    every = [duration for times in seconds.values() for duration in times]
    print(f"save to verdict, {TRACK}.1, {len(every)} saves: median {statistics.median(every):.3f} s")
    return 0


def measure(workspace: Path, repeats: int, watcher: Lines | Screen) -> dict[str, list[float]]:
    """Time saves of right and wrong files in turn."""
    files = {"PASS": round_one(), "FAIL": round_one(BREAKS)}
    seconds: dict[str, list[float]] = {verdict: [] for verdict in files}
    pauses = random.Random(0)  # noqa: S311 - saves must not coincide with kata's polling
    try:
        watcher.wait()
        for number in range(WARM_UP + repeats):
            verdict = ("PASS", "FAIL")[number % 2]
            watcher.drain()
            time.sleep(pauses.uniform(0, 0.1))
            started = time.perf_counter()
            _save(workspace / f"{TRACK}.py", files[verdict])
            shown = watcher.wait()
            elapsed = time.perf_counter() - started
            assert verdict == shown, f"expected {verdict}, kata said {shown!r}"
            if number >= WARM_UP:
                seconds[verdict].append(elapsed)
    finally:
        watcher.end()
    return seconds


def round_one(mutant: str | None = None) -> str:
    """Return a file with the reference's functions of round 1, right or with a mutant's edit."""
    track = catalogue.get(TRACK)
    source = (track.solutions / "reference.py").read_text(encoding="utf-8")
    if mutant:
        source = mutants.get(track, mutant).source(source)
    functions = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    names = list(track.rounds[0].functions)
    for name in names:  # the loop appends to `names` the functions that these functions call
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Name) and node.id in functions and node.id not in names:
                names.append(node.id)
    return "import numpy as np\n\n\n" + "\n\n\n".join(ast.unparse(functions[name]) for name in names) + "\n"


def _save(file: Path, source: str) -> None:
    """Save as editors do: replace the old file by a new one."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(source, encoding="utf-8")
    new.replace(file)


class Lines:
    """`kata watch` that prints lines to a pipe."""

    def __init__(self, workspace: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [*KATA, "watch"],
            cwd=workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.put(line)
        self.output.put("")  # an empty text stands for the end

    def wait(self) -> str:
        """Read up to the last line of a report; return the verdict on round 1."""
        text: list[str] = []
        while not text or not text[-1].startswith(LAST_LINE):
            line = self.output.get(timeout=PATIENCE)
            if not line:
                raise SystemExit("kata watch has ended:\n" + "".join(text))
            text.append(line)
        line_of_round = next((line for line in text if line.startswith(f"{TRACK}.1")), "")
        return "PASS" if "PASS" in line_of_round else "FAIL" if "FAIL" in line_of_round else "?"

    def drain(self) -> None:
        """Discard output until there is none for a while."""
        with suppress(queue.Empty):
            while True:
                self.output.get(timeout=QUIET)

    def end(self) -> None:
        """End `kata watch` as people do, by Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Screen(Lines):
    """`kata watch` as an application, on a terminal of 80 columns and 24 lines."""

    def __init__(self, workspace: Path, environment: dict[str, str]) -> None:
        self.terminal, tty = pty.openpty()
        window_size = struct.pack("HHHH", 24, 80, 0, 0)  # lines, columns, no size in pixels
        fcntl.ioctl(tty, termios.TIOCSWINSZ, window_size)
        self.process = subprocess.Popen(
            [*KATA, "watch"],
            cwd=workspace,
            env=environment | {"TERM": "xterm-256color"},
            stdin=tty,
            stdout=tty,
            stderr=tty,
            start_new_session=True,
        )
        os.close(tty)
        self.output = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError):
            while read := os.read(self.terminal, 1 << 16):
                self.output.put(read.decode("utf-8", "replace"))
        self.output.put("")

    def wait(self) -> str:
        """Read until the screen shows a verdict; return it."""
        text = ""
        while not (match := VERDICT.search(text)):
            read = self.output.get(timeout=PATIENCE)
            if not read:
                raise SystemExit(f"kata watch has ended:\n{text}")
            text += ESCAPES.sub("", read)
        return "FAIL" if "failing" in match[1] else "PASS" if "pass" in match[1] else "?"

    def end(self) -> None:
        """End `kata watch` as people do, by the key q."""
        os.write(self.terminal, b"q")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


if __name__ == "__main__":
    raise SystemExit(main())
