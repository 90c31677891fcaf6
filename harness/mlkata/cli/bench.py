"""`kata bench`, `kata warmup`, `kata cost`: measure speed, and how cost grows."""

from __future__ import annotations

from pathlib import Path

import click

from mlkata.cli import complete
from mlkata.cli.shared import NOT_PASSED, PASSED, renamed, say, workspace_here
from mlkata.tracks.model import KataError

OUT = Path("kata-bench")
"""Default folder of the results of `kata bench`."""


@click.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
@click.option(
    "--out", type=click.Path(path_type=Path), default=OUT, show_default=True, help="Folder for the results."
)
@renamed("--function", "kata cost TRACK FUNCTION")  # an option of earlier versions
def bench(name: str | None, out: Path) -> int:
    """Compare our solutions with scikit-learn and others."""
    from mlkata.bench import comparison, comparison_text
    from mlkata.bench.page import saved
    from mlkata.tracks import catalogue

    tracks = [catalogue.get(name)] if name else list(catalogue.find().values())
    without_rows = [  # a row is one comparison: a function, its input, the solutions and libraries
        f"{track.name} has nothing to compare: expected {track.benchmarks / 'rows.py'}"
        for track in tracks
        if not track.rows
    ]
    if len(without_rows) == len(tracks):
        raise KataError(without_rows[0])
    say(without_rows)
    results = comparison_text.compared([track for track in tracks if track.rows], out)
    page = saved.save(results, out)
    comparison.forget(out)  # the rows stored for resuming an interrupted run
    say([f"next: open {page} in a browser"])
    return PASSED


@click.command()
@click.argument("name", metavar="[TRACK]", required=False, shell_complete=complete.tracks)
def warmup(name: str | None) -> int:
    """Compile our fast solutions ahead; only needed to run them."""
    from mlkata.bench.warmup import files
    from mlkata.cli import compiling
    from mlkata.tracks import catalogue

    tracks = [catalogue.get(name)] if name else list(catalogue.find().values())
    if not any(map(files, tracks)):
        path = tracks[0].solutions / "fast.py"
        raise KataError(f"{tracks[0].name} has nothing to compile: expected a numba solution, such as {path}")
    compiling.run(tracks)
    say([f"next: kata bench {tracks[0].name}   (everything is compiled)"])
    return PASSED


@click.command()
@click.argument("name", metavar="TRACK", shell_complete=complete.tracks)
@click.argument("function")
@click.option("--submission", type=click.Path(path_type=Path), help="Measure the function of this file.")
@click.option("--claim", metavar="TEXT", help="The cost that you claim, such as 'time: n*k*d, memory: n*k'.")
def cost(name: str, function: str, submission: Path | None, claim: str | None) -> int:
    """Measure how a function's time and memory grow, and compare a claim."""
    from mlkata.bench import cost as cost_
    from mlkata.bench import growth, growth_text
    from mlkata.judging.judge import read_submission
    from mlkata.tracks import catalogue

    track = catalogue.get(name)
    cost_of_function = cost_.find(track, function)
    claims = growth.read_claims(claim, list(cost_of_function.sizes)) if claim else {}
    file = read_submission(submission or workspace_here().file(track.name))
    measurement = growth_text.measured(track, file, cost_of_function)
    say(growth_text.render(measurement, claims))
    findings = [measurement.finding(quantity, claimed) for quantity, claimed in claims.items()]
    return NOT_PASSED if growth.Finding.DISAGREE in findings else PASSED
