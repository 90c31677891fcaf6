"""Runs `kata bench [TRACK]` with progress, and writes what it found: a table, results.json, the reports."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from harness import console
from harness.bench import machine, run
from harness.bench.rows import BASELINE, OURS, rows
from harness.bench.run import PeerResult, RowResult, Store
from harness.model import KataError
from harness.tracks import Track

SCHEMA = "mlkata.bench/1"


def compare(tracks: Sequence[Track], folder: Path) -> Path:
    """Compare on all rows of some tracks, a line each as it is done; give the file of results.

    What an interrupted run has finished in `folder` is taken over.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KataError(f"cannot write to {folder}: {error.strerror}; choose another with --out") from error
    chosen = [row for track in tracks for row in rows(track.name)]
    store = Store(folder / "rows.jsonl")
    done = store.load()
    facts = machine.describe() | machine.limits()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console.ERR, transient=True, disable=not console.ERR.is_terminal) as bar:
        for number, row in enumerate(chosen, 1):
            if row.id not in done:
                total = run.ROUNDS * len(run.names_of(row))
                task = bar.add_task(f"{number} of {len(chosen)}: {row.title}", total=total)
                done[row.id] = run.compare(row, facts["gemm_gflops"], lambda task=task: bar.advance(task))  # type: ignore[misc]
                store.put(done[row.id])
                bar.remove_task(task)
            console.show(lines(done[row.id]))
    results = [done[row.id] for row in chosen]
    path = folder / "results.json"
    path.write_text(json.dumps(_results(results, facts), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    store.path.unlink(missing_ok=True)  # the next run begins anew
    return path


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
        ahead = f"{statistics.median(base.seconds) / median:6.2f}x"
    text = Text(f"  {one.name:<16} {_milliseconds(median):>10} ms ")
    text.append(f"({_milliseconds(min(one.seconds))} to {_milliseconds(max(one.seconds))})".ljust(24), "dim")
    text.append(ahead, "green" if one.name in OURS else "")
    if one.verified:
        text.append(f"  wrong: {one.verified}", "bold red")
    return text


def _milliseconds(seconds: float) -> str:
    value = seconds * 1e3
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004


def _results(results: Sequence[RowResult], facts: dict[str, Any]) -> dict[str, Any]:
    ladders = [_ladder(one) for one in results if sum(peer.name in OURS for peer in one.peers) > 1]
    return {
        "schema": SCHEMA,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": 0,
        "threads": int(os.environ.get("NUMBA_NUM_THREADS", os.cpu_count() or 1)),
        "machine": facts,
        "versions": machine.versions(),
        "rows": [asdict(one) for one in results],
        "ladders": ladders,
        "curves": [],
        "crossovers": [],
    }


def _ladder(result: RowResult) -> dict[str, Any]:
    texts = dict(zip(OURS, ("pure Python", "plain numpy", "the same loops in numba", "tricks"), strict=True))
    rungs = [
        {"name": one.name, "text": texts[one.name], "seconds": one.seconds}
        for one in result.peers
        if one.name in OURS and one.seconds
    ]
    return {"track": result.track, "function": result.function, "title": result.title, "rungs": rungs}
