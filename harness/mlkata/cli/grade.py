"""`kata grade` judges many submissions on this machine or a cluster.

`kata bundle` writes the files with which a platform, Gradescope or GitHub, judges submissions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mlkata.cli.shared import FAULT, PASSED, renamed, say


@click.command()
@click.argument("submissions", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for verdicts and pages.")
@click.option("--track", "targets", metavar="TRACK[.ROUND]", multiple=True, help="What to grade; repeatable.")
@click.option("--course", type=click.Path(path_type=Path), help="A course.toml, instead of --track.")
@click.option("--tracks", "private", type=click.Path(path_type=Path), help="Folder of private tracks.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Seed of the cases.  [default: the course's, else that of earlier runs in --out, else a fresh one]",
)
@click.option("--jobs", type=click.IntRange(1), help="Number of graders.  [default: one for each core]")
@click.option(
    "--require-isolation",
    "isolation",
    metavar="TIER",
    help="Isolation to judge in, such as bwrap+seccomp; fail if it is not available.",
)
@click.option("--void", metavar="CHECK", multiple=True, help="Do not count this check; repeatable.")
@click.option("--only", metavar="FILE|ID", multiple=True, help="Judge only this one, again; repeatable.")
@click.option(
    "--feedback", type=click.Path(path_type=Path), help="Folder for a feedback page for each submission."
)
@click.option("--hide-expected", is_flag=True, help="Leave inputs and answers out of feedback pages.")
@click.option("--scheduler", metavar="ADDRESS", help="Judge on a Dask cluster, such as tcp://host:8786.")
@click.option("--tests", is_flag=True, help="Grade the students' own test_TRACK.py by the bugs they catch.")
@renamed("--bundle", "kata bundle KIND --out PATH")  # an option of earlier versions
def grade(submissions: tuple[str, ...], **options: Any) -> int:
    """Judge many files, folders, zips, notebooks, or a model's samples."""
    from mlkata.grading import run

    faults = run.run(run.Options(submissions, **options))
    for id_, reason in faults.items():
        click.echo(f"kata: an error in the kit, {id_} has no verdict: {reason}", err=True)
    return FAULT if faults else PASSED


@click.command()
@click.argument("kind", metavar="gradescope|github")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Zip archive or repository.")
@click.option("--track", "targets", metavar="TRACK[.ROUND]", multiple=True, help="What to grade; repeatable.")
@click.option("--course", type=click.Path(path_type=Path), help="A course.toml, instead of --track.")
@click.option("--hide-expected", is_flag=True, help="With gradescope: hide inputs and answers from students.")
def bundle(
    kind: str, out: Path, targets: tuple[str, ...], course: Path | None, *, hide_expected: bool
) -> int:
    """Write an autograder or a workflow for a platform."""
    from mlkata.grading import bundle as bundle_
    from mlkata.grading import run
    from mlkata.tracks import course as course_

    track, rounds = run.track_and_rounds(targets, course_.read(course) if course else None)
    files = bundle_.write(kind, out, track=track, rounds=rounds, course=course, hide_expected=hide_expected)
    say(f"  {file}" for file in files)
    say([f"next: {bundle_.KINDS[kind]}"])
    return PASSED
