"""Show the progress and the findings of `kata author verify`."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from mlkata.bench import gate as bench
from mlkata.interview import gate as interview
from mlkata.judging import gate as judging
from mlkata.judging import verify
from mlkata.judging.jobs import FileFinding
from mlkata.report import console
from mlkata.report.units import count
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError

_SHOWN = 5
"""At most this many problems of one file are shown; if there are more, they usually have one cause."""


def problems(track: Track) -> Iterator[str]:
    """Yield the problems that show before any solution is judged: in files, texts, benchmark and interview.

    Raise KataError if a file of the track cannot be run.
    """
    with _slips(track):
        basic = judging.basic_problems(track)
        yield from basic
        for part in () if basic else (judging, bench, interview):
            yield from part.problems(track)


@contextmanager
def _slips(track: Track) -> Iterator[None]:
    """Turn an error in a file of the track into a KataError with its line; it is not the kit's error.

    Raise KataError.
    """
    try:
        yield
    except KataError:
        raise
    except Exception as error:
        places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
        message = str(error)
        if isinstance(error, SyntaxError) and error.filename:
            places.append((error.filename, error.lineno))
            message = error.msg
        folders = (track.exercises, track.solutions, track.benchmarks)
        in_track = [
            place for place in places if any(Path(place[0]).is_relative_to(folder) for folder in folders)
        ]
        if not in_track:
            raise
        file, line = in_track[-1]
        raise KataError(f"{file}, line {line}: {type(error).__name__}: {message}: fix it") from error


def run(track: Track, seeds: int, mutant_seeds: int, solutions: Collection[str] | None = None) -> bool:
    """Verify one track, with progress; print a summary and return whether there were no problems.

    `solutions` names the files to run, if not all.
    """
    bad = 0
    for problem in problems(track):
        bad += 1
        console.OUT.print(Text(f"  {problem}", "red"))
    if judging.basic_problems(track):
        console.OUT.print(f"{track.name}: {count(bad, 'problem')}; nothing has been run")
        return False
    with _slips(track), console.progress() as bar:
        task = bar.add_task(f"{track.name}, {count(seeds, 'seed')}")
        findings = verify.verify(
            track,
            seeds,
            mutant_seeds,
            solutions=solutions,
            on_finding=lambda finding: console.OUT.print(_line(finding)),
            on_plan=lambda jobs: bar.update(task, total=jobs),
            on_job=lambda: bar.advance(task),
        )
    for finding in findings:
        for problem in finding.problems[:_SHOWN]:
            console.OUT.print(Text(f"  {finding.name}: {problem}", "red"))
        if len(finding.problems) > _SHOWN:
            console.OUT.print(Text(f"  {finding.name}: and {len(finding.problems) - _SHOWN} more", "red"))
    for problem in verify.open_problems(track):
        bad += 1
        console.OUT.print(Text(f"  {problem}", "red"))
    bad += sum(bool(finding.problems) for finding in findings)
    killed = sum(f.name.startswith("mutant ") and not f.problems for f in findings)
    mutants = count(sum(f.name.startswith("mutant ") for f in findings), "mutant")
    console.OUT.print(
        f"{track.name}: {count(len(track.rounds), 'round')}, {count(len(track.checks), 'check')}, "
        f"seeds 0 to {seeds - 1}: {killed} of {mutants} killed at {count(mutant_seeds, 'seed')}, "
        f"{count(bad, 'problem')}"
    )
    return not bad


def _line(finding: FileFinding) -> Text:
    line = Text("ok   " if not finding.problems else "BAD  ", "green" if not finding.problems else "bold red")
    line.append(f"{finding.name:<38}")
    if finding.killed_by:
        check, killed = next(iter(finding.killed_by.items()))
        line.append(f" killed by {check} ({killed} of {finding.seeds})", "dim")
    elif not finding.problems:
        line.append(f" {count(finding.seeds, 'seed')}", "dim")
    return line
