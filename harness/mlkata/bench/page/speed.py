"""The summary, and the section of all workloads with the implementations that were compared on them.

The code calls a workload a row, and an implementation a peer, whether it is one of our solutions,
scikit-learn (the baseline) or another library.
"""

from __future__ import annotations

from mlkata.bench.page.ratios import (
    OTHER_LIBRARY,
    Family,
    Ratio,
    counts,
    families,
    fastest,
    lead_over,
    median_seconds,
)
from mlkata.bench.results import PeerResult, Results, RowResult
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import CHART_ONLY, Cell, Figure, Mark, Section, Table, plain
from mlkata.report.units import NOTHING, or_dash, seconds, size, spread, times

KINDS = {"ours": "mlkata", "baseline": "scikit-learn", OTHER_LIBRARY: "another library"}
"""How tables name the kinds of implementations."""
_DOTS = Mark("A dot is a workload; a bar ends at the smallest lead; the scale is logarithmic.", CHART_ONLY)
BUSY = Mark("machine busy: do not trust these figures", "doubt")
_HEAD = (
    "implementation", "version", "median", "fastest … slowest", "runs", "times scikit-learn's speed",
    "import", "first call", "peak memory", "answers",
)  # fmt: skip


def summary(results: Results) -> Section:
    """Return the summary: for each family of workloads, the range of our lead over others."""
    all_families = families(results)
    if not all_families:
        return Section("summary", "Summary", ("No workload was timed in this run.",))
    table = Table(
        "Speed of mlkata's fastest solution relative to others",
        (
            "family",
            "workloads",
            "over scikit-learn",
            "over the best other library",
            "best other libraries",
            "left out",
        ),
        tuple(_summary_cells(index, family) for index, family in enumerate(all_families)),
        align="lrrrll",
    )
    words = (
        "Ratios of medians, from the smallest to the largest lead among a family's workloads.",
        "Each compares with scikit-learn's fastest method, or the fastest other library, on that workload.",
    )
    leads = [_lead_bar(family) for family in all_families]
    chart = (
        bars.ratios(leads, "Lead over scikit-learn in each family")
        if any(lead.dots for lead in leads)
        else None
    )
    notes = (_DOTS,) if chart else ()
    leading = Figure("summary-leads", "Ahead of scikit-learn", chart, table, folded=False, notes=notes)
    return Section("summary", "Summary", words, (leading,))


def _summary_cells(index: int, family: Family) -> tuple[Cell, ...]:
    n_left_out = len(family.rows) - len(family.counted_rows)
    # counted_rows has rows of a busy machine only if there are no others.
    only_busy = any(row.busy for row in family.counted_rows)
    remark = (
        "all the workloads used ran on a busy machine: do not trust these figures"
        if only_busy
        else f"{n_left_out:,} on a busy machine, or not answered right by our solutions"
        if n_left_out
        else ""
    )
    return (
        Mark(family.name, target=f"#family-{index}"),
        f"{len(family.rows):,}",
        _range(family.leads_over("baseline")),
        _range(family.leads_over(OTHER_LIBRARY)),
        ", ".join(family.fastest_others()) or NOTHING,
        Mark(remark, "doubt" if remark else ""),
    )


def _range(ratios: list[Ratio]) -> Cell:
    """Return the smallest and the largest of some ratios, which are sorted."""
    if not ratios:
        return NOTHING
    low, high = times(ratios[0].value), times(ratios[-1].value)
    text = low if low == high else f"{low} … {high}"
    return Mark(f"{text}, behind", "bad") if ratios[0].value < 1 else Mark(text, "good")


def _lead_bar(family: Family) -> Bar:
    """Return a bar that ends at our smallest lead over scikit-learn, with a dot for each workload."""
    ratios = family.leads_over("baseline")
    dots = tuple(ratio.value for ratio in ratios)
    text = plain(_range(ratios)) if ratios else "no figure"
    return Bar(family.name, text, dots[0] if dots else None, dots, tone="ours" if dots else "none")


def workloads(results: Results) -> Section:
    """Return the section of all rows, with a subsection for each family."""
    words: tuple[Cell, ...] = (
        "A ratio is the median of scikit-learn's fastest right method divided by the implementation's own.",
        Mark(
            "Bars right of 1× are faster than scikit-learn, bars left of it slower; a dot is a run. The "
            "scale is logarithmic and the same for all workloads of a family.",
            CHART_ONLY,
        ),
    )
    if not results.rows:
        words = ("No workload was timed in this run.",)
    blocks = tuple(_family(index, family, results) for index, family in enumerate(families(results)))
    return Section("workloads", "Workload by workload", words, blocks)


