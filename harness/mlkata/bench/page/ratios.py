"""Compute ratios of times: the lead over other implementations, and the changes since another run.

A row is one call on one data set; its peers are the implementations that were timed. A peer's figure is the
median of its runs, in seconds. A peer counts only if its answers are right, since a wrong answer may need
less time. Its kind is `ours` (a solution of mlkata), `baseline` (scikit-learn) or `peer` (another library).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from mlkata.bench.results import Ladder, PeerResult, Results, RowResult

OTHER_LIBRARY = "peer"
"""The `kind` in results.json of a peer that is neither one of our solutions nor scikit-learn."""
FEW = 4
"""A change between figures with fewer runs than this is marked as doubtful. A figure counts as changed if its
two intervals, from the fastest to the slowest run, do not overlap. For two equally fast sets of four runs
this happens by chance in 2 of the C(8, 4) = 70 orders of the runs, i.e. in 1 of 35 cases; with fewer runs it
happens more often."""


@dataclass(frozen=True)
class Ratio:
    """A ratio of speeds: `value` of the medians, `low` and `high` the extremes over all pairs of runs."""

    value: float
    low: float
    high: float


def median_seconds(peer: PeerResult) -> float | None:
    """Return the median of a peer's runs, or None if it was not timed."""
    return median(peer.seconds) if peer.seconds and not peer.error else None


def counts(peer: PeerResult) -> bool:
    """Return whether a peer takes part in comparisons: it was timed, and its answers are right."""
    return median_seconds(peer) is not None and not peer.difference


def fastest(row: RowResult, kind: str) -> PeerResult | None:
    """Return the fastest peer of a kind (ours, baseline, OTHER_LIBRARY) among those that count, or None."""
    peers = [peer for peer in row.peers if peer.kind == kind and counts(peer)]
    return min(peers, key=lambda peer: median(peer.seconds), default=None)


def ratio(slower: Iterable[float], faster: Iterable[float]) -> Ratio:
    """Return how many times as fast `faster` is as `slower`, given the seconds of their runs."""
    slow, fast = tuple(slower), tuple(faster)
    return Ratio(median(slow) / median(fast), min(slow) / max(fast), max(slow) / min(fast))


def lead_over(row: RowResult, kind: str) -> Ratio | None:
    """Return how many times as fast our fastest solution is as the fastest peer of a kind, or None."""
    ours, other = fastest(row, "ours"), fastest(row, kind)
    return ratio(other.seconds, ours.seconds) if ours and other else None


@dataclass(frozen=True)
class Family:
    """The rows of one family, and our lead over others in them."""

    name: str
    rows: tuple[RowResult, ...]

    @property
    def counted_rows(self) -> tuple[RowResult, ...]:
        """The rows that one of our solutions answers right.

        Rows that were timed on a busy machine are left out, unless all of them were.
        """
        answered = [row for row in self.rows if fastest(row, "ours")]
        return tuple([row for row in answered if not row.busy] or answered)

    def leads_over(self, kind: str) -> list[Ratio]:
        """Return our lead over the fastest peer of a kind, in each counted row with one, smallest first."""
        leads = [lead for row in self.counted_rows if (lead := lead_over(row, kind))]
        return sorted(leads, key=lambda lead: lead.value)

    def fastest_others(self) -> list[str]:
        """Return each library that is the fastest other library in some row, the most frequent first."""
        names = [peer.name for row in self.counted_rows if (peer := fastest(row, OTHER_LIBRARY))]
        return sorted(dict.fromkeys(names), key=lambda name: -names.count(name))


def families(results: Results) -> list[Family]:
    """Return the rows grouped by family, in their order."""
    names = dict.fromkeys(row.family for row in results.rows)
    return [Family(name, tuple(row for row in results.rows if row.family == name)) for name in names]


@dataclass(frozen=True)
class LadderStep:
    """One rung of a ladder, i.e. of the versions of a function from slow to fast."""

    name: str
    text: str
    """What makes this version faster than the one before."""
    seconds: tuple[float, ...]
    gain: Ratio | None
    """The speed relative to the rung before; None for the lowest rung."""
    total: Ratio
    """The speed relative to the lowest rung."""


def steps(ladder: Ladder) -> Iterator[LadderStep]:
    """Yield the steps of a ladder, from the lowest rung."""
    rungs_before: list[tuple[float, ...] | None] = [None, *(rung.seconds for rung in ladder.rungs)]
    for before, rung in zip(rungs_before, ladder.rungs, strict=False):
        gain = ratio(before, rung.seconds) if before else None
        yield LadderStep(
            rung.name, rung.text, rung.seconds, gain, ratio(ladder.rungs[0].seconds, rung.seconds)
        )


class Change(StrEnum):
    """How a peer's figure changed since an earlier run of `kata bench`."""

    FASTER = "faster"
    SLOWER = "slower"
    NONE = "no measurable change"


@dataclass(frozen=True)
class Compared:
    """A peer's results in a run of `kata bench` (`now`) and in an earlier one (`before`), on one row."""

    row: RowResult
    now: PeerResult
    before: PeerResult
    change: Change
    doubt: str
    """Why a change may be due to chance: `few runs`, or `busy` for the machine; empty without a reason."""

    @property
    def ratio(self) -> Ratio:
        """The speed relative to before."""
        return ratio(self.before.seconds, self.now.seconds)


def compare(now: Results, before: Results) -> list[Compared]:
    """Compare the peers that count in both runs of `kata bench`, row by row."""
    earlier = {row.id: row for row in before.rows}
    return [
        _compared(row, peer, other, busy=row.busy or earlier[row.id].busy)
        for row in now.rows
        if row.id in earlier
        for peer in row.peers
        for other in earlier[row.id].peers
        if peer.name == other.name and counts(peer) and counts(other)
    ]


def _compared(row: RowResult, now: PeerResult, before: PeerResult, *, busy: bool) -> Compared:
    change = Change.NONE
    if max(now.seconds) < min(before.seconds):
        change = Change.FASTER
    elif min(now.seconds) > max(before.seconds):
        change = Change.SLOWER
    few = min(len(now.seconds), len(before.seconds)) < FEW
    return Compared(row, now, before, change, "busy" if busy else "few runs" if few else "")


def differences(now: Results, before: Results) -> Iterator[str]:
    """Yield what else differs between two runs of `kata bench`, such as the processor."""
    for what, new, old in (
        ("processor", now.machine.cpu, before.machine.cpu),
        ("cores", now.machine.cores, before.machine.cores),
        ("system", now.machine.system, before.machine.system),
        ("Python", now.machine.python, before.machine.python),
        ("threads", now.threads, before.threads),
        ("seed", now.seed, before.seed),
        *(
            (name, now.versions.get(name), before.versions.get(name))
            for name in {**now.versions, **before.versions}
        ),
    ):
        if new != old:
            yield f"{what}: {_or_none(old)} then, {_or_none(new)} now"


def _or_none(value: object) -> str:
    return "none" if value is None else str(value)
