"""`kata bench`, `kata warmup`: how fast, and how the cost grows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlkata.cli import complete
from mlkata.cli.shared import NOT_PASSED, PASSED, say, workspace_here
from mlkata.tracks.model import KataError

if TYPE_CHECKING:
    from mlkata.tracks.catalogue import Track


@click.command()
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
        say([f"next: look at {comparison.compare(chosen, out)}"])
        return PASSED
    if name is None:
        raise KataError(f"which track? expected `kata bench TRACK --function {function}`")
    return _growth(catalogue.get(name), function, submission, claim)


def _growth(track: Track, function: str, submission: Path | None, claim: str | None) -> int:
    """Measure how a function's cost grows; a claim that is wrong does not pass."""
    from mlkata.bench import cost, growth
    from mlkata.bench import growth_text as pages
    from mlkata.judging.judge import read_submission

    one = cost.find(track, function)
    claims = growth.read_claims(claim, list(one.sizes)) if claim else {}
    file = read_submission(submission or workspace_here().file(track.name))
    measurement = pages.measured(track, file, one)
    say(pages.render(measurement, claims))
    findings = [measurement.finding(what, claimed) for what, claimed in claims.items()]
    return NOT_PASSED if growth.Finding.DISAGREE in findings else PASSED


@click.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
def warmup(name: str | None) -> int:
    """Compile our fast solutions ahead; only who runs them needs it."""
    from mlkata.cli import compiling
    from mlkata.tracks import catalogue

    chosen = [catalogue.get(name)] if name else list(catalogue.find().values())
    compiling.run(chosen)
    say([f"next: kata bench {chosen[0].name}   (no call of ours compiles any more)"])
    return PASSED
