"""`kata test`: grade the candidate's own tests by the bugs that they catch.

The bugs are the track's mutants: right solutions with one deliberate change each.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from mlkata.cli import complete


@click.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--lessons", is_flag=True, help="Explain the bugs that survive.")
@click.option("--json", "json_file", metavar="FILE", help="Write the result as JSON; - prints it.")
def test(name: str | None, file: Path | None, *, lessons: bool, json_file: str | None) -> int:
    """Grade your own tests by the bugs they catch.

    test_TRACK.py of the workspace must accept all right solutions. Then it is run on the bugs of the open
    rounds, or, if FILE is given, of all rounds. Exit status 0 means that it accepts the solutions and catches
    the classics, the bugs that interviewers ask about.
    """
    from mlkata.judging import practice_tests
    from mlkata.practice.workspace import Workspace
    from mlkata.report import catches, console
    from mlkata.tracks import catalogue
    from mlkata.tracks.model import KataError

    if file is None or name is None:
        workspace = Workspace.find(Path())
        track = catalogue.get(name or workspace.next_step().track)
        rounds, file = workspace.opened(track.name) or track.rounds[:1], workspace.test_file(track.name)
    else:
        track = catalogue.get(name)
        rounds = track.rounds
    with console.progress() as bar:
        task = bar.add_task(f"{track.name}, bugs")
        result = practice_tests.judge(
            track,
            file,
            rounds,
            on_plan=lambda total: bar.update(task, total=total),
            on_done=lambda: bar.advance(task),
        )
    report = json.dumps(catches.as_json(result, track, file), indent=1)
    if json_file == "-":
        click.echo(report)
    else:
        console.show(catches.render(result, track, file, lessons=lessons, width=console.width()))
        if json_file:
            try:
                Path(json_file).write_text(report + "\n", encoding="utf-8")
            except OSError as error:
                raise KataError(f"cannot write {json_file}: {error.strerror}") from error
    return 0 if result.passed else 1
