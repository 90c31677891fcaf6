"""How fast `kata grade` is, and whether it loses anything: run by hand, a few minutes each.

    python benchmarks/grading.py throughput --submissions 1000 --rounds kmeans.1 kmeans.2
    python benchmarks/grading.py kills --submissions 120 --kills 20
    python benchmarks/grading.py cluster --submissions 1000

The cohorts are made of the kit's own reference and its mutants, each file with a comment of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from scipy import stats

from harness import mutants, tracks

SEED = 7
_POLL = 0.25
_BLOCKS = 20


def make_cohort(folder: Path, rounds: list[str], n: int) -> None:
    """Write n submissions: a third right, the others mutants of these rounds, in turn."""
    track = tracks.get(rounds[0].split(".")[0])
    reference = (track.solutions / "reference.py").read_text(encoding="utf-8")
    numbers = {int(name.split(".")[1]) for name in rounds}
    wrong = [one.source(reference) for one in mutants.read(track) if one.round in numbers]
    folder.mkdir(parents=True)
    for number in range(n):
        source = wrong[number % len(wrong)] if number % 3 else reference
        path = folder / f"student{number:05d}.py"
        path.write_text(f"{source}\n# {number}\n", encoding="utf-8")


def command(cohort: Path, out: Path, rounds: list[str], *more: str) -> list[str]:
    """Give the command that grades a cohort."""
    asked = [word for name in rounds for word in ("--track", name)]
    return [sys.executable, "-m", "harness.cli", "grade", str(cohort), "--out", str(out), "--seed", str(SEED),
            *asked, *more]  # fmt: skip


def verdicts(out: Path) -> dict[str, Any]:
    """Read what was judged, without its seconds. Raises ValueError where one has two verdicts."""
    found = {}
    for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["id"] in found:
            raise ValueError(f"{record['id']} has two verdicts")
        found[record["id"]] = _without(record, {"seconds", "peak_bytes"})
    return found


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(one, names) for key, one in value.items() if key not in names}
    return [_without(one, names) for one in value] if isinstance(value, list) else value


def throughput(folder: Path, options: argparse.Namespace) -> None:
    """Submissions a second, the kit's own CPU seconds, and memory along the way."""
    make_cohort(folder / "cohort", options.rounds, options.submissions)
    started = time.perf_counter()
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            command(folder / "cohort", folder / "out", options.rounds), stdout=said, stderr=subprocess.STDOUT
        )
    kit, samples, done = {}, [], _Judged(folder / "out")
    while process.poll() is None:
        with suppress(psutil.Error):
            samples.append((done.count(), *_look(psutil.Process(process.pid), kit)))
        time.sleep(_POLL)
    seconds = time.perf_counter() - started
    n = len(verdicts(folder / "out"))
    print(f"{n} submissions, {' '.join(options.rounds)}: {seconds:.1f} s, {n / seconds:.2f} a second")
    print(f"the kit's own CPU (parent and graders): {sum(kit.values()) / n:.3f} s a submission")
    for share in (0.1, 0.25, 0.5, 0.75, 0.99):
        count, parent, graders = next(one for one in samples if one[0] >= share * n - 1)
        print(f"after {count:5d}: parent {parent >> 20} MiB, largest grader {graders >> 20} MiB")
    for place, name in enumerate(("parent", "largest grader"), 1):
        slope, within = _growth([(one[0], one[place]) for one in samples if one[0] >= n / 10])
        print(f"{name}: {slope:+.2f} ± {within:.2f} MiB for 1,000 submissions, after the first tenth")


class _Judged:
    """Counts the verdicts of a run that still writes them."""

    def __init__(self, out: Path) -> None:
        self._path, self._at, self._lines = out / "results.jsonl", 0, 0

    def count(self) -> int:
        """Read what has come since the last call; what a kill has cut off is no verdict, and goes."""
        if self._path.is_file():
            with self._path.open("rb") as file:
                file.seek(self._at)
                new = file.read()
            new = new[: new.rfind(b"\n") + 1]
            self._at, self._lines = self._at + len(new), self._lines + new.count(b"\n")
        return self._lines


def _growth(samples: list[tuple[int, int]]) -> tuple[float, float]:
    """Give MiB for 1,000 submissions, with half of the 95 % interval.

    Neighbours tell the same, so the line is that of the means of blocks.
    """
    x, y = (np.array(list(map(np.mean, np.array_split(one, _BLOCKS)))) for one in zip(*samples, strict=True))
    line = stats.linregress(x, y / 2**20)
    return 1000 * line.slope, 1000 * line.stderr * stats.t.ppf(0.975, _BLOCKS - 2)


def _look(parent: psutil.Process, kit: dict[int, float]) -> tuple[int, int]:
    """Give the memory of the parent and its largest grader; keep what CPU each has used so far."""
    graders = [one for one in parent.children() if "spawn_main" in " ".join(one.cmdline())]
    for one in (parent, *graders):
        times = one.cpu_times()
        kit[one.pid] = times.user + times.system
    return parent.memory_info().rss, max((one.memory_info().rss for one in graders), default=0)


