"""Measure all that a report of `kata bench` shows: rows, crossovers, growth and first calls.

comparison_text.py prints the results.
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
"""`watch(title, steps)` is a context for one measurement; it yields a function to call after each step.
`steps` is None if the number is unknown."""

_LADDER = dict(zip(OURS, ("pure Python", "plain numpy", "the same loops in numba", "tricks"), strict=True))


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
    chosen = [*rows, *(row for track in tracks for row in peers.rows_of_crossovers(track))]
    store = _store(folder)
    done = store.load()
    facts = machine.measured()
    for number, row in enumerate(chosen, 1):
        if row.id not in done:
            total = turns.ROUNDS * len(peers.names_of(row))
            with watch(f"{number} of {len(chosen)}: {row.title}", total) as advance:
                done[row.id] = turns.compare(row, facts, advance)
            store.put(done[row.id])
        on_row(done[row.id])
    compared = tuple(done[row.id] for row in rows)
    return Results(
        schema=results.SCHEMA,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=0,
        threads=threads(),
        machine=facts,
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
    return Store(folder / "rows.jsonl")


def _curves(track: Track, watch: Watch) -> Iterator[CurveResult]:
    """Measure how the costs of the reference grow."""
    path = track.solutions / "reference.py"
    file = Submission(path.name, path.read_bytes())
    for cost_of_function in track.costs:
        with watch(f"{track.name}, how {cost_of_function.function} grows", None) as advance:
            measurement = cost.measure(track, file, cost_of_function, on_call=advance)
        good = measurement.good
        for judged in (judged for kind in good for judged in measurement.judged(kind, good[kind])):
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
                good=good[curve.what].text,
                finding=judged.finding,
            )


def _starts(track: Track, watch: Watch) -> Iterator[Start]:
    """Time the first call of a track's first row, cold and warm, if there is a fast solution."""
    if "fast" in peers.names_of(track.rows[0]):
        with watch(f"{track.name}, the first call", None):
            yield first_calls.measure(track.rows[0])


def _crossover(crossover: Crossover, done: Mapping[str, RowResult]) -> CrossoverResult:
    """Collect a crossover's lines; a line with a failed measurement is left out."""
    medians: dict[str, list[float]] = {name: [] for name in crossover.lines}
    for x in crossover.xs:
        at_x = [done[row.id] for row in crossover.rows(x)]
        for name, (number, peer) in crossover.lines.items():
            seconds = [other.seconds for other in at_x[number].peers if other.name == peer]
            if seconds and seconds[0]:
                medians[name].append(statistics.median(seconds[0]))
    complete_lines = (
        CrossoverLine(name, tuple(line)) for name, line in medians.items() if len(line) == len(crossover.xs)
    )
    return CrossoverResult(
        crossover.title, crossover.x, tuple(map(float, crossover.xs)), tuple(complete_lines), crossover.note
    )


def _ladder(result: RowResult) -> Ladder:
    rungs = (
        Rung(peer.name, _LADDER[peer.name], peer.seconds)
        for peer in result.peers
        if peer.name in OURS and peer.seconds
    )
    return Ladder(result.track, result.function, result.title, tuple(rungs))
