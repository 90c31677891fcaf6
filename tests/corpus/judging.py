"""Judge one entry of the corpus (a submission, see entries.py), and find what it has left behind.

A complaint is a text about something that is not as it must be: an unexpected verdict, a changed file, a
process that is still running, a leaked secret.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock

import psutil
from corpus.entries import KMEANS, SOLUTION, Entry
from mlkata.judging import judge as judging
from mlkata.judging.oracle import Oracle
from mlkata.report import as_json, terminal
from mlkata.tracks.model import Answer, Case, KataError, Report, Status
from mlkata.worker import limits
from mlkata.worker.tiers import Tier

SECRET = "planted-2718281828459"
"""A text in the memory, the environment and a file of the process that judges; an isolated submission cannot
leak it."""
_GROWN_MIB = 64
"""MiB by which the judging process may grow: allocators keep some of the memory that is freed."""
_PEAK_MIB = 256
"""MiB by which it may grow meanwhile, far below the gigabytes that some attacks announce."""
_REPORT_BYTES = 1 << 20
"""A report of two rounds has about a tenth of this."""
_GONE_SECONDS = 60.0
"""How long to wait until processes that were killed are gone: a moment, or longer on a busy machine."""


@dataclass(frozen=True)
class Outcome:
    """The verdicts on an entry, and the complaints."""

    summary: str
    """How many checks have each status, or `refused`."""
    complaints: tuple[str, ...]
    seconds: float


def judge(entry: Entry, tier: Tier, seed: int, folder: Path) -> Outcome:
    """Judge an entry as `kata check --submission` does, and look for leftovers; `folder` is empty."""
    _warm_up()
    started = time.perf_counter()
    complaints: list[str] = []
    with _canaries(folder) as canaries:
        planted = SECRET.encode()
        file = folder / "submitted" / entry.file
        file.parent.mkdir()
        source = entry.source()
        for mark, stands_for in {
            b"@SECRET@": canaries / "home" / "secret",
            b"@CANARY@": canaries / "home",
            b"@PARENT@": os.getpid(),
            b"@ADDRESS@": id(planted),
            b"@SOLUTION@": SOLUTION,
        }.items():
            source = source.replace(mark, str(stands_for).encode())
        file.write_bytes(source)
        before = _State(canaries)
        with _lower_limits(entry), _shared_answers(tier):
            try:
                report = judging.judge(KMEANS, file, rounds(entry), seed=seed, isolation=tier)
            except KataError as error:
                report, summary = None, "refused"
                complaints += _refusal(entry, tier, str(error))
        if report is not None:
            summary = _summary(report)
            complaints += [*_verdicts(entry, report), *_complete(entry, report), *_shown(entry, report)]
        complaints += _leftovers(entry, tier, before, canaries)
    return Outcome(summary, tuple(complaints), time.perf_counter() - started)


@cache
def _warm_up() -> None:
    """Judge once, so that later the memory and the descriptors before and after an entry can be compared."""
    report = judging.judge(KMEANS, SOLUTION, KMEANS.rounds[:2], isolation=Tier.SUBPROCESS)
    as_json.render(as_json.as_dict(report, KMEANS))
    list(terminal.render(report, KMEANS))


def rounds(entry: Entry) -> list:
    """Return the rounds that an entry is judged on."""
    return [KMEANS.round(f"kmeans.{number}") for number in entry.settings.get("rounds", [1])]


@contextmanager
def _canaries(folder: Path) -> Iterator[Path]:
    """Use new working, home and temporary folders, with a secret at home; yield their parent."""
    canaries = folder / "canaries"
    for name in ("home", "tmp", "cwd"):
        (canaries / name).mkdir(parents=True)
    (canaries / "home" / "secret").write_text(SECRET, encoding="utf-8")
    environment = {"HOME": str(canaries / "home"), "TMPDIR": str(canaries / "tmp"), "MLKATA_SECRET": SECRET}
    previous = Path.cwd()
    os.chdir(canaries / "cwd")
    try:
        with mock.patch.dict(os.environ, environment), mock.patch.object(tempfile, "tempdir", None):
            yield canaries
    finally:
        os.chdir(previous)


@contextmanager
def _lower_limits(entry: Entry) -> Iterator[None]:
    """Lower the time limits for an entry that never answers, so that it fails after 5 seconds, not 30."""
    with ExitStack() as stack:
        if entry.settings.get("hasty"):
            for name, value in {"CPU_SECONDS": 0.5, "LOAD_SECONDS": 2.0}.items():
                stack.enter_context(mock.patch.object(limits, name, value))
        yield


_answers: dict[tuple[str, int], Answer] = {}
"""The right answers so far, by the check and the seed."""


@contextmanager
def _shared_answers(tier: Tier) -> Iterator[None]:
    """Compute the right answers once for all entries, as `kata grade` does for a cohort.

    Not in the tier subprocess, which confines nothing: there an entry could read answers that were kept.
    """
    compute = Oracle._compute

    def remembered(oracle: Oracle, case: Case) -> Answer:
        key = (case.check.id, case.seed)
        if key not in _answers:
            _answers[key] = compute(oracle, case)
        return _answers[key]

    with mock.patch.object(Oracle, "_compute", compute if tier is Tier.SUBPROCESS else remembered):
        yield


def _refusal(entry: Entry, tier: Tier, message: str) -> list[str]:
    """Return the complaints on a submission that was refused.

    The entry's setting `says` maps checks to their expected outcomes; "*" stands for all checks not named.
    """
    # An entry that expects a refusal names no check, only "*": so `expected` may get any id of a check.
    wrong = [] if entry.expected("any/check", tier) == ["refused"] else [f"refused: {message}"]
    return wrong + ([f"more than a line: {message!r}"] if len(message.splitlines()) != 1 else [])


def _summary(report: Report) -> str:
    """Return a text with the outcomes of a report, each with its count."""
    counts = Counter(_outcome(verdict) for verdict in report.verdicts)
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


def _outcome(verdict) -> str:
    """Return the status of a verdict and its code, if it has one."""
    return f"{verdict.status} {verdict.code or ''}".strip()


def _verdicts(entry: Entry, report: Report) -> Iterator[str]:
    """Yield a complaint for each verdict that is not expected."""
    for verdict in report.verdicts:
        expected = entry.expected(verdict.check.id, report.isolation)
        if _outcome(verdict) not in expected:
            message = verdict.message[:200]
            yield f"{verdict.check.id}: expected {' or '.join(expected)}, got {_outcome(verdict)}: {message}"


def _complete(entry: Entry, report: Report) -> Iterator[str]:
    """Yield a complaint if checks or points are missing."""
    checks = [check for round_ in rounds(entry) for check in KMEANS.checks_of(round_)]
    if [verdict.check for verdict in report.verdicts] != checks:
        yield "not every check once and in order"
    if report.max_score != sum(check.points for check in checks):
        yield f"max_score is {report.max_score}"


def _shown(entry: Entry, report: Report) -> Iterator[str]:
    """Yield what is wrong with the report: it must be strict JSON and printable lines, and leak no secret."""
    written = as_json.render(as_json.as_dict(report, KMEANS))
    read = json.loads(written, parse_constant=lambda name: f"a JSON with {name}")
    if "a JSON with" in str(read):
        yield "the JSON is not strict"
    if len(written) > _REPORT_BYTES:
        yield f"the JSON has {len(written)} bytes"
    for check in (check for round_ in read["rounds"] for check in round_["checks"]):
        details = (check["expected"], check["got"], check["arguments"], check["stdout"], check["message"])
        if check["status"] == Status.PASS and details != (None, None, None, "", ""):
            yield f"{check['id']} has passed, but shows {details}"
    lines = [line.plain for line in terminal.render(report, KMEANS)]
    unprintable = [line for line in "\n".join(lines).split("\n") if not line.isprintable()]
    if unprintable:
        yield f"a line has control characters for the terminal: {unprintable[0]!r}"
    commands = [line for line in lines if line.lstrip().startswith("::") or "##[" in line]
    if commands:
        yield f"a line is a command to GitHub Actions: {commands[0]!r}"
    # The secret cannot be guessed: a submission that shows it has read it.
    leaked = SECRET in written + "\n".join(lines)
    if leaked != bool(entry.setting("tells", report.isolation)):
        yield "the secret has leaked" if leaked else "expected the secret to leak"


class _State:
    """The files, descriptors and memory (bytes) before an entry is judged."""

    def __init__(self, canaries: Path) -> None:
        self.files = _listing(canaries)
        this_process = psutil.Process()
        self.descriptors = this_process.num_fds()
        self.memory = this_process.memory_info().rss
        _reset_peak()


def _leftovers(entry: Entry, tier: Tier, before: _State, canaries: Path) -> Iterator[str]:
    """Yield what an entry has left behind: processes, files, memory, descriptors."""
    until = time.monotonic() + _GONE_SECONDS
    while (running := _processes(canaries)) and time.monotonic() < until:
        if entry.setting("leaves", tier) == "a process":
            break
        time.sleep(0.02)
    for process in running:
        process.kill()
    if bool(running) != (entry.setting("leaves", tier) == "a process"):
        yield f"processes are left: {running}" if running else "expected a process that outlives its worker"
    changed = _listing(canaries) ^ before.files
    if bool(changed) != (entry.setting("leaves", tier) == "a file"):
        yield f"files have changed: {sorted(changed)}" if changed else "expected a file to be written"
    this_process = psutil.Process()
    if this_process.num_fds() > before.descriptors:
        yield f"{this_process.num_fds() - before.descriptors} descriptors are left open"
    grown_mib = (this_process.memory_info().rss - before.memory) >> 20
    peak_mib = (_peak() - before.memory) >> 20
    if grown_mib > _GROWN_MIB:
        yield f"the judging process has {grown_mib} MiB more than before"
    if peak_mib > _PEAK_MIB:
        yield f"the judging process had up to {peak_mib} MiB more than before"


def _listing(folder: Path) -> frozenset[tuple[object, ...]]:
    """Return everything in a folder, with the attributes of a file that an entry could change."""
    files = [(path, path.lstat()) for path in folder.rglob("*")]
    return frozenset(
        (
            str(path.relative_to(folder)),
            stat.st_mode,
            stat.st_size,
            stat.st_uid,
            0 if path.is_dir() else stat.st_mtime,
        )
        for path, stat in files
    )


def _processes(folder: Path) -> list[psutil.Process]:
    """Return living processes that name a folder in their command or TMPDIR, or work in it."""
    processes = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.environ().get("TMPDIR", ""), process.cwd()]
            ignored = process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            continue
        if not ignored and any(str(folder) in word for word in words):
            processes.append(process)
    return processes


def _reset_peak() -> None:
    """Reset Linux's record of the largest memory of this process, by writing 5 (see proc(5))."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    """Return the largest memory of this process in bytes since `_reset_peak`."""
    line = next(
        line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in line
    )
    return int(line.split()[1]) << 10
