"""`kata grade`: collect a cohort's submissions, judge them, write a table and pages."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from rich.text import Text

from mlkata import files
from mlkata.grading import cohort, samples, scoring
from mlkata.grading.cohort import Pool
from mlkata.grading.cohort_journal import CohortJournal
from mlkata.grading.entries import Entry
from mlkata.grading.grader import Settings
from mlkata.grading.pages import cohort_text, feedback, overview, spreadsheet, summary, voided
from mlkata.grading.pool import LocalPool
from mlkata.grading.sources import collect
from mlkata.judging import graded_tests
from mlkata.judging.judge import fresh_seed
from mlkata.report import console
from mlkata.tracks import catalogue, course, validated
from mlkata.tracks.catalogue import Track
from mlkata.tracks.course import Course
from mlkata.tracks.model import FINE, KataError, Status
from mlkata.worker import tiers

_RESULTS, _TABLE, _PAGE, _COHORT = "results.jsonl", "results.csv", "index.html", "cohort.json"
"""The files of the results: a record for each submission, the table, the page, and the track and seed."""
_PROGRESS_LINES = 10


@dataclass(frozen=True)
class Options:
    """The options of the command line."""

    submissions: Sequence[str]
    out: Path
    targets: Sequence[str] = ()
    """Tracks or rounds, all of one track; not with a course."""
    course: Path | None = None
    """A file course.toml, which sets rounds, points and seed."""
    private: Path | None = None
    """A folder of private tracks."""
    seed: int | None = None
    jobs: int | None = None
    """The number of graders; None means one for each core."""
    isolation: str | None = None
    """The isolation tier; None means the strongest that the machine has."""
    void: Collection[str] = ()
    """The ids of checks that do not count."""
    only: Sequence[str] = ()
    """Ids or paths of submissions to judge again; no others are judged then."""
    feedback: Path | None = None
    """The folder to which a page for each submission is written."""
    hide_expected: bool = False
    """Whether these pages show nothing that reveals inputs or answers."""
    scheduler: str | None = None
    """The address of a Dask scheduler whose workers judge."""
    tests: bool = False
    """Whether the submissions are students' tests."""


class _Cohort(msgspec.Struct):
    """The fields of cohort.json, which an earlier run wrote, that this run needs."""

    track: str
    seed: int


def run(options: Options) -> dict[str, str]:
    """Grade a cohort; return the kit's own errors by submission's id.

    Raise KataError if an option, a file or a folder is not as expected.
    """
    rules = course.read(options.course) if options.course else None
    track, rounds = track_and_rounds(options.targets, rules, options.private, tests=options.tests)
    for name in options.void:
        track.check(name)
    entries = collect(options.submissions, track, tests=options.tests)
    again = _chosen(entries, options.only)
    tier = tiers.require(options.isolation) if options.isolation else tiers.best()
    if options.feedback:
        _make(options.feedback)
    _make(options.out)
    with CohortJournal(options.out / _RESULTS) as journal:
        seed = _seed(options, rules, track)
        settings = Settings(
            track=track.name,
            contract=track.digest,
            rounds=rounds,
            seed=seed,
            tier=tier,
            private=_absolute(options.private),
            tests=options.tests,
        )
        cohort_json = json.dumps({"track": track.name, "rounds": rounds, "seed": seed})
        files.write(options.out / _COHORT, f"{cohort_json}\n".encode())
        judged = [entry for entry in entries if entry.id in again] if options.only else entries
        faults = _judge(judged, settings, journal, again, options)
        _conclude(
            entries, track, journal, options, hints=not options.tests and (rules is None or rules.hints)
        )
    return faults


def track_and_rounds(
    targets: Sequence[str], rules: Course | None, private: Path | None = None, *, tests: bool = False
) -> tuple[Track, tuple[str, ...]]:
    """Return the track, with the course's points, and the ids of the rounds to grade.

    With `tests`, the track's checks are the bugs for students' tests to catch. Raise KataError if targets and
    course do not name rounds of one track.
    """
    if rules is not None and targets:
        raise KataError("a course sets the rounds to grade: expected --course or --track, not both")
    targets = rules.rounds if rules else targets
    if not targets:
        raise KataError("which track? expected --track kmeans, --track kmeans.1 or --course course.toml")
    pairs = [catalogue.split(target, private) for target in targets]  # of a track and its round or None
    track, _ = pairs[0]
    if any(other is not track for other, _ in pairs):
        raise KataError(f"{', '.join(targets)}: expected rounds of one track; grade each track separately")
    ids = {round_.id for _, target in pairs for round_ in ([target] if target else track.rounds)}
    # In the order of the track, whatever the order of the targets.
    rounds = tuple(round_.id for round_ in track.rounds if round_.id in ids)
    if tests:
        track = graded_tests.bug_track(track)
        without_bugs = [name for name in rounds if not track.checks_of(track.round(name))]
        if without_bugs:
            raise KataError(
                f"{without_bugs[0]} has no bugs for tests to catch: leave it out, or name other rounds"
            )
    return (rules.applied(track) if rules else track), rounds