def _family(index: int, family: Family, results: Results) -> Section:
    all_bars = [bar for row in family.rows for bar in _bars(row)]
    figures = tuple(_figure(row, all_bars, results.rows.index(row)) for row in family.rows)
    return Section(f"family-{index}", family.name, (), figures)


def _figure(row: RowResult, all_bars: list[Bar], number: int) -> Figure:
    baseline = fastest(row, "baseline")
    table = Table(
        f"{row.track}, {row.function}: {row.title}",
        _HEAD,
        tuple(_peer_cells(peer, baseline) for peer in row.peers),
        align="llrrrrrrrw",  # as _HEAD: two texts, numbers on the right, and a wide text
    )
    return Figure(
        f"row-{number}",
        row.title,
        bars.ratios(_bars(row), row.title, among=all_bars),
        table,
        badge=BUSY if row.busy else None,
        notes=tuple(_notes(row, baseline)),
    )


def _bars(row: RowResult) -> list[Bar]:
    """Return a bar for each implementation, the fastest first."""
    baseline = fastest(row, "baseline")
    ranked = sorted(row.peers, key=lambda peer: median_seconds(peer) or float("inf"))
    return [_bar(peer, median_seconds(baseline) if baseline else None) for peer in ranked]


def _bar(peer: PeerResult, baseline_seconds: float | None) -> Bar:
    """Return a bar with the speed of a peer relative to scikit-learn's.

    If scikit-learn has no figure (None), the bar has no length, and shows only the peer's time.
    """
    time = median_seconds(peer)
    if time is None:
        return Bar(peer.name, "no figure", None, tone="none")
    tone = peer.kind if counts(peer) else "wrong"
    if baseline_seconds is None:
        return Bar(peer.name, seconds(time), None, tone=tone)
    speed = times(baseline_seconds / time) if counts(peer) else "wrong answer"
    dots = tuple(baseline_seconds / run for run in peer.seconds)
    return Bar(peer.name, f"{speed} · {seconds(time)}", baseline_seconds / time, dots, tone)


def _notes(row: RowResult, baseline: PeerResult | None) -> list[Cell]:
    """Return notes on our lead, on a missing figure of scikit-learn, and on failed or wrong peers."""
    notes: list[Cell] = []
    for kind, kind_in_words in (("baseline", "scikit-learn"), (OTHER_LIBRARY, "the best other library")):
        lead, other, ours = lead_over(row, kind), fastest(row, kind), fastest(row, "ours")
        if lead and other and ours:
            ahead = lead.value >= 1
            name = kind_in_words if other.name == kind_in_words else f"{kind_in_words}, {other.name}"
            # Behind, all three are inverted: how many times as fast the other one is as ours.
            factor, low, high = (
                (lead.value, lead.low, lead.high) if ahead else (1 / lead.value, 1 / lead.high, 1 / lead.low)
            )
            runs = f"{times(low)} … {times(high)} between single runs"
            text = f"{ours.name} is {times(factor)} {'ahead of' if ahead else 'behind'} {name} ({runs})"
            notes.append(Mark(text, "" if ahead else "bad"))
    if baseline is None:
        notes.append(Mark("scikit-learn has no figure here, so there are times but no ratios", "doubt"))
    for peer in row.peers:
        if median_seconds(peer) is None:
            notes.append(Mark(f"{peer.name}: no figure, {peer.error or 'it was not timed'}", "bad"))
        elif peer.difference:
            notes.append(
                Mark(f"{peer.name}: its answers differ, {peer.difference}; it does not count", "bad")
            )
    return notes


def _peer_cells(peer: PeerResult, baseline: PeerResult | None) -> tuple[Cell, ...]:
    time, baseline_time = median_seconds(peer), median_seconds(baseline) if baseline else None
    ratio = baseline_time / time if time is not None and baseline_time is not None else None
    return (
        f"{peer.name} ({KINDS[peer.kind]})" if peer.name != KINDS[peer.kind] else peer.name,
        peer.version or NOTHING,
        or_dash(time, seconds),
        NOTHING if time is None else spread(peer.seconds),
        NOTHING if time is None else f"{len(peer.seconds):,}",
        or_dash(ratio, times),
        or_dash(peer.import_seconds, seconds),
        or_dash(peer.first_call_seconds, seconds),
        or_dash(peer.peak_bytes, size),
        _answers(peer),
    )


def _answers(peer: PeerResult) -> Cell:
    if median_seconds(peer) is None:
        return Mark(f"no figure: {peer.error or 'it was not timed'}", "bad")
    return Mark(f"differ: {peer.difference}", "bad") if peer.difference else Mark("right", "good")
