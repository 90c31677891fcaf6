"""The sections that compare times with the machine's limits, and those on first calls and on memory."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from mlkata.bench.page.ratios import fastest, median_seconds
from mlkata.bench.results import PeerResult, Results, RowResult
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import Cell, Figure, Mark, Section, Table
from mlkata.report.units import NOTHING, or_dash, percent, seconds, size, times

_MOST_TIMES = 2.0
"""How often scikit-learn's peak memory, plus one copy of the input, a solution of the kit may use."""
_NOT_MEASURABLE = 2 * 4096
"""Two pages of memory, in bytes: the system counts whole pages, so smaller differences mean nothing."""


def limits(results: Results) -> Section:
    """Return the section that compares times with the least time that this machine needs."""
    rows = [(row, ours) for row in results.rows if row.limit and (ours := fastest(row, "ours"))]
    if not rows:
        return Section("limits", "Fraction of the physical limit", ("No workload of this run has a limit.",))
    words = (
        "The limit is the time that this machine, by its measured speed, needs for the plain method's work.",
        "100 % is the limit; more is possible if a solution avoids some of that work.",
    )
    title = "Fraction of the physical limit"
    chart = bars.amounts([_fraction_bar(row, ours) for row, ours in rows], title, percent)
    table = Table(
        title,
        (
            "family",
            "workload",
            "limit",
            "time at the limit",
            "ours",
            "ours, of the limit",
            "scikit-learn",
            "scikit-learn, of the limit",
        ),
        tuple(_limit_cells(row, ours) for row, ours in rows),
        align="lllrrrrr",
    )
    return Section("limits", title, words, (Figure("limits-all", "Ours", chart, table),))


def _fraction(row: RowResult, peer: PeerResult | None) -> float | None:
    """Return the speed of a peer as a fraction of the machine's limit, or None if it is unknown."""
    time = median_seconds(peer) if peer else None
    return row.limit.seconds / time if row.limit and time else None


def _fraction_bar(row: RowResult, ours: PeerResult) -> Bar:
    fraction = _fraction(row, ours) or 0.0
    assert row.limit is not None  # noqa: S101 - the caller has checked it
    dots = tuple(row.limit.seconds / run for run in ours.seconds)
    return Bar(label(row), percent(fraction), fraction, dots, "doubt" if row.busy else "ours")


def _limit_cells(row: RowResult, ours: PeerResult) -> tuple[Cell, ...]:
    assert row.limit is not None  # noqa: S101 - the caller has checked it
    baseline = fastest(row, "baseline")
    our_fraction, baseline_fraction = _fraction(row, ours), _fraction(row, baseline)
    return (
        row.family,
        Mark(f"{row.title} (busy)", "doubt") if row.busy else row.title,
        row.limit.what,
        seconds(row.limit.seconds),
        seconds(median(ours.seconds)),
        or_dash(our_fraction, percent),
        or_dash(median_seconds(baseline) if baseline else None, seconds),
        or_dash(baseline_fraction, percent),
    )


def label(row: RowResult) -> str:
    """Return a row's name with its family, for places that don't show the family."""
    return f"{row.family}: {row.title}"


def first_calls(results: Results) -> Section:
    """Return the section on the time to the first result: imports, and first calls beside later ones."""
    title = "Time to the first result"
    tables = (*_starts(results), *_longest(results))
    if not tables:
        return Section("first", title, ("No first call was timed in this run.",))
    words = (
        "A new process waits for the import, and for the first call, which compiles code or reads a cache.",
        "`kata warmup` compiles all of mlkata's solutions in advance.",
    )
    return Section("first", title, words, tables)


