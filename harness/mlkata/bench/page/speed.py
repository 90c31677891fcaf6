"""The summary, and each workload with all that were timed on it."""

from __future__ import annotations

from mlkata.bench.page.figures import Family, Ratio, ahead, families, fastest, figure, sound
from mlkata.bench.results import PeerResult as Peer
from mlkata.bench.results import Results
from mlkata.bench.results import RowResult as Row
from mlkata.report.page import bars
from mlkata.report.page.bars import Bar
from mlkata.report.page.document import PICTURE, Cell, Figure, Mark, Section, Table
from mlkata.report.page.markup import Markup
from mlkata.report.page.scales import Scale
from mlkata.report.units import NOTHING, multiple, seconds, size, spread, times

TONES = {"ours": "ours", "baseline": "baseline", "peer": "peer"}
KINDS = {"ours": "mlkata", "baseline": "scikit-learn", "peer": "another library"}
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
    lines = [_lead(family) for family in found]
    picture = _picture(lines, "Lead over scikit-learn in each family") if any(b.dots for b in lines) else None
    chart = Figure(
        "summary-leads", "Ahead of scikit-learn", picture, table, folded=False,
        notes=(Mark("A dot is a workload; a bar ends at the least lead; the scale is logarithmic.", PICTURE),)
        if picture else (),
    )  # fmt: skip
    return Section("summary", "Summary", words, (chart,))


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
    text = plain_range(found)
    return Bar(family.name, text, dots[0] if dots else None, dots, "ours" if dots else "none")


def plain_range(found: list[Ratio]) -> str:
    """Write the least and the greatest lead."""
    cell = _range(found)
    return cell.text if isinstance(cell, Mark) else "no figure"


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
    scale = bars.scale_of(every, 1.0, log=True)
    figures = tuple(_figure(row, scale, results.rows.index(row)) for row in family.rows)
    return Section(f"family-{index}", family.name, (), figures)


def _figure(row: Row, scale: Scale, number: int) -> Figure:
    base = fastest(row, "baseline")
    drawn = _bars(row)
    alt = f"{row.title}: " + ", ".join(f"{bar.name} {bar.text}" for bar in drawn)
    picture = bars.draw(drawn, scale, 1.0, multiple, alt) if drawn else None
    table = Table(
        f"{row.track}, {row.function}: {row.title}",
        _HEAD,
        tuple(_peer(one, base) for one in row.peers),
        "llrrrrrrrw",
    )
    return Figure(
        f"row-{number}",
        row.title,
        picture,
        table,
        badge=BUSY if row.busy else None,
        notes=tuple(_notes(row, base)),
    )


def _bars(row: Row) -> list[Bar]:
    base = fastest(row, "baseline")
    base_time = figure(base) if base else None
    result = []
    for peer in sorted(row.peers, key=lambda peer: figure(peer) or float("inf")):
        own = figure(peer)
        if own is None:
            result.append(Bar(peer.name, "no figure", None, (), "none"))
        elif base_time is None:
            result.append(
                Bar(peer.name, seconds(own), None, (), TONES[peer.kind] if sound(peer) else "wrong")
            )
        else:
            text = f"{times(base_time / own)} · {seconds(own)}"
            dots = tuple(base_time / one for one in peer.seconds)
            tone = TONES[peer.kind] if sound(peer) else "wrong"
            result.append(
                Bar(
                    peer.name,
                    text if sound(peer) else f"wrong answer · {seconds(own)}",
                    base_time / own,
                    dots,
                    tone,
                )
            )
    return result


def _notes(row: Row, base: Peer | None) -> list[Cell]:
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


def _peer(peer: Peer, base: Peer | None) -> tuple[Cell, ...]:
    own, base_time = figure(peer), figure(base) if base else None
    known = own is not None
    return (
        f"{peer.name} ({KINDS[peer.kind]})" if peer.name != KINDS[peer.kind] else peer.name,
        peer.version or NOTHING,
        seconds(own) if own is not None else NOTHING,
        spread(peer.seconds) if known else NOTHING,
        f"{len(peer.seconds):,}" if known else NOTHING,
        times(base_time / own) if own is not None and base_time is not None else NOTHING,
        _maybe(peer.import_seconds),
        _maybe(peer.first_call_seconds),
        size(peer.peak_bytes) if peer.peak_bytes is not None else NOTHING,
        _answers(peer),
    )


def _answers(peer: Peer) -> Cell:
    if figure(peer) is None:
        return Mark(f"no figure: {peer.error or 'it was not timed'}", "bad")
    return Mark(f"differ: {peer.verified}", "bad") if peer.verified else Mark("right", "good")


def _maybe(value: float | None) -> str:
    return seconds(value) if value is not None else NOTHING


def _picture(lines: list[Bar], alt: str) -> Markup:
    scale = bars.scale_of(lines, 1.0, log=True)
    told = "; ".join(f"{bar.name}: {bar.text}" for bar in lines)
    return bars.draw(lines, scale, 1.0, multiple, f"{alt}. {told}")
