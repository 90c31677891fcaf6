"""The summary, and each workload with all that were timed on it."""

from __future__ import annotations

from mlkata.bench.page.ratios import Family, Ratio, ahead, families, fastest, figure, sound
from mlkata.bench.results import PeerResult, Results, RowResult
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import PICTURE, Cell, Figure, Mark, Section, Table, plain
from mlkata.report.units import NOTHING, known, seconds, size, spread, times

KINDS = {"ours": "mlkata", "baseline": "scikit-learn", "peer": "another library"}
_DOTS = Mark("A dot is a workload; a bar ends at the least lead; the scale is logarithmic.", PICTURE)
BUSY = Mark("machine busy: not to be trusted", "doubt")
_HEAD = (
    "implementation", "version", "median", "fastest … slowest", "runs", "times scikit-learn's speed",
    "import", "first call", "peak memory", "answers",
)  # fmt: skip


def summary(results: Results) -> Section:
    """One line a family: how far ahead, from its least to its greatest lead."""
    found = families(results)
    if not found:
        return Section("summary", "Summary", ("No workload was timed in this run.",))
    table = Table(
        "How many times as fast as others mlkata's fastest solution is",
        ("family", "workloads", "ahead of scikit-learn", "ahead of the best other", "best other", "left out"),
        tuple(_line(index, family) for index, family in enumerate(found)),
        "lrrrll",
    )
    words = (
        "Ratios of medians, from the least to the greatest lead among a family's workloads.",
        "Each is against the fastest of scikit-learn's ways, or of other libraries, on that workload.",
    )
    leads = [_lead(family) for family in found]
    chart = (
        bars.ratios(leads, "Lead over scikit-learn in each family") if any(b.dots for b in leads) else None
    )
    notes = (_DOTS,) if chart else ()
    leading = Figure("summary-leads", "Ahead of scikit-learn", chart, table, folded=False, notes=notes)
    return Section("summary", "Summary", words, (leading,))


def _line(index: int, family: Family) -> tuple[Cell, ...]:
    left = len(family.rows) - len(family.trusted)
    busy = any(row.busy for row in family.trusted)
    aside = (
        "only busy ones, not to be trusted"
        if busy
        else f"{left:,} busy or without our answer"
        if left
        else ""
    )
    return (
        Mark(family.name, target=f"#family-{index}"),
        f"{len(family.rows):,}",
        _range(family.ahead("baseline")),
        _range(family.ahead("peer")),
        ", ".join(family.rivals()) or NOTHING,
        Mark(aside, "doubt" if aside else ""),
    )


def _range(found: list[Ratio]) -> Cell:
    if not found:
        return NOTHING
    low, high = times(found[0].value), times(found[-1].value)
    text = low if low == high else f"{low} … {high}"
    return Mark(f"{text}, behind", "bad") if found[0].value < 1 else Mark(text, "good")


def _lead(family: Family) -> Bar:
    found = family.ahead("baseline")
    dots = tuple(one.value for one in found)
    text = plain(_range(found)) if found else "no figure"
    return Bar(family.name, text, dots[0] if dots else None, dots, "ours" if dots else "none")


def workloads(results: Results) -> Section:
    """All rows, a smaller section for each family."""
    words: tuple[Cell, ...] = (
        "A ratio is scikit-learn's median divided by another's; 1× is the fastest of its right ways.",
        Mark(
            "Bars to the right of 1× are faster than that, bars to the left slower; a dot is a run. The "
            "scale is logarithmic and the same for all workloads of a family.",
            PICTURE,
        ),
    )
    if not results.rows:
        words = ("No workload was timed in this run.",)
    blocks = tuple(_family(index, family, results) for index, family in enumerate(families(results)))
    return Section("workloads", "Workload by workload", words, blocks)


def _family(index: int, family: Family, results: Results) -> Section:
    every = [bar for row in family.rows for bar in _bars(row)]
    figures = tuple(_figure(row, every, results.rows.index(row)) for row in family.rows)
    return Section(f"family-{index}", family.name, (), figures)


def _figure(row: RowResult, every: list[Bar], number: int) -> Figure:
    base = fastest(row, "baseline")
    table = Table(
        f"{row.track}, {row.function}: {row.title}",
        _HEAD,
        tuple(_peer(one, base) for one in row.peers),
        "llrrrrrrrw",
    )
    return Figure(
        f"row-{number}",
        row.title,
        bars.ratios(_bars(row), row.title, among=every),
        table,
        badge=BUSY if row.busy else None,
        notes=tuple(_notes(row, base)),
    )


def _bars(row: RowResult) -> list[Bar]:
    base = fastest(row, "baseline")
    ranked = sorted(row.peers, key=lambda peer: figure(peer) or float("inf"))
    return [_bar(peer, figure(base) if base else None) for peer in ranked]


def _bar(peer: PeerResult, base: float | None) -> Bar:
    own = figure(peer)
    if own is None:
        return Bar(peer.name, "no figure", None, tone="none")
    tone = peer.kind if sound(peer) else "wrong"
    if base is None:
        return Bar(peer.name, seconds(own), None, tone=tone)
    what = times(base / own) if sound(peer) else "wrong answer"
    dots = tuple(base / one for one in peer.seconds)
    return Bar(peer.name, f"{what} · {seconds(own)}", base / own, dots, tone)


def _notes(row: RowResult, base: PeerResult | None) -> list[Cell]:
    notes: list[Cell] = []
    for kind, whom in (("baseline", "scikit-learn"), ("peer", "the best other")):
        lead, other, ours = ahead(row, kind), fastest(row, kind), fastest(row, "ours")
        if lead and other and ours:
            place = "ahead of" if lead.value >= 1 else "behind"
            name = whom if other.name == whom else f"{whom}, {other.name}"
            factor = times(max(lead.value, 1 / lead.value))
            runs = f"by all runs {times(lead.low)} … {times(lead.high)}"
            text = f"{ours.name} is {factor} {place} {name} ({runs})"
            notes.append(Mark(text, "" if lead.value >= 1 else "bad"))
    if base is None:
        notes.append(
            Mark("scikit-learn has no figure here: there is nothing to divide by, only times", "doubt")
        )
    for peer in row.peers:
        if figure(peer) is None:
            notes.append(Mark(f"{peer.name}: no figure, {peer.error or 'it was not timed'}", "bad"))
        elif peer.verified:
            notes.append(
                Mark(f"{peer.name}: its answers differ, {peer.verified}; it counts for nothing", "bad")
            )
    return notes


def _peer(peer: PeerResult, base: PeerResult | None) -> tuple[Cell, ...]:
    own, base_time = figure(peer), figure(base) if base else None
    ratio = base_time / own if own is not None and base_time is not None else None
    return (
        f"{peer.name} ({KINDS[peer.kind]})" if peer.name != KINDS[peer.kind] else peer.name,
        peer.version or NOTHING,
        known(own, seconds),
        NOTHING if own is None else spread(peer.seconds),
        NOTHING if own is None else f"{len(peer.seconds):,}",
        known(ratio, times),
        known(peer.import_seconds, seconds),
        known(peer.first_call_seconds, seconds),
        known(peer.peak_bytes, size),
        _answers(peer),
    )


def _answers(peer: PeerResult) -> Cell:
    if figure(peer) is None:
        return Mark(f"no figure: {peer.error or 'it was not timed'}", "bad")
    return Mark(f"differ: {peer.verified}", "bad") if peer.verified else Mark("right", "good")
