"""`kata grade`: verdicts on many submissions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mlkata.cli.shared import FAULT, PASSED, say


@click.command()
@click.argument("submissions", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for verdicts and pages.")
@click.option(
    "--track", "targets", metavar="TRACK[.ROUND]", multiple=True, help="What is graded; repeatable."
)
@click.option("--course", type=click.Path(path_type=Path), help="A course.toml that says it instead.")
@click.option("--tracks", "private", type=click.Path(path_type=Path), help="Folder of private tracks.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of the cases.  [default: a fresh one]")
@click.option("--jobs", type=click.IntRange(1), help="Graders side by side.  [default: one for each core]")
@click.option("--require-isolation", "isolation", metavar="TIER", help="Judge in this tier or not.")
@click.option("--void", metavar="CHECK", multiple=True, help="Let a check count for nobody; repeatable.")
@click.option("--only", metavar="FILE|ID", multiple=True, help="Judge this one again, no other; repeatable.")
@click.option("--feedback", type=click.Path(path_type=Path), help="Folder for a page for each submission.")
@click.option("--hide-expected", is_flag=True, help="No inputs and answers on the feedback pages.")
@click.option("--scheduler", metavar="ADDRESS", help="Judge on a Dask cluster, such as tcp://host:8786.")
@click.option("--tests", is_flag=True, help="Grade the students' own test_TRACK.py by the bugs they catch.")
@click.option("--bundle", metavar="KIND", help="Judge nothing: write what gradescope or github needs to OUT.")
def grade(submissions: tuple[str, ...], bundle: str | None, **options: Any) -> int:
    """Judge many: files, folders, zips, notebooks, a model's samples."""
    from mlkata.grading import run

    asked = run.Options(submissions, **options)
    if bundle is not None:
        say(run.bundled(bundle, asked))
        return PASSED
    faults = run.run(asked)
    for id_, reason in faults.items():
        click.echo(f"kata: a fault of the kit, {id_} has no verdict: {reason}", err=True)
    return FAULT if faults else PASSED
