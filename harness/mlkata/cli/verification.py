"""Show the progress and the findings of `kata author verify`, which checks that a track is complete.

Each solution must pass all checks; each mutant, a solution with a deliberate bug, must fail one ("is
killed").
"""

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

_MAX_SHOWN = 5
"""How many problems of one file are shown at most; if there are more, they usually have one cause."""


def problems(track: Track) -> Iterator[str]:
    """Yield the problems that can be found without judging a solution: in files, texts, benchmark, interview.

    Raise KataError if a file of the track cannot be run.
    """
    with _errors_of_the_track(track):
        basic_problems = judging.basic_problems(track)
        yield from basic_problems
        if not basic_problems:  # else the files that the others need are missing or wrong
            for gate in (judging, bench, interview):
                yield from gate.problems(track)


@contextmanager
def _errors_of_the_track(track: Track) -> Iterator[None]:
    """Turn an exception that the track's own code raises into a KataError with file and line.

    Any other exception is the kit's fault and is raised unchanged.
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

    Solutions are judged on the inputs of the first `seeds` seeds, mutants on those of the first
    `mutant_seeds`. `solutions` names the files to run; None means all.
    """
    n_problems = 0
    for problem in problems(track):
        n_problems += 1
        console.OUT.print(Text(f"  {problem}", "red"))
    if judging.basic_problems(track):
        console.OUT.print(f"{track.name}: {count(n_problems, 'problem')}; nothing has been run")
        return False
    with _errors_of_the_track(track), console.progress() as bar:
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
        for problem in finding.problems[:_MAX_SHOWN]:
            console.OUT.print(Text(f"  {finding.name}: {problem}", "red"))
        if len(finding.problems) > _MAX_SHOWN:
            console.OUT.print(Text(f"  {finding.name}: and {len(finding.problems) - _MAX_SHOWN} more", "red"))
    for problem in verify.open_problems(track):  # on checks that end in a score instead of a pass
        n_problems += 1
        console.OUT.print(Text(f"  {problem}", "red"))
    n_problems += sum(bool(finding.problems) for finding in findings)  # a file with problems counts once
    mutant_findings = [finding for finding in findings if finding.name.startswith("mutant ")]
    n_killed = sum(not finding.problems for finding in mutant_findings)
    mutants = count(len(mutant_findings), "mutant")
    console.OUT.print(
        f"{track.name}: {count(len(track.rounds), 'round')}, {count(len(track.checks), 'check')}, "
        f"seeds 0 to {seeds - 1}: {n_killed} of {mutants} killed at {count(mutant_seeds, 'seed')}, "
        f"{count(n_problems, 'problem')}"
    )
    return not n_problems


def _line(finding: FileFinding) -> Text:
    """Return the line on one file: whether it has problems, and for a mutant the check that kills it."""
    line = Text("ok   " if not finding.problems else "BAD  ", "green" if not finding.problems else "bold red")
    line.append(f"{finding.name:<38}")
    if finding.killed_by:
        check, killed = next(iter(finding.killed_by.items()))
        line.append(f" killed by {check} ({killed} of {count(finding.seeds, 'seed')})", "dim")
    elif not finding.problems:
        line.append(f" {count(finding.seeds, 'seed')}", "dim")
    return line
