"""The command line `kata`: parses, calls, prints, returns a status.

Exit status: 0 everything asked for passed; 1 something did not; 2 wrong usage; 4 the kit itself
failed. What takes time to import is imported by the command that needs it.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlkata import __version__
from mlkata.cli import complete
from mlkata.cli.again import again
from mlkata.cli.interview import interview
from mlkata.cli.report import report
from mlkata.cli.test import test
from mlkata.cli.watch import watch
from mlkata.tracks.model import FINE, KataError

if TYPE_CHECKING:
    from mlkata.practice.checking import Practice
    from mlkata.practice.workspace import Workspace
    from mlkata.report.formats import Target
    from mlkata.tracks.catalogue import Track
    from mlkata.tracks.model import Report, Round

DAILY = ("check", "watch", "hint", "show", "test", "interview")
"""The commands of every day, first in the help."""
PASSED, NOT_PASSED, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 4, 130


class _Ordered(click.Group):
    """Lists the daily commands first, the rest under `More`."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the two sections."""
        rest = [name for name in self.list_commands(ctx) if name not in DAILY]
        for title, names in (("Every day", DAILY), ("More", rest)):
            with formatter.section(title):
                formatter.write_dl(
                    [(name, self.commands[name].get_short_help_str(limit=70)) for name in names]
                )