def kills(folder: Path, options: argparse.Namespace) -> None:
    """Kill at random moments, resume, and compare with a run that nobody disturbed."""
    make_cohort(folder / "cohort", options.rounds, options.submissions)
    undisturbed, disturbed = folder / "undisturbed", folder / "disturbed"
    started = time.perf_counter()
    subprocess.run(command(folder / "cohort", undisturbed, options.rounds), check=True, capture_output=True)
    whole = time.perf_counter() - started
    rng = np.random.default_rng(options.seed)
    done, judged, private = _Judged(disturbed), [], folder / "tmp"
    private.mkdir()
    for number in range(1, options.kills + 1):
        process = subprocess.Popen(
            command(folder / "cohort", disturbed, options.rounds),
            env={**os.environ, "TMPDIR": str(private)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # By verdicts, not by the clock: a busy machine may take long to begin. 0 more is within the start.
        more = int(rng.integers(0, 2 * options.submissions // options.kills))
        seen = _watch(process, done, done.count() + more, rng.uniform(0, 2 * whole / options.submissions))
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = _left(seen, private)
        judged.append(done.count())
        print(
            f"kill {number}: {judged[-1]} of {options.submissions} judged, {len(left)} processes left",
            flush=True,
        )
        if left or any(private.glob("mlkata-*")):
            raise SystemExit(f"left behind: {left} {list(private.glob('mlkata-*'))}")
    within = len({count for count in judged if 0 < count < options.submissions})
    print(f"the kills left {within} different numbers of verdicts between none and all")
    subprocess.run(command(folder / "cohort", disturbed, options.rounds), check=True, capture_output=True)
    same = verdicts(undisturbed) == verdicts(disturbed)
    print(f"{options.kills} kills, seed {options.seed}: verdicts {'are the same' if same else 'DIFFER'}")
    if not same:
        raise SystemExit(1)


def _watch(
    process: subprocess.Popen[bytes], done: _Judged, wanted: int, seconds: float
) -> list[psutil.Process]:
    """Wait for so many verdicts, then so long, and list all processes that were started meanwhile."""
    seen: dict[int, psutil.Process] = {}
    ends = None
    while process.poll() is None and (ends is None or time.monotonic() < ends):
        with suppress(psutil.Error):
            seen |= {one.pid: one for one in psutil.Process(process.pid).children(recursive=True)}
        if ends is None and done.count() >= wanted:
            ends = time.monotonic() + seconds
        time.sleep(0.02)
    return list(seen.values())


def _left(seen: list[psutil.Process], private: Path) -> list[psutil.Process]:
    """Wait up to 20 seconds for processes to end and for their folders to go; list those that do not end."""
    ends = time.monotonic() + 20
    _, alive = psutil.wait_procs(seen, timeout=20)
    while any(private.glob("mlkata-*")) and time.monotonic() < ends:
        time.sleep(0.05)
    return [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def cluster(folder: Path, options: argparse.Namespace) -> None:
    """Grade on two Dask workers, kill one half-way, and compare with this machine alone."""
    make_cohort(folder / "cohort", options.rounds, options.submissions)
    alone, together = folder / "alone", folder / "together"
    subprocess.run(command(folder / "cohort", alone, options.rounds), check=True, capture_output=True)
    with _dask(folder) as (address, workers):
        process = subprocess.Popen(
            command(folder / "cohort", together, options.rounds, "--scheduler", address),
            stdout=subprocess.DEVNULL,
        )
        results, killed_at = together / "results.jsonl", 0
        while process.poll() is None:
            done = len(results.read_bytes().splitlines()) if results.is_file() else 0
            if not killed_at and done >= options.submissions // 2:
                os.killpg(workers[0].pid, signal.SIGKILL)
                killed_at = done
                print(f"a worker was killed after {done} of {options.submissions}", flush=True)
            time.sleep(_POLL)
    same = verdicts(alone) == verdicts(together)
    print(f"{options.submissions} submissions, two workers: verdicts {'are the same' if same else 'DIFFER'}")
    if process.returncode or not killed_at or not same:
        raise SystemExit(f"status {process.returncode}, killed after {killed_at}")


@contextmanager
def _dask(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers of one thread each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, quiet = f"tcp://127.0.0.1:{port}", {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    begin = [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    join = [*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    running = [subprocess.Popen(begin, cwd=folder, start_new_session=True, **quiet)]
    running += [subprocess.Popen(join, cwd=folder, start_new_session=True, **quiet) for _ in range(2)]
    try:
        yield address, running[1:]
    finally:
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main() -> None:
    """Run one of them in a folder of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("throughput", "kills", "cluster"))
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--rounds", nargs="+", default=["kmeans.1", "kmeans.2"])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlkata-bench-") as folder:
        {"throughput": throughput, "kills": kills, "cluster": cluster}[options.what](Path(folder), options)


if __name__ == "__main__":
    main()
