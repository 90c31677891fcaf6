"""From save to verdict: how long `kata watch` takes to judge round 1 after the file is written.

    python benchmarks/bench_watch.py [--repeats N]

Starts `kata watch` in a new workspace, saves the file with right and wrong answers in turn, and
waits each time for the last line of the report. The first saves warm up and do not count.
"""

from __future__ import annotations

import argparse
import ast
import os
import queue
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from pathlib import Path

from harness import tracks

TRACK = "kmeans"
LAST_LINE = "next: "
"""How the last line of what `kata watch` prints for one save begins."""
BREAKS = "farthest-center"
"""The mutant that makes the wrong file."""
WARM_UP = 2
QUIET = 1.0
"""Seconds without output before the next save: passing a round rewrites the file."""
PATIENCE = 60.0
KATA = [sys.executable, "-m", "harness.cli"]


def main() -> int:
    """Measure, and print the median and the range."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20, help="saves that count (default: 20)")
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory(prefix="mlkata-bench-") as folder:
        environment = os.environ | {"XDG_CACHE_HOME": str(Path(folder) / "cache"), "NO_COLOR": "1"}
        workspace = Path(folder) / "workspace"
        subprocess.run(
            [*KATA, "init", str(workspace)], check=True, env=environment, stdout=subprocess.DEVNULL
        )
        seconds = measure(workspace, repeats, environment)
    for verdict in ("PASS", "FAIL"):
        times = seconds[verdict]
        print(
            f"{verdict}  {len(times)} saves  median {statistics.median(times):.3f} s  "
            f"min {min(times):.3f}  max {max(times):.3f}"
        )
    every = [one for times in seconds.values() for one in times]
    print(f"save to verdict, {TRACK}.1, {len(every)} saves: median {statistics.median(every):.3f} s")
    return 0


def measure(workspace: Path, repeats: int, environment: dict[str, str]) -> dict[str, list[float]]:
    """Time saves of right and wrong files in turn."""
    files = {"PASS": round_one(), "FAIL": round_one(BREAKS)}
    seconds: dict[str, list[float]] = {verdict: [] for verdict in files}
    watcher = subprocess.Popen(
        [*KATA, "watch"],
        cwd=workspace,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(watcher, lines), daemon=True).start()
    pauses = random.Random(0)  # noqa: S311 - so that saves do not keep step with the polling
    try:
        _wait(lines)
        for number in range(WARM_UP + repeats):
            verdict = ("PASS", "FAIL")[number % 2]
            _drain(lines, QUIET)
            time.sleep(pauses.uniform(0, 0.1))
            started = time.perf_counter()
            _save(workspace / f"{TRACK}.py", files[verdict])
            text = _wait(lines)
            elapsed = time.perf_counter() - started
            said = next(line for line in text if line.startswith(f"{TRACK}.1"))
            assert verdict in said, f"expected {verdict}, kata said {said!r}"
            if number >= WARM_UP:
                seconds[verdict].append(elapsed)
    finally:
        watcher.send_signal(signal.SIGINT)
        try:
            watcher.wait(10)
        except subprocess.TimeoutExpired:
            watcher.kill()
    return seconds


def round_one(mutant: str | None = None) -> str:
    """Give a file with the functions of round 1, cut out of the reference, right or wrong."""
    track = tracks.get(TRACK)
    source = (track.solutions / "reference.py").read_text(encoding="utf-8")
    if mutant:
        table = tomllib.loads((track.solutions / "mutants.toml").read_text(encoding="utf-8"))
        edit = next(one for one in table["mutant"] if one["id"] == mutant)
        source = source.replace(edit["find"], edit["replace"])
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


def _read(watcher: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    assert watcher.stdout is not None
    for line in watcher.stdout:
        lines.put(line)
    lines.put("")


def _wait(lines: queue.Queue[str]) -> list[str]:
    """Read up to the last line of a report."""
    text: list[str] = []
    while True:
        line = lines.get(timeout=PATIENCE)
        if not line:
            raise SystemExit("kata watch has ended:\n" + "".join(text))
        text.append(line)
        if line.startswith(LAST_LINE):
            return text


def _drain(lines: queue.Queue[str], quiet: float) -> None:
    """Forget what comes until nothing has come for a while."""
    while True:
        try:
            lines.get(timeout=quiet)
        except queue.Empty:
            return


if __name__ == "__main__":
    raise SystemExit(main())
