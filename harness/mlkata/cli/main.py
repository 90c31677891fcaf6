"""The command line `kata`.

Exit status: 0 everything requested passed; 1 something did not pass; 2 wrong usage; 4 the kit itself failed;
130 interrupted. Slow imports are made inside the commands that need them.
"""

from __future__ import annotations

import sys
import traceback

import click

from mlkata import __version__
from mlkata.cli import (
    again,
    author,
    bench,
    check,
    complete,
    grade,
    interview,
    practice,
    report,
    start,
    test,
    watch,
)
from mlkata.cli.shared import (
    FAULT,
    INTERRUPTED,
    PASSED,
    USAGE,
    import_numpy_first,
    say,
    today,
    workspace_here,
)
from mlkata.tracks.harmless import inert, printable
from mlkata.tracks.model import KataError

DAILY = ("check", "watch", "hint", "show", "test", "interview")
"""The commands that are listed first in the help."""


class _Ordered(click.Group):
    """A group that lists the daily commands first, the others under `More`."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the two sections of commands into the help."""
        others = [name for name in self.list_commands(ctx) if name not in DAILY]
        for title, names in (("Every day", DAILY), ("More", others)):
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

    `kata` alone shows where you stand and what to do next.
    """
    if ctx.invoked_subcommand is None:
        import_numpy_first()
        from mlkata.practice import pages

        try:
            workspace = workspace_here()
        except KataError:
            say(pages.nowhere())
        else:
            say(pages.standing(workspace, today()))


for _command in (
    start.demo, start.init, start.doctor,
    practice.open_, practice.list_, practice.hint, practice.solution, practice.questions,
    practice.reset, practice.undo,
    check.check, check.show, watch.watch, test.test, again.again, report.report, interview.interview,
    bench.bench, bench.cost, bench.warmup, grade.grade, grade.bundle, author.author, complete.completion,
):  # fmt: skip
    cli.add_command(_command)


def main() -> None:
    """Run the command line and exit with its status; print each expected error as one line."""
    # While a check is judged, one thread draws inputs and another exchanges short messages with the worker.
    # At Python's default switch interval of 5 ms, each message could wait that long for the other thread.
    sys.setswitchinterval(0.0005)
    try:
        status = cli.main(prog_name="kata", standalone_mode=False)
    except KataError as error:
        click.echo(inert(printable(f"kata: {error}")), err=True)
        status = USAGE
    except click.exceptions.Exit as error:
        status = error.exit_code
    except click.UsageError as error:
        name = error.ctx.command_path if error.ctx else "kata"
        message = " ".join(error.format_message().split()).rstrip(".")
        click.echo(f"kata: {message}. Try `{name} --help`.", err=True)
        status = USAGE
    except (KeyboardInterrupt, click.Abort):
        status = INTERRUPTED
    except BrokenPipeError:
        status = PASSED  # such as `kata list | head`: the reader wants no more
    except Exception:  # noqa: BLE001 - the last resort: an error in the kit has its own exit status
        traceback.print_exc()
        click.echo(
            "kata: this is an error in the kit, not in your file: please report the lines above", err=True
        )
        status = FAULT
    sys.exit(status if isinstance(status, int) else PASSED)
