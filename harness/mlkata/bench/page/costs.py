"""What stands beside speed: the machine's limits, first calls, memory."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from mlkata.bench.page.ratios import fastest, figure
from mlkata.bench.results import PeerResult, Results, RowResult
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import Cell, Figure, Mark, Section, Table
from mlkata.report.units import NOTHING, known, percent, seconds, size, times

_TWICE = 2.0
_UNSEEN = 2 * 4096


def limits(results: Results) -> Section:
    """Set times beside the least that the machine needs, where that is known."""
    rows = [(row, ours) for row in results.rows if row.limit and (ours := fastest(row, "ours"))]
    if not rows:
        return Section("limits", "Fraction of the physical limit", ("No limit was given in this run.",))
    words = (
        "The limit is the time that this machine, by its measured speed, needs for the plain method's work.",
        "100 % is the limit; more means that work was avoided which the plain method does.",
    )
    title = "Fraction of the physical limit"
    chart = bars.amounts([_share(row, ours) for row, ours in rows], title, percent)
    table = Table(
        title,
        ("family", "workload", "limit", "its time", "ours", "of the limit", "scikit-learn", "of the limit"),
        tuple(_limit(row, ours) for row, ours in rows),
        "lllrrrrr",
    )
    return Section("limits", title, words, (Figure("limits-all", "Ours", chart, table),))


def _fraction(row: RowResult, peer: PeerResult | None) -> float | None:
    own = figure(peer) if peer else None
    return row.limit.seconds / own if row.limit and own else None


def _share(row: RowResult, ours: PeerResult) -> Bar:
    share = _fraction(row, ours) or 0.0
    assert row.limit is not None  # noqa: S101 - the caller has looked
    dots = tuple(row.limit.seconds / one for one in ours.seconds)
    return Bar(label(row), percent(share), share, dots, "doubt" if row.busy else "ours")


def _limit(row: RowResult, ours: PeerResult) -> tuple[Cell, ...]:
    assert row.limit is not None  # noqa: S101 - the caller has looked
    base = fastest(row, "baseline")
    share, other = _fraction(row, ours), _fraction(row, base)
    return (
        row.family,
        Mark(f"{row.title} (busy)", "doubt") if row.busy else row.title,
        row.limit.what,
        seconds(row.limit.seconds),
        seconds(median(ours.seconds)),
        known(share, percent),
        known(figure(base) if base else None, seconds),
        known(other, percent),
    )


def label(row: RowResult) -> str:
    """Name a row where its family does not stand above it."""
    return f"{row.family}: {row.title}"


def first_calls(results: Results) -> Section:
    """Say how long the first result takes: imports, and first calls beside later ones."""
    title = "Time to the first result"
    tables = (*_starts(results), *_longest(results))
    if not tables:
        return Section("first", title, ("No first call was timed in this run.",))
    words = (
        "A new process waits for the import, and for its first call: code is compiled, or read from a cache.",
        "`kata warmup` compiles all of ours ahead.",
    )
    return Section("first", title, words, tables)


def _starts(results: Results) -> Iterator[Table]:
    """Our own: on an empty cache, and on a full one."""
    if results.starts:
        yield Table(
            "Our first call in a new process; importing numpy and numba is not counted",
            ("track", "import", "first call, compiled", "first call, from the cache", "first call of"),
            tuple(
                (
                    one.track,
                    seconds(one.import_seconds),
                    seconds(one.cold_seconds),
                    seconds(one.warm_seconds),
                    one.title,
                )
                for one in results.starts
            ),
            "lrrrl",
        )


def _longest(results: Results) -> Iterator[Table]:
    """Everybody's, in the processes that were timed."""
    groups: dict[tuple[str, str], list[tuple[RowResult, PeerResult]]] = {}
    for row in results.rows:
        for peer in row.peers:
            if not peer.error and (peer.import_seconds is not None or peer.first_call_seconds is not None):
                groups.setdefault((row.track, peer.name), []).append((row, peer))
    if groups:
        yield Table(
            "The longest import and first call of each track; the tables of the workloads have them all",
            (
                "track",
                "implementation",
                "longest import",
                "longest first call",
                "later calls there",
                "first call of",
            ),
            tuple(_first(track, name, calls) for (track, name), calls in sorted(groups.items())),
            "llrrrl",
        )


def _first(track: str, name: str, calls: list[tuple[RowResult, PeerResult]]) -> tuple[Cell, ...]:
    imports = [peer.import_seconds for _, peer in calls if peer.import_seconds is not None]
    row, peer = max(calls, key=lambda call: call[1].first_call_seconds or 0.0)
    waits = (max(imports, default=None), peer.first_call_seconds, figure(peer))
    return track, name, *(known(one, seconds) for one in waits), row.title


def memory(results: Results) -> Section:
    """Set our peak memory beside scikit-learn's."""
    rows = [(row, pair) for row in results.rows if (pair := _peaks(row))]
    title = "Peak memory"
    if not rows:
        return Section(
            "memory", title, ("No peak of memory was measured beside scikit-learn's in this run.",)
        )
    words = (
        "The peak beyond a call's arguments, ours divided by scikit-learn's; below 1× is less memory.",
        "Too much is more than twice scikit-learn's and a copy of the input.",
    )
    drawn = [
        Bar(label(row), f"{times(ours / base)} · {size(ours)}", ours / base, (), _heavy(row, ours, base)[1])
        for row, (ours, base) in rows
        if ours > 0 and base > 0
    ]
    table = Table(
        "Peak memory of the fastest of each",
        ("family", "workload", "ours", "scikit-learn", "ours to scikit-learn's"),
        tuple(_peak(row, *pair) for row, pair in rows),
        "llrrr",
    )
    chart = bars.ratios(drawn, title)
    return Section(
        "memory", title, words, (Figure("memory-all", "Ours beside scikit-learn's", chart, table),)
    )


def _peaks(row: RowResult) -> tuple[int, int] | None:
    ours, base = fastest(row, "ours"), fastest(row, "baseline")
    if ours is None or base is None or ours.peak_bytes is None or base.peak_bytes is None:
        return None
    return ours.peak_bytes, base.peak_bytes


def _heavy(row: RowResult, ours: int, base: int) -> tuple[str, str]:
    """Mark what takes more than twice as much and a copy of the input; two pages are below what is seen."""
    given = max((peer.input_bytes or 0 for peer in row.peers), default=0)
    return (", too much", "wrong") if ours > _TWICE * base + given + _UNSEEN else ("", "ours")


def _peak(row: RowResult, ours: int, base: int) -> tuple[Cell, ...]:
    ratio = f"{times(ours / base)}{_heavy(row, ours, base)[0]}" if base > 0 else NOTHING
    return row.family, row.title, size(ours), size(base), ratio
