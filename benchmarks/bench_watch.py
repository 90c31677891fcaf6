"""From save to verdict: how long `kata watch` takes to judge round 1 after the file is written.

    python benchmarks/bench_watch.py [--repeats N] [--plain]

Starts `kata watch` in a new workspace, saves the file with right and wrong answers in turn, and
waits each time until the application says the verdict; with --plain, for the last line of the report,
which comes once the smaller input has been looked for. The first saves warm up and do not count.
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
"""How the last line of what `kata watch` prints for one save begins."""
VERDICT = re.compile(r"kmeans.py  ([^\n]*?) +judged \d\d:\d\d:\d\d")
"""The application's line of state."""
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
BREAKS = "farthest-center"
"""The mutant that makes the wrong file."""
WARM_UP = 2
QUIET = 1.0
"""Seconds without output before the next save: passing a round rewrites the file."""
PATIENCE = 60.0
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
    every = [one for times in seconds.values() for one in times]
    print(f"save to verdict, {TRACK}.1, {len(every)} saves: median {statistics.median(every):.3f} s")
    return 0


def measure(workspace: Path, repeats: int, watcher: Lines | Screen) -> dict[str, list[float]]:
    """Time saves of right and wrong files in turn."""
    files = {"PASS": round_one(), "FAIL": round_one(BREAKS)}
    seconds: dict[str, list[float]] = {verdict: [] for verdict in files}
    pauses = random.Random(0)  # noqa: S311 - so that saves do not keep step with the polling
    try:
        watcher.wait()
        for number in range(WARM_UP + repeats):
            verdict = ("PASS", "FAIL")[number % 2]
            watcher.drain()
            time.sleep(pauses.uniform(0, 0.1))
            started = time.perf_counter()
            _save(workspace / f"{TRACK}.py", files[verdict])
            said = watcher.wait()
            elapsed = time.perf_counter() - started
            assert verdict == said, f"expected {verdict}, kata said {said!r}"
            if number >= WARM_UP:
                seconds[verdict].append(elapsed)
    finally:
        watcher.end()
    return seconds


def round_one(mutant: str | None = None) -> str:
    """Give a file with the functions of round 1, cut out of the reference, right or wrong."""
    track = catalogue.get(TRACK)
    source = (track.solutions / "reference.py").read_text(encoding="utf-8")
    if mutant:
        source = mutants.get(track, mutant).source(source)
    functions = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    wanted = list(track.rounds[0].functions)
    for name in wanted:  # grows while it is read: what these call, and what that calls
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Name) and node.id in functions and node.id not in wanted:
                wanted.append(node.id)
    return "import numpy as np\n\n\n" + "\n\n\n".join(ast.unparse(functions[name]) for name in wanted) + "\n"


def _save(file: Path, source: str) -> None:
    """Write as editors do: a new file in the place of the old one."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(source, encoding="utf-8")
    new.replace(file)


class Lines:
    """`kata watch` in a pipe."""

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
        self.said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.put(line)
        self.said.put("")

    def wait(self) -> str:
        """Read up to the last line of a report; give the verdict on round 1."""
        text: list[str] = []
        while not text or not text[-1].startswith(LAST_LINE):
            line = self.said.get(timeout=PATIENCE)
            if not line:
                raise SystemExit("kata watch has ended:\n" + "".join(text))
            text.append(line)
        found = next((line for line in text if line.startswith(f"{TRACK}.1")), "")
        return "PASS" if "PASS" in found else "FAIL" if "FAIL" in found else "?"

    def drain(self) -> None:
        """Forget what comes until nothing has come for a while."""
        with suppress(queue.Empty):
            while True:
                self.said.get(timeout=QUIET)

    def end(self) -> None:
        """End it as people do."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Screen(Lines):
    """`kata watch` as an application, on a terminal of 80 columns and 24 lines."""

    def __init__(self, workspace: Path, environment: dict[str, str]) -> None:
        self.terminal, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [*KATA, "watch"],
            cwd=workspace,
            env=environment | {"TERM": "xterm-256color"},
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
        )
        os.close(other)
        self.said = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError):
            while read := os.read(self.terminal, 1 << 16):
                self.said.put(read.decode("utf-8", "replace"))
        self.said.put("")

    def wait(self) -> str:
        """Read until the line of state says a verdict."""
        text = ""
        while not (found := VERDICT.search(text)):
            read = self.said.get(timeout=PATIENCE)
            if not read:
                raise SystemExit(f"kata watch has ended:\n{text}")
            text += ESCAPES.sub("", read)
        return "FAIL" if "failing" in found[1] else "PASS" if "pass" in found[1] else "?"

    def end(self) -> None:
        """End it as people do."""
        os.write(self.terminal, b"q")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


if __name__ == "__main__":
    raise SystemExit(main())
