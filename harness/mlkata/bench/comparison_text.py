"""Show a comparison while it is measured: a progress bar, and a few lines for each finished row.

A row is one call on one data set, timed for several peers: our solutions, scikit-learn and other libraries.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from mlkata.bench import comparison
from mlkata.bench.results import PeerResult, Results, RowResult
from mlkata.report import console
from mlkata.tracks.catalogue import Track
from mlkata.tracks.rows import BASELINE, OURS


def compared(tracks: Sequence[Track], folder: Path) -> Results:
    """Measure all rows of some tracks and print each; the progress bar is shown on terminals only."""
    with console.progress() as bar:

        @contextmanager
        def watch(title: str, total: int | None) -> Iterator[Callable[[], None]]:
            task = bar.add_task(title, total=total)
            yield lambda: bar.advance(task)
            bar.remove_task(task)

        return comparison.compare(tracks, folder, watch, lambda result: console.show(render(result)))


def render(result: RowResult) -> Iterator[Text]:
    """Yield one row: each peer's median, its spread, and its speed relative to scikit-learn's."""
    yield Text(f"{result.family}: {result.title}", "bold")
    baseline = next((peer for peer in result.peers if peer.name == BASELINE), None)
    for peer in result.peers:
        yield _line(peer, baseline)
    if result.busy:
        yield Text(
            "  other processes used the machine in more than half of these timings: run it again when idle",
            "yellow",
        )


def _line(peer: PeerResult, baseline: PeerResult | None) -> Text:
    if peer.error or not peer.seconds:
        return Text(f"  {peer.name:<16} {peer.error or 'was not timed'}", "red")
    median = statistics.median(peer.seconds)
    speed = ""
    if baseline is not None and baseline.seconds and peer is not baseline:
        ratio = statistics.median(baseline.seconds) / median
        # Small ratios keep two significant digits.
        speed = f"{ratio:6.2f}x" if ratio >= 0.1 else f"{ratio:6.2g}x"  # noqa: PLR2004
    text = Text(f"  {peer.name:<16} {_milliseconds(median):>10} ms ")
    text.append(
        f"({_milliseconds(min(peer.seconds))} to {_milliseconds(max(peer.seconds))})".ljust(24), "dim"
    )
    text.append(speed, "green" if peer.name in OURS else "")
    if peer.difference:
        text.append(f"  wrong: {peer.difference}", "bold red")
    return text


def _milliseconds(seconds: float) -> str:
    value = seconds * 1e3
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004