@click.group(
    cls=_Ordered, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="mlkata")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Practise machine-learning interviews: you fill in the function, scikit-learn judges.

    `kata` alone says where you stand and what to do next.
    """
    if ctx.invoked_subcommand is None:
        from mlkata.practice import pages

        try:
            workspace = _workspace()
        except KataError:
            _show(pages.nowhere())
        else:
            _show(pages.standing(workspace, _today()))


@cli.command()
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the cases.")
def demo(seed: int) -> None:
    """See a typical bug judged on real data."""
    from mlkata.cli import demo as demo_
    from mlkata.report import console

    _show(demo_.run(seed, console.width()))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--track", "name", metavar="TRACK", help="Begin with this track.")
@click.option("--course", type=click.Path(path_type=Path), help="A course.toml, which is copied into it.")
@click.option(
    "--date",
    "day",
    metavar="YYYY-MM-DD",
    help="The day of your interview; a workspace that is there takes it, too.",
)
def init(folder: Path, name: str | None, course: Path | None, day: str | None) -> None:
    """Make a workspace, with the first stub, in FOLDER or here."""
    from mlkata.practice import pages, planned
    from mlkata.practice.repetition import Repetition
    from mlkata.practice.workspace import Workspace
    from mlkata.tracks import catalogue

    if name and course:
        raise KataError("a course says with which track to begin: expected --course or --track, not both")
    on = planned.day(day, _today()) if day is not None else None
    if on is not None and not (name or course) and Workspace.is_one(folder):
        workspace = Workspace.find(folder)
        Repetition(workspace).set_day(on)
        _show(planned.dated(workspace, _today()))
        return
    first = catalogue.get(name) if name else None
    workspace = Workspace.create(folder, catalogue.find(), first, course)
    if on is not None:
        Repetition(workspace).set_day(on)
    _show(pages.welcome(workspace, folder))


@cli.command("open")
@click.argument("target", metavar="TRACK.ROUND", shell_complete=complete.rounds)
def open_(target: str) -> None:
    """Add the stubs of a round to your file."""
    from mlkata.practice import pages

    round_ = _round(target)
    workspace = _workspace()
    _show([workspace.open(round_), pages.begin(workspace, round_)])


@cli.command("list")
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
def list_(name: str | None) -> None:
    """List tracks and rounds; with TRACK its checks, too."""
    from mlkata.practice import pages
    from mlkata.practice.workspace import Workspace
    from mlkata.report import console
    from mlkata.tracks import catalogue

    try:
        workspace = Workspace.find(Path())
    except KataError:
        workspace = None  # the list is worth reading anywhere
    chosen = [catalogue.get(name)] if name else list(catalogue.find().values())
    _show(pages.listing(chosen, workspace, checks=name is not None, width=console.width()))


@cli.command()
@click.argument("target", metavar="TRACK[.ROUND]", required=False, shell_complete=complete.rounds)
@click.option("--submission", type=click.Path(path_type=Path), help="Judge this file, on all rounds.")
@click.option(
    "--course",
    type=click.Path(path_type=Path),
    help="With --submission: rounds, points and seed by course.toml.",
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
@click.option("--hide-expected", is_flag=True, help="In Gradescope's file: no inputs and answers.")
@click.option(
    "--require-isolation", "isolation", metavar="TIER", help="With --submission: judge in this tier or not."
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
    """Judge your file: all open rounds, or TRACK[.ROUND]."""
    from mlkata.report import formats
    from mlkata.tracks import catalogue
    from mlkata.worker.process import Process

    targets = formats.read([*formats_, *([f"json={json_file}"] if json_file else [])])
    if hide_expected and not any(target.format == "gradescope" for target in targets):
        raise KataError("--hide-expected is for what students see: expected --as gradescope=FILE with it")
    if submission is not None:
        from mlkata.judging.check import fresh_seed, grade
        from mlkata.worker import tiers

        track, rounds, course_seed = _asked(target, course)
        only = track.check(case_id) if case_id else None
        tier = tiers.require(isolation) if isolation else tiers.best()
        seed = course_seed if seed is None else seed
        seed = fresh_seed() if seed is None else seed
        report = grade(track, submission, rounds, seed=seed, only=only, tier=tier)
        return _finish(report, track, submission, targets, hide_expected=hide_expected)
    for option, value in (("--require-isolation", isolation), ("--course", course)):
        if value is not None:
            raise KataError(f"{option} is for grading: expected --submission FILE with it")
    workspace = _workspace()
    track, round_ = catalogue.split(target or workspace.next_step().track)
    process = Process.for_file(workspace.file(track.name))  # it gets ready while we import
    from mlkata.practice.checking import Practice

    with Practice(workspace, track, seed=seed or 0, process=process) as practice:
        report = practice.check(
            [round_] if round_ else workspace.opened(track.name),
            only=track.check(case_id) if case_id else None,
        )
        return _finish(report, track, practice.file, targets, practice, hide_expected=hide_expected)


@cli.command()
@click.argument("target", metavar="TRACK.ROUND", required=False, shell_complete=complete.rounds)
def hint(target: str | None) -> None:
    """Show the next hint of a round; three are there."""
    from mlkata.practice import pages
    from mlkata.report import console

    workspace = _workspace()
    round_ = _round(target or workspace.next_step().round or "")
    _show(pages.hint(workspace, round_, console.width()))


@cli.command()
@click.argument("case_id", metavar="CASE|TRACK[.ROUND]", shell_complete=complete.cases)
@click.option("--prompt", is_flag=True, help="Print TRACK[.ROUND] as a prompt for sampling a model.")
@click.option("--script", is_flag=True, help="Write a file that runs the case under a debugger.")
@click.option("--plot", is_flag=True, help="Draw it, yours beside the expected answer: PNG and SVG.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of the case."
)
def show(case_id: str, *, prompt: bool, script: bool, plot: bool, seed: int) -> int:
    """Show one check: input, your answer, the expected one."""
    from mlkata.report import console
    from mlkata.tracks import catalogue

    if prompt:
        from mlkata.grading import prompt as prompt_

        click.echo(prompt_.write(*catalogue.split(case_id)), nl=False)
        return PASSED
    from mlkata.practice.checking import Practice
    from mlkata.practice.script import debug_script
    from mlkata.report import text, values

    if plot:
        from mlkata.practice import plot as pictures
        from mlkata.report.pictures import figure

        figure.require()
    workspace = _workspace()
    track = catalogue.of_check(case_id)
    with Practice(workspace, track, seed=seed) as practice:
        verdict = practice.smallest(practice.check([], only=track.check(case_id))).verdicts[0]
        if verdict.expected is None and verdict.case is not None:  # unsolved: asked for all the same
            verdict = replace(verdict, expected=practice.expected(verdict.case))
        _show(text.failure(verdict, track, hints=workspace.hints(track.name), width=console.width()))
        if plot:
            _show(pictures.lines(verdict, practice))
    if not script:
        _show([f"next: kata show {case_id} --script   (a file with the whole input, under a debugger)"])
    if script and verdict.case is not None and verdict.expected is not None:
        expected = "   ".join(values.outcome(verdict.expected, verdict.case, track.contracts))
        path = debug_script(
            verdict.case, expected, workspace.file(track.name), workspace.folder, track.contracts
        )
        _show([f"next: python {path}   (in the debugger c continues, n steps, q quits)"])
    return PASSED if verdict.status in FINE else NOT_PASSED


@cli.command()
@click.argument("target", metavar="TRACK.ROUND", shell_complete=complete.rounds)
@click.option("--give-up", is_flag=True, help="Show it although the round has not passed.")
def solution(target: str, *, give_up: bool) -> None:
    """Show our solution of a round, once yours passes."""
    from mlkata.practice import pages
    from mlkata.report import console
    from mlkata.tracks import catalogue

    round_ = _round(target)
    track = catalogue.get(round_.track)
    _show(pages.solution(_workspace(), track, round_, give_up=give_up, width=console.width()))


@cli.command()
@click.argument("name", metavar="[TRACK|general]", required=False, shell_complete=complete.tracks)
@click.argument("number", type=int, required=False)
@click.option("--run", is_flag=True, help="Run the script that shows the answer.")
def questions(name: str | None, number: int | None, *, run: bool) -> int:
    """Show discussion questions; with NUMBER one of them, then its answer.

    On a terminal you answer first, and it is remembered what you knew.
    """
    from mlkata.practice import cards
    from mlkata.report import console
    from mlkata.tracks import deck

    if run:
        if name is None or number is None:
            raise KataError("which question? expected `kata questions general 2 --run` or so")
        return PASSED if deck.run(name, number) == 0 else NOT_PASSED
    if name is None:
        _show(deck.overview(cards.known()))
    elif number is None:
        _show(deck.listing(name, cards.known(), console.width()))
    elif sys.stdin.isatty() and sys.stdout.isatty():
        _show([cards.ask(name, number, console.width())])
    else:
        _show(deck.page(name, number, console.width()))
    return PASSED


@cli.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
@click.option("--function", metavar="F", help="Measure how this function's cost grows.")
@click.option("--submission", type=click.Path(path_type=Path), help="Measure the function of this file.")
@click.option("--claim", metavar="TEXT", help="What you say it costs, such as 'time: n*k*d, memory: n*k'.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("kata-bench"),
    show_default=True,
    help="Without --function: folder of the results.",
)
def bench(
    name: str | None,
    function: str | None,
    submission: Path | None,
    claim: str | None,
    out: Path,
) -> int:
    """Compare our solutions with others, or measure how a cost grows."""
    from mlkata.tracks import catalogue

    if function is None and (submission or claim):
        raise KataError(
            "which function? expected `kata bench TRACK --function F` with --submission or --claim"
        )
    if function is None:
        from mlkata.bench import comparison

        chosen = [catalogue.get(name)] if name else list(catalogue.find().values())
        _show([f"next: look at {comparison.compare(chosen, out)}"])
        return PASSED
    if name is None:
        raise KataError(f"which track? expected `kata bench TRACK --function {function}`")
    return _growth(catalogue.get(name), function, submission, claim)


def _growth(track: Track, function: str, submission: Path | None, claim: str | None) -> int:
    """Measure how a function's cost grows; a claim that is wrong does not pass."""
    from mlkata.bench import cost, growth
    from mlkata.bench import growth_text as pages
    from mlkata.judging.check import read_submission

    one = cost.find(track, function)
    claims = growth.read_claims(claim, list(one.sizes)) if claim else {}
    file = read_submission(submission or _workspace().file(track.name))
    measurement = pages.measured(track, file, one)
    _show(pages.render(measurement, claims))
    findings = [measurement.finding(what, claimed) for what, claimed in claims.items()]
    return NOT_PASSED if growth.Finding.DISAGREE in findings else PASSED


