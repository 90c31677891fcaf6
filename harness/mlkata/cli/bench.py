"""`kata bench`, `kata warmup`: how fast, and how the cost grows."""

from __future__ import annotations

from pathlib import Path

import click

from mlkata.cli import complete
from mlkata.cli.shared import NOT_PASSED, PASSED, say, workspace_here
from mlkata.tracks.model import KataError

OUT = Path("kata-bench")


@click.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
@click.option("--function", metavar="F", help="Measure how this function's cost grows.")
@click.option("--submission", type=click.Path(path_type=Path), help="Measure the function of this file.")
@click.option("--claim", metavar="TEXT", help="What you say it costs, such as 'time: n*k*d, memory: n*k'.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help=f"Without --function: folder of the results.  [default: {OUT}]",
)
def bench(
    name: str | None,
    function: str | None,
    submission: Path | None,
    claim: str | None,
    out: Path | None,
) -> int:
    """Compare our solutions with others, or measure how a cost grows."""
    if function is None:
        if submission or claim:
            raise KataError(
                "which function? expected `kata bench TRACK --function F` with --submission or --claim"
            )
        return _compare(name, out or OUT)
    if name is None:
        raise KataError(f"which track? expected `kata bench TRACK --function {function}`")
    if out:
        raise KataError("--function writes no files: expected --out without it, as in `kata bench TRACK`")
    return _measure(name, function, submission, claim)


def _compare(name: str | None, folder: Path) -> int:
    """Compare our solutions with others, on the rows of one track or of all that have some."""
    from mlkata.bench import comparison, comparison_text
    from mlkata.bench.page import saved
    from mlkata.tracks import catalogue

    chosen = [catalogue.get(name)] if name else list(catalogue.find().values())
    lacking = [
        f"{track.name} has no rows to compare: expected {track.benchmarks / 'rows.py'}"
        for track in chosen
        if not track.rows
    ]
    if len(lacking) == len(chosen):
        raise KataError(lacking[0])
    say(lacking)
    results = comparison_text.compared([track for track in chosen if track.rows], folder)
    page = saved.save(results, folder)
    comparison.forget(folder)
    say([f"next: look at {page}"])
    return PASSED


def _measure(name: str, function: str, submission: Path | None, claim: str | None) -> int:
    """Measure how a function's cost grows; a claim that is wrong does not pass."""
    from mlkata.bench import cost, growth, growth_text
    from mlkata.judging.judge import read_submission
    from mlkata.tracks import catalogue

    track = catalogue.get(name)
    one = cost.find(track, function)
    claims = growth.read_claims(claim, list(one.sizes)) if claim else {}
    file = read_submission(submission or workspace_here().file(track.name))
    measurement = growth_text.measured(track, file, one)
    say(growth_text.render(measurement, claims))
    findings = [measurement.finding(what, claimed) for what, claimed in claims.items()]
    return NOT_PASSED if growth.Finding.DISAGREE in findings else PASSED


@click.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
def warmup(name: str | None) -> int:
    """Compile our fast solutions ahead; needed only to run them."""
    from mlkata.bench.warmup import files
    from mlkata.cli import compiling
    from mlkata.tracks import catalogue

    chosen = [catalogue.get(name)] if name else list(catalogue.find().values())
    if not any(map(files, chosen)):
        path = chosen[0].solutions / "fast.py"
        raise KataError(
            f"{chosen[0].name} has nothing to compile: expected a solution in numba, such as {path}"
        )
    compiling.run(chosen)
    say([f"next: kata bench {chosen[0].name}   (everything is compiled)"])
    return PASSED
