"""Runs `kata bench [TRACK]` with progress, and writes what it found: a table, results.json, the reports."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

from rich.progress import Progress
from rich.text import Text

from mlkata.bench import cost, machine, rows, run, start
from mlkata.bench.page import html, markdown, results
from mlkata.bench.rows import BASELINE, OURS, Crossover
from mlkata.bench.run import PeerResult, RowResult, Store
from mlkata.report import console
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError
from mlkata.worker.runner import ours

SCHEMA = "mlkata.bench/1"


def compare(tracks: Sequence[Track], folder: Path) -> Path:
    """Compare on all rows of some tracks, a line each as it is done; give the page of the report.

    What an interrupted run has finished in `folder` is taken over.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KataError(f"cannot write to {folder}: {error.strerror}; choose another with --out") from error
    names = [track.name for track in tracks]
    crossings = [one for name in names for one in rows.crossovers(name)]
    tables = [row for name in names for row in rows.rows(name)]
    extra = [row for one in crossings for x in one.xs for row in one.rows(x)]
    store = Store(folder / "rows.jsonl")
    done = store.load()
    facts = machine.describe() | machine.limits()
    with console.progress() as bar:
        for number, row in enumerate(chosen := [*tables, *extra], 1):
            if row.id not in done:
                total = run.ROUNDS * len(run.names_of(row))
                task = bar.add_task(f"{number} of {len(chosen)}: {row.title}", total=total)
                done[row.id] = run.compare(row, facts, partial(bar.advance, task))
                store.put(done[row.id])
                bar.remove_task(task)
            console.show(lines(done[row.id]))
        curves = [curve for track in tracks for curve in _curves(track, bar)]
        starts = [_start(track, bar) for track in tracks]
    found = _results([done[row.id] for row in tables], facts)
    found |= {"crossovers": [_crossing(one, done) for one in crossings], "curves": curves, "starts": starts}
    page = _write(folder, json.dumps(found, allow_nan=False))
    store.path.unlink(missing_ok=True)  # the next run begins anew
    return page


def _write(folder: Path, text: str) -> Path:
    """Write results.json and both reports, beside the last run's; give the page to look at."""
    path = folder / "results.json"
    previous = None
    if path.is_file():
        try:
            previous = results.read(path.read_text(encoding="utf-8"))
        except (KataError, OSError):
            previous = None  # another version's, or cut off: there is nothing to compare with
    found = results.read(text)
    for name, content in (
        ("results.json", results.write(found)),
        ("report.md", markdown.render(found, previous)),
        ("report.html", html.render(found, previous)),
    ):
        (folder / name).write_text(content, encoding="utf-8")
    return folder / "report.html"


def _curves(track: Track, bar: Progress) -> Iterator[dict[str, Any]]:
    """Measure how the reference's costs grow."""
    file = ours(track.solution("reference"))
    for one in track.costs:
        task = bar.add_task(f"{track.name}, how {one.function} grows", total=None)
        measurement = cost.measure(track, file, one, on_call=partial(bar.advance, task))
        bar.remove_task(task)
        good = measurement.good
        for judged in (one for what in good for one in measurement.judged(what, good[what])):
            curve, known = judged.curve, isfinite(judged.curve.slope.half_width)
            yield {
                "track": track.name,
                "function": one.function,
                "submission": file.name,
                "what": curve.what,
                "size": curve.size,
                "sizes": list(curve.sizes),
                "costs": list(curve.costs),
                "fixed": dict(curve.fixed),
                "slope": curve.slope.value if known else None,
                "half_width": curve.slope.half_width if known else None,
                "fitted_sizes": list(curve.slope.sizes),
                "good": good[curve.what].text,
                "finding": judged.finding,
            }


def _start(track: Track, bar: Progress) -> dict[str, Any]:
    """Time the first call of a track's first row, cold and warm."""
    row = rows.rows(track.name)[0]
    task = bar.add_task(f"{track.name}, the first call", total=None)
    found = start.measure(row)
    bar.remove_task(task)
    return asdict(found)


def _crossing(one: Crossover, done: Mapping[str, RowResult]) -> dict[str, Any]:
    """Gather a crossover's lines; a way that failed somewhere is left out."""
    found: dict[str, list[float]] = {name: [] for name in one.lines}
    for x in one.xs:
        at_x = [done[row.id] for row in one.rows(x)]
        for name, (number, peer) in one.lines.items():
            seconds = [other.seconds for other in at_x[number].peers if other.name == peer]
            if seconds and seconds[0]:
                found[name].append(statistics.median(seconds[0]))
    whole = [{"name": name, "seconds": line} for name, line in found.items() if len(line) == len(one.xs)]
    return {"title": one.title, "x": one.x, "xs": list(one.xs), "lines": whole, "note": one.note}


def lines(result: RowResult) -> Iterator[Text]:
    """Write one row: each peer's median, its spread, and how far it is ahead of scikit-learn."""
    yield Text(f"{result.family}: {result.title}", "bold")
    base = next((one for one in result.peers if one.name == BASELINE), None)
    for one in result.peers:
        yield _line(one, base)
    if result.busy:
        yield Text(
            "  others used the machine in more than half of these timings: do not trust them", "yellow"
        )


def _line(one: PeerResult, base: PeerResult | None) -> Text:
    if one.error or not one.seconds:
        return Text(f"  {one.name:<16} {one.error or 'was not timed'}", "red")
    median = statistics.median(one.seconds)
    ahead = ""
    if base is not None and base.seconds and one is not base:
        ratio = statistics.median(base.seconds) / median
        ahead = f"{ratio:6.2f}x" if ratio >= 0.1 else f"{ratio:6.2g}x"  # noqa: PLR2004 - plain Python
    text = Text(f"  {one.name:<16} {_milliseconds(median):>10} ms ")
    text.append(f"({_milliseconds(min(one.seconds))} to {_milliseconds(max(one.seconds))})".ljust(24), "dim")
    text.append(ahead, "green" if one.name in OURS else "")
    if one.verified:
        text.append(f"  wrong: {one.verified}", "bold red")
    return text


def _milliseconds(seconds: float) -> str:
    value = seconds * 1e3
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004


def _results(found: Sequence[RowResult], facts: dict[str, Any]) -> dict[str, Any]:
    ladders = [_ladder(one) for one in found if sum(peer.name in OURS for peer in one.peers) > 1]
    return {
        "schema": SCHEMA,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": 0,
        "threads": int(os.environ.get("NUMBA_NUM_THREADS", os.cpu_count() or 1)),
        "machine": facts,
        "versions": machine.versions(),
        "rows": [asdict(one) for one in found],
        "ladders": ladders,
    }


def _ladder(result: RowResult) -> dict[str, Any]:
    texts = dict(zip(OURS, ("pure Python", "plain numpy", "the same loops in numba", "tricks"), strict=True))
    rungs = [
        {"name": one.name, "text": texts[one.name], "seconds": one.seconds}
        for one in result.peers
        if one.name in OURS and one.seconds
    ]
    return {"track": result.track, "function": result.function, "title": result.title, "rungs": rungs}