@cli.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
def warmup(name: str | None) -> int:
    """Compile our fast solutions ahead; only who runs them needs it."""
    from mlkata.cli import compiling
    from mlkata.tracks import catalogue

    chosen = [catalogue.get(name)] if name else list(catalogue.find().values())
    compiling.run(chosen)
    _show([f"next: kata bench {chosen[0].name}   (no call of ours compiles any more)"])
    return PASSED


@cli.command()
@click.argument("target", metavar="TRACK[.ROUND]", shell_complete=complete.rounds)
def reset(target: str) -> None:
    """Put the stubs back; a copy of your file is kept."""
    from mlkata.tracks import catalogue

    track, round_ = catalogue.split(target)
    _show([_workspace().reset(track.name, round_)])


@cli.command()
@click.argument("name", metavar="TRACK", shell_complete=complete.tracks)
def undo(name: str) -> None:
    """Take back what kata last did to your file; twice is nothing."""
    _show([_workspace().undo(name)])


@cli.command()
def doctor() -> int:
    """Look whether everything is there and works."""
    from rich.text import Text

    from mlkata.cli import doctor as doctor_

    bad = 0
    for finding in doctor_.look():
        line = Text("ok   " if finding.good else "BAD  ", "green" if finding.good else "bold red")
        line.append(f"{finding.what:<13} {finding.seen}")
        _show([line] if finding.good else [line, f"     next: {finding.advice}"])
        bad += not finding.good
    _show(["next: kata demo" if not bad else "next: mend what is BAD, then kata doctor"])
    return PASSED if not bad else NOT_PASSED


@cli.command()
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
        _show(run.bundled(bundle, asked))
        return PASSED
    faults = run.run(asked)
    for id_, reason in faults.items():
        click.echo(f"kata: a fault of the kit, {id_} has no verdict: {reason}", err=True)
    return FAULT if faults else PASSED


@cli.group()
def author() -> None:
    """For those who write tracks."""