def _chosen(entries: Sequence[Entry], only: Sequence[str]) -> set[str]:
    """Return the ids of the submissions that `--only` names by id or file."""
    chosen = set()
    for name in only:
        ids = [entry.id for entry in entries if name in (entry.id, entry.origin)]
        if not ids:
            raise KataError(
                f"--only {name}: no such submission; expected an id or a file, such as {entries[0].id}"
            )
        chosen.update(ids)
    return chosen


def _seed(options: Options, rules: Course | None, track: Track) -> int:
    """Return the requested seed, else the course's, else that of earlier runs in `out`, else a fresh one."""
    if options.seed is not None:
        return options.seed
    if rules is not None and rules.seed is not None:
        return rules.seed
    path = options.out / _COHORT
    if path.is_file():
        try:
            cohort = validated.from_json(path.read_bytes(), _Cohort, _COHORT)
        except (OSError, KataError) as error:
            raise KataError(f"cannot read {path} ({error}): give the cohort's seed with --seed") from None
        if cohort.track != track.name:
            raise KataError(
                f"{options.out} holds a cohort of {cohort.track}: take another folder after --out"
            )
        return cohort.seed
    return fresh_seed()


def _judge(
    entries: Sequence[Entry],
    settings: Settings,
    journal: CohortJournal,
    again: Collection[str],
    options: Options,
) -> dict[str, str]:
    jobs = options.jobs or os.cpu_count() or 1
    message = f"{len(entries)} submissions, {settings.track}, seed {settings.seed}, isolation {settings.tier}"
    console.show([Text(f"judging {message}", "dim")])
    with console.progress() as bar:
        task = bar.add_task("judged", total=len(entries))
        progress = _Progress(len(entries))

        def on_judged(count: int) -> None:
            bar.advance(task, count)
            progress.advance(count)

        return cohort.grade(
            entries,
            settings,
            journal,
            pool=lambda: _pool(settings, jobs, options),
            again=again,
            on_judged=on_judged,
        )


def _pool(settings: Settings, jobs: int, options: Options) -> Pool:
    if options.scheduler:
        from mlkata.grading.cluster import ClusterPool

        return ClusterPool(settings, options.scheduler)
    return LocalPool(settings, jobs)


@dataclass
class _Progress:
    """Prints `_PROGRESS_LINES` lines in the course of a run, if there is no terminal for a bar."""

    total: int
    done: int = 0
    started: float = field(default_factory=time.monotonic)

    def advance(self, count: int) -> None:
        before = self.done * _PROGRESS_LINES // self.total
        self.done += count
        if self.done * _PROGRESS_LINES // self.total > before and not console.ERR.is_terminal:
            rate = self.done / max(1e-9, time.monotonic() - self.started)
            console.ERR.print(f"judged {self.done} of {self.total} ({rate:.1f} a second)")


def _conclude(
    entries: Sequence[Entry], track: Track, journal: CohortJournal, options: Options, *, hints: bool
) -> None:
    """Write the table and the pages from the journal, with the points that the checks have now."""
    ids = sorted(entry.id for entry in entries)

    def records() -> Iterator[dict[str, Any]]:  # read from disk each time: they may not fit into memory
        return (scoring.rescored(record, track) for record in journal.records(ids))

    total = summary.summarise(records(), options.void)
    n_missing = len(ids) - len(total.rows)
    paths = {"table": options.out / _TABLE, "page": options.out / _PAGE, "results": options.out / _RESULTS}
    feedback_link = ""
    if options.feedback:
        for record in records():
            page = feedback.render(
                record, hide_expected=options.hide_expected, void=options.void, hints=hints
            )
            # sync=False: forcing many files to disk is slow, and the same command writes them again.
            files.write(options.feedback / feedback.file_name(record["id"]), page.encode(), sync=False)
        feedback_link = Path(os.path.relpath(options.feedback, options.out)).as_posix()
        paths["feedback"] = options.feedback
    passes = _passes(entries, records(), options.void)
    files.write(options.out / _TABLE, spreadsheet.render(total).encode())
    files.write(options.out / _PAGE, overview.render(total, feedback=feedback_link, passes=passes).encode())
    next_step = f"open {options.out / _PAGE} in a browser"
    console.show(cohort_text.render(total, paths, next_step, console.width()))
    if n_missing:
        command = "the same command without --only" if options.only else "the same command"
        console.show([f"submissions without a verdict: {n_missing}; {command} judges them"])


def _passes(
    entries: Sequence[Entry], records: Iterator[Mapping[str, Any]], void: Collection[str]
) -> overview.Passes | None:
    """Return pass@k by task (see `samples.pass_at_k`) if there are samples of a model, else None."""
    tasks = {entry.id: entry.task for entry in entries if entry.task}
    if not tasks:
        return None
    outcomes: defaultdict[str, list[bool]] = defaultdict(list)
    for record in records:
        if record["id"] in tasks:
            report = voided.without(record["report"], void)
            outcomes[tasks[record["id"]]].append(Status(report["status"]) in FINE)
    return {
        task: {k: value for k, value in task_rates["pass"].items() if value is not None}
        for task, task_rates in samples.passes(outcomes)["tasks"].items()
    }


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KataError(f"cannot make the folder {folder}: {error.strerror}") from None


def _absolute(path: Path | None) -> Path | None:
    return path.resolve() if path else None
