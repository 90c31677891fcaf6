"""`kata check` judges a file, `kata show` shows a single check.

The file is the one in the workspace (the folder that `kata init` creates) or, with `--submission`, any file.
A check, such as `kmeans.1/assign/ties`, judges one rule. Its case is the call, with its input, that the check
draws from a seed. Where the command line says CASE, or ID after `--case`, it takes the id of a check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlkata.cli import complete
from mlkata.cli.shared import NOT_PASSED, PASSED, import_numpy_first, say, workspace_here
from mlkata.tracks.model import FINE, KataError

if TYPE_CHECKING:
    from mlkata.practice.checking import Practice
    from mlkata.report.formats import Target
    from mlkata.tracks.catalogue import Track
    from mlkata.tracks.model import Report, Round


@click.command()
@click.argument("target", metavar="TRACK[.ROUND]", required=False, shell_complete=complete.rounds)
@click.option("--submission", type=click.Path(path_type=Path), help="Judge this file, on all rounds.")
@click.option(
    "--course",
    type=click.Path(path_type=Path),
    help="With --submission: rounds, points and seed from course.toml.",
)
@click.option("--case", "case_id", metavar="ID", shell_complete=complete.cases, help="Judge one check only.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Seed of the cases.  [default: 0; with --submission the course's, or a fresh one]",
)
@click.option("--json", "json_file", metavar="FILE", help="Write the report as JSON; - prints it.")
@click.option(
    "--as",
    "formats_",
    metavar="FORMAT=FILE",
    multiple=True,
    help="Write it as junit, gradescope, exercism or github; github=- prints annotations.",
)
@click.option("--hide-expected", is_flag=True, help="Leave inputs and answers out of Gradescope's file.")
@click.option(
    "--require-isolation",
    "isolation",
    metavar="TIER",
    help="With --submission: isolation to judge in, such as bwrap+seccomp; fail if it is not available.",
)
def check(
    target: str | None,
    *,
    submission: Path | None,
    course: Path | None,
    case_id: str | None,
    seed: int | None,
    json_file: str | None,
    formats_: tuple[str, ...],
    hide_expected: bool,
    isolation: str | None,
) -> int:
    """Judge your file: the rounds you have opened, or TRACK[.ROUND]."""
    from mlkata.report import formats
    from mlkata.tracks import catalogue
    from mlkata.worker.process import Process

    outputs = formats.read(formats_, json_file)
    if hide_expected and not any(output.format == "gradescope" for output in outputs):
        raise KataError("--hide-expected works with --as gradescope=FILE only")
    if submission is not None:
        from mlkata.judging.judge import judge

        track, rounds, course_seed = _what_to_judge(target, course)
        report = judge(
            track,
            submission,
            rounds,
            only=track.check(case_id) if case_id else None,
            seed=course_seed if seed is None else seed,
            isolation=isolation,
        )
        return _finish(report, track, submission, outputs, hide_expected=hide_expected)
    for option, value in (("--require-isolation", isolation), ("--course", course)):
        if value is not None:
            raise KataError(f"{option} works with --submission FILE only")
    if target is None:
        # `next_step` will import numpy, and that takes longer after the imports of `workspace_here`. With a
        # target, numpy is imported below, while the process starts.
        import_numpy_first()
    workspace = workspace_here()
    track, round_ = catalogue.split(target or workspace.next_step().track)
    process = Process.for_file(workspace.file(track.name))  # starts while the imports below run
    import filelock  # noqa: F401 - recording the verdicts needs it; imported now, while the process starts

    from mlkata.practice.checking import Practice

    with Practice(workspace, track, seed=seed or 0, process=process) as practice:
        report = practice.check(
            [round_] if round_ else workspace.opened(track.name),
            only=track.check(case_id) if case_id else None,
        )
        return _finish(report, track, practice.file, outputs, practice, hide_expected=hide_expected)


@click.command()
@click.argument("case_id", metavar="CASE|TRACK[.ROUND]", shell_complete=complete.cases)
@click.option("--prompt", is_flag=True, help="Print TRACK[.ROUND] as a prompt for sampling a model.")
@click.option("--script", is_flag=True, help="Write a file that runs the case under a debugger.")
@click.option("--plot", is_flag=True, help="Draw your answer beside the expected one: PNG and SVG.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of the case."
)
def show(case_id: str, *, prompt: bool, script: bool, plot: bool, seed: int) -> int:
    """Show one check: input, your answer, expected answer."""
    from mlkata.report import console
    from mlkata.tracks import catalogue

    if prompt:
        from mlkata.grading import prompt as prompt_

        click.echo(prompt_.write(*catalogue.split(case_id)), nl=False)
        return PASSED
    from mlkata.practice.checking import Practice
    from mlkata.practice.script import debug_script
    from mlkata.report import terminal, values

    if plot:
        from mlkata.practice import plot as pictures
        from mlkata.report.pictures import figure

        figure.require()
    workspace = workspace_here()
    track = catalogue.of_check(case_id)
    with Practice(workspace, track, seed=seed) as practice:
        report = practice.check(rounds=[], only=track.check(case_id))  # this check alone
        verdict = practice.smallest(report).verdicts[0]  # on a smaller failing input, if one is found
        if verdict.expected is None and verdict.case is not None:  # judging a stub needs no expected answer
            verdict = replace(verdict, expected=practice.expected(verdict.case))
        say(terminal.failure(verdict, track, hints=workspace.hints(track.name), width=console.width()))
        if plot:
            say(pictures.lines(verdict, practice))
    if not script:
        say([f"next: kata show {case_id} --script   (a file with the whole input, under a debugger)"])
    if script and verdict.case is not None and verdict.expected is not None:
        expected = "   ".join(values.outcome(verdict.expected, verdict.case, track.contracts))
        path = debug_script(
            verdict.case, expected, workspace.file(track.name), workspace.folder, track.contracts
        )
        say([f"next: python {path}   (in the debugger c continues, n steps, q quits)"])
    return PASSED if verdict.status in FINE else NOT_PASSED


def _what_to_judge(target: str | None, course: Path | None) -> tuple[Track, list[Round], int | None]:
    """Return the track and the rounds on which to judge a submission, and the course's seed, if it sets one.

    Raise KataError unless exactly one of target and course is given.
    """
    from mlkata.tracks import catalogue
    from mlkata.tracks import course as course_

    if course is not None:
        if target is not None:
            raise KataError(f"a course sets the rounds to judge: expected {target} or --course, not both")
        rules = course_.read(course)
        track, rounds = rules.judged()
        return track, rounds, rules.seed
    if target is None:
        raise KataError(
            "which track? expected `kata check TRACK --submission FILE`, or --course FILE instead of TRACK"
        )
    track, round_ = catalogue.split(target)
    return track, [round_] if round_ else list(track.rounds), None


def _finish(
    report: Report,
    track: Track,
    file: Path,
    outputs: Sequence[Target],
    practice: Practice | None = None,
    *,
    hide_expected: bool = False,
) -> int:
    """Print a report, record it in the workspace, if any, write it to `outputs`, and return the exit status.

    The verdicts are printed and recorded first, since the search for a smaller failing input takes up to a
    second.
    """
    from mlkata.report import as_json, console, formats, terminal

    output_is_taken = formats.printed(outputs)  # a format is written to standard output: print nothing else
    if not output_is_taken:
        say(terminal.summary(report, track))
    opened: list[Round] = []
    if practice is not None:
        opened = practice.workspace.record(report)
        report = practice.smallest(report)
    if not output_is_taken:
        workspace = practice.workspace if practice else None
        hints = workspace.hints(track.name) if workspace and workspace.hints_on else None
        say([practice.note] if practice and practice.note else [])
        say(terminal.failures(report, track, hints=hints, width=console.width()))
        if workspace is not None:
            from mlkata.practice import pages

            say(pages.after(workspace, track, report, opened))
    if outputs:
        formats.write(outputs, as_json.as_dict(report, track), file, hide_expected=hide_expected)
    return PASSED if report.status in FINE else NOT_PASSED