@author.command()
@click.argument("name", metavar="TRACK", shell_complete=complete.tracks)
def new(name: str) -> None:
    """Write the folders of a new track, which verifies."""
    from mlkata.tracks import catalogue, scaffold

    files = scaffold.write(name, catalogue.data_folder())
    _show([f"  {file.relative_to(catalogue.data_folder())}" for file in files])
    _show([f"next: kata author verify {name} --seeds 5   (then turn its functions into yours)"])


@author.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
@click.option("--seeds", type=click.IntRange(1), default=50, show_default=True, help="How many seeds.")
@click.option("--mutant-seeds", type=click.IntRange(1), help="How many for mutants.  [default: --seeds]")
def verify(name: str | None, seeds: int, mutant_seeds: int | None) -> int:
    """Check the kit: stub unsolved, solutions pass, mutants die."""
    from mlkata.cli import verification
    from mlkata.tracks import catalogue

    chosen = [catalogue.get(name)] if name else list(catalogue.find().values())
    good = [verification.run(track, seeds, mutant_seeds or seeds) for track in chosen]
    return PASSED if all(good) else NOT_PASSED


cli.add_command(test)
cli.add_command(complete.completion)
cli.add_command(watch)
cli.add_command(report)
cli.add_command(again)
cli.add_command(interview)


def _asked(target: str | None, course: Path | None) -> tuple[Track, list[Round], int | None]:
    """Find the track and the rounds that a submission is judged on, and the seed that its course says."""
    from mlkata.tracks import catalogue
    from mlkata.tracks import course as course_

    if course is not None:
        if target is not None:
            raise KataError(f"a course says which rounds are judged: expected {target} or --course, not both")
        rules = course_.read(course)
        return *rules.judged(), rules.seed
    if target is None:
        raise KataError("which track? expected `kata check TRACK --submission FILE`, or --course for TRACK")
    track, round_ = catalogue.split(target)
    return track, [round_] if round_ else list(track.rounds), None


def _finish(
    report: Report,
    track: Track,
    file: Path,
    targets: Sequence[Target],
    practice: Practice | None = None,
    *,
    hide_expected: bool = False,
) -> int:
    """Print a report, remember it where somebody practises, and give the exit status.

    The verdict is printed and remembered at once; the smallest input that fails takes a second more.
    """
    from mlkata.report import as_json, console, formats, text

    printed = formats.printed(targets)
    if not printed:
        _show(text.summary(report, track))
    opened: list[Round] = []
    if practice is not None:
        opened = practice.workspace.record(report)
        report = practice.smallest(report)
    if not printed:
        workspace = practice.workspace if practice else None
        hints = workspace.hints(track.name) if workspace and workspace.hints_on else None
        _show([practice.said] if practice and practice.said else [])
        _show(text.failures(report, track, hints=hints, width=console.width()))
        if workspace is not None:
            from mlkata.practice import pages

            _show(pages.after(workspace, track, report, opened))
    if targets:
        formats.write(targets, as_json.as_dict(report, track), file, hide_expected=hide_expected)
    return PASSED if report.status in FINE else NOT_PASSED


def _today() -> date:
    return datetime.now().astimezone().date()


def _workspace() -> Workspace:
    from mlkata.practice.workspace import Workspace

    return Workspace.find(Path())


def _round(target: str) -> Round:
    from mlkata.tracks import catalogue

    _, round_ = catalogue.split(target)
    if round_ is None:
        raise KataError(f"which round of {target}? expected {target}.1 or so; see `kata list`")
    return round_


def _show(lines: Iterable[Any]) -> None:
    from mlkata.report import console

    console.show(lines)


def main() -> None:
    """Run the command line, and turn whatever happens into a line and an exit status."""
    # One thread draws cases while another talks to the worker: at Python's 5 ms a turn, each short
    # exchange would wait that long.
    sys.setswitchinterval(0.0005)
    try:
        status = cli.main(prog_name="kata", standalone_mode=False)
    except KataError as error:
        click.echo(f"kata: {error}", err=True)
        status = USAGE
    except click.exceptions.Exit as error:
        status = error.exit_code
    except click.UsageError as error:
        name = error.ctx.command_path if error.ctx else "kata"
        words = " ".join(error.format_message().split()).rstrip(".")
        click.echo(f"kata: {words}. Try `{name} --help`.", err=True)
        status = USAGE
    except (KeyboardInterrupt, click.Abort):
        status = INTERRUPTED
    except BrokenPipeError:
        status = PASSED  # whoever read our output has seen enough
    except Exception:  # noqa: BLE001 - the last resort: a fault of ours has a status of its own
        traceback.print_exc()
        click.echo("kata: this is a fault of the kit, not yours: please report the lines above", err=True)
        status = FAULT
    sys.exit(status if isinstance(status, int) else PASSED)


if __name__ == "__main__":
    main()
