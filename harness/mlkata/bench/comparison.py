"""Measure everything that a report of `kata bench` shows: rows, crossovers, growth and first calls.

A row is one call on one data set, timed for several peers: the kit's own solutions, scikit-learn (the
baseline) and other libraries. A crossover is a plot of times over a size, from rows of its own.
comparison_text.py shows the results while they are measured.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path

from mlkata.bench import cost, first_calls, machine, peers, results, turns
from mlkata.bench.results import (
    CrossoverLine,
    CrossoverResult,
    CurveResult,
    Ladder,
    Results,
    RowResult,
    Rung,
    Start,
)
from mlkata.bench.turns import Store
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError
from mlkata.tracks.rows import OURS, Crossover, threads
from mlkata.worker.runner import Submission

Watch = Callable[[str, int | None], AbstractContextManager[Callable[[], None]]]
"""`watch(title, n_steps)` is a context manager around one measurement, such as a progress bar. It yields a
function to call after each step. `n_steps` is None if the number is unknown."""

_RUNG_TEXTS = dict(
    zip(OURS, ("pure Python", "plain numpy", "the same loops in numba", "tricks"), strict=True)
)
"""What distinguishes each of our solutions: naive, reference, loops and fast. In this order they are
the rungs of a speed ladder, i.e. versions of one function from slow to fast."""


def compare(
    tracks: Sequence[Track], folder: Path, watch: Watch, on_row: Callable[[RowResult], None]
) -> Results:
    """Measure all rows of some tracks; `on_row` is called with each result as soon as it is finished.

    Rows that an interrupted run has finished in `folder` are reused. Raise KataError if `folder` cannot be
    written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KataError(f"cannot write to {folder}: {error.strerror}; choose another with --out") from error
    rows = [row for track in tracks for row in track.rows]
    all_rows = [*rows, *(row for track in tracks for row in peers.rows_of_crossovers(track))]
    store = _store(folder)
    done = store.load()
    this_machine = machine.measured()
    for number, row in enumerate(all_rows, 1):
        if row.id not in done:
            total = turns.ROUNDS * len(peers.names_of(row))
            with watch(f"{number} of {len(all_rows)}: {row.title}", total) as advance:
                done[row.id] = turns.compare(row, this_machine, advance)
            store.put(done[row.id])
        on_row(done[row.id])
    compared = tuple(done[row.id] for row in rows)
    return Results(
        schema=results.SCHEMA,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=0,  # of all inputs: those that rows.py and cost.measure draw
        threads=threads(),
        machine=this_machine,
        versions=machine.versions(),
        rows=compared,
        ladders=tuple(
            _ladder(result) for result in compared if sum(peer.name in OURS for peer in result.peers) > 1
        ),
        curves=tuple(curve for track in tracks for curve in _curves(track, watch)),
        crossovers=tuple(_crossover(crossover, done) for track in tracks for crossover in track.crossovers),
        starts=tuple(start for track in tracks for start in _starts(track, watch)),
    )


def forget(folder: Path) -> None:
    """Remove the rows of an interrupted run, so that the next run starts afresh."""
    _store(folder).path.unlink(missing_ok=True)


def _store(folder: Path) -> Store:
    """Return the file that keeps each finished row, for the case that the run is interrupted."""
    return Store(folder / "rows.jsonl")


def _curves(track: Track, watch: Watch) -> Iterator[CurveResult]:
    """Measure how the costs of the track's reference.py grow, compared with a good solution's."""
    path = track.solutions / "reference.py"
    file = Submission(path.name, path.read_bytes())
    for cost_of_function in track.costs:
        with watch(f"{track.name}, how {cost_of_function.function} grows", None) as advance:
            measurement = cost.measure(track, file, cost_of_function, on_call=advance)
        claims = measurement.good_claims
        for judged in (judged for kind in claims for judged in measurement.judged(kind, claims[kind])):
            curve, has_slope = judged.curve, isfinite(judged.curve.slope.half_width)
            yield CurveResult(
                track=track.name,
                function=cost_of_function.function,
                submission=file.name,
                what=curve.what,
                size=curve.size,
                sizes=curve.sizes,
                costs=curve.costs,
                fixed=curve.fixed,
                slope=curve.slope.value if has_slope else None,
                half_width=curve.slope.half_width if has_slope else None,
                fitted_sizes=curve.slope.sizes,
                good_formula=claims[curve.what].text,
                finding=judged.finding,
            )


def _starts(track: Track, watch: Watch) -> Iterator[Start]:
    """Time the first call of our fast solution, if the track has one, on the track's first row."""
    if "fast" in peers.names_of(track.rows[0]):
        with watch(f"{track.name}, the first call", None):
            yield first_calls.measure(track.rows[0])


def _crossover(crossover: Crossover, done: Mapping[str, RowResult]) -> CrossoverResult:
    """Return the median times along each of a crossover's lines, without lines that miss a measurement."""
    medians: dict[str, list[float]] = {name: [] for name in crossover.lines}
    for x in crossover.xs:
        at_x = [done[row.id] for row in crossover.rows(x)]
        for name, (row_index, peer_name) in crossover.lines.items():
            timed = [peer for peer in at_x[row_index].peers if peer.name == peer_name and peer.seconds]
            if timed:
                medians[name].append(statistics.median(timed[0].seconds))
    complete_lines = (
        CrossoverLine(name, tuple(line)) for name, line in medians.items() if len(line) == len(crossover.xs)
    )
    return CrossoverResult(
        crossover.title, crossover.x, tuple(map(float, crossover.xs)), tuple(complete_lines), crossover.note
    )


def _ladder(result: RowResult) -> Ladder:
    """Return our solutions of a row as a speed ladder: versions of one function, from slow to fast."""
    rungs = (
        Rung(peer.name, _RUNG_TEXTS[peer.name], peer.seconds)
        for peer in result.peers
        if peer.name in OURS and peer.seconds
    )
    return Ladder(result.track, result.function, result.title, tuple(rungs))
