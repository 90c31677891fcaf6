"""Shows a comparison as it is measured: a bar for what is running, a few lines for each finished row."""

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
    """Measure all rows of some tracks, and print each; in a pipe there is no bar."""
    with console.progress() as bar:

        @contextmanager
        def watch(what: str, total: int | None) -> Iterator[Callable[[], None]]:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)
            bar.remove_task(task)

        return comparison.compare(tracks, folder, watch, lambda result: console.show(render(result)))


def render(result: RowResult) -> Iterator[Text]:
    """Write one row: each peer's median, its spread, and how far it is ahead of scikit-learn."""
    yield Text(f"{result.family}: {result.title}", "bold")
    base = next((one for one in result.peers if one.name == BASELINE), None)
    for one in result.peers:
        yield _line(one, base)
    if result.busy:
        yield Text(
            "  others used the machine in more than half of these timings: run it again on an idle one",
            "yellow",
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