def _starts(results: Results) -> Iterator[Table]:
    """Yield a table of our first calls, with an empty cache and with a full one."""
    if results.starts:
        yield Table(
            "mlkata's first call in a new process, without the import of numpy and numba",
            ("track", "import", "first call, compiled", "first call, from the cache", "first call of"),
            tuple(
                (
                    start.track,
                    seconds(start.import_seconds),
                    seconds(start.cold_seconds),
                    seconds(start.warm_seconds),
                    start.title,
                )
                for start in results.starts
            ),
            align="lrrrl",
        )


def _longest(results: Results) -> Iterator[Table]:
    """Yield a table of the longest import and first call of each implementation in each track."""
    groups: dict[tuple[str, str], list[tuple[RowResult, PeerResult]]] = {}
    for row in results.rows:
        for peer in row.peers:
            if not peer.error and (peer.import_seconds is not None or peer.first_call_seconds is not None):
                groups.setdefault((row.track, peer.name), []).append((row, peer))
    if groups:
        yield Table(
            "The longest import and first call of each track; the tables of the workloads have all of them",
            (
                "track",
                "implementation",
                "longest import",
                "longest first call",
                "later calls there",
                "first call of",
            ),
            tuple(_first_call_cells(track, name, calls) for (track, name), calls in sorted(groups.items())),
            align="llrrrl",
        )


def _first_call_cells(track: str, name: str, calls: list[tuple[RowResult, PeerResult]]) -> tuple[Cell, ...]:
    imports = [peer.import_seconds for _, peer in calls if peer.import_seconds is not None]
    row, peer = max(calls, key=lambda call: call[1].first_call_seconds or 0.0)
    waiting_times = (max(imports, default=None), peer.first_call_seconds, median_seconds(peer))
    return track, name, *(or_dash(value, seconds) for value in waiting_times), row.title


def memory(results: Results) -> Section:
    """Return the section that compares our peak memory with scikit-learn's."""
    rows = [(row, peaks) for row in results.rows if (peaks := _peaks(row))]
    title = "Peak memory"
    if not rows:
        return Section("memory", title, ("This run has no peak memory to compare with scikit-learn's.",))
    words = (
        "The peak beyond a call's arguments, mlkata's divided by scikit-learn's; below 1× is less memory.",
        "Too much means more than twice scikit-learn's peak plus a copy of the input.",
    )
    drawn = [
        Bar(
            label(row),
            f"{times(ours / baseline)} · {size(ours)}",
            ours / baseline,
            tone="wrong" if _too_much(row, ours, baseline) else "ours",
        )
        for row, (ours, baseline) in rows
        if ours > 0 and baseline > 0
    ]
    table = Table(
        "Peak memory of the fastest of each",
        ("family", "workload", "ours", "scikit-learn", "ours / scikit-learn's"),
        tuple(_peak_cells(row, *peaks) for row, peaks in rows),
        align="llrrr",
    )
    chart = bars.ratios(drawn, title)
    return Section(
        "memory", title, words, (Figure("memory-all", "Ours beside scikit-learn's", chart, table),)
    )


def _peaks(row: RowResult) -> tuple[int, int] | None:
    """Return the peak bytes of our fastest solution and of scikit-learn's fastest method, if known."""
    ours, baseline = fastest(row, "ours"), fastest(row, "baseline")
    if ours is None or baseline is None or ours.peak_bytes is None or baseline.peak_bytes is None:
        return None
    return ours.peak_bytes, baseline.peak_bytes


def _too_much(row: RowResult, ours: int, baseline: int) -> bool:
    """Return whether our peak is more than twice scikit-learn's plus a copy of the input."""
    input_bytes = max((peer.input_bytes or 0 for peer in row.peers), default=0)
    return ours > _MOST_TIMES * baseline + input_bytes + _NOT_MEASURABLE


def _peak_cells(row: RowResult, ours: int, baseline: int) -> tuple[Cell, ...]:
    remark = ", too much" if _too_much(row, ours, baseline) else ""
    ratio = f"{times(ours / baseline)}{remark}" if baseline > 0 else NOTHING
    return row.family, row.title, size(ours), size(baseline), ratio
