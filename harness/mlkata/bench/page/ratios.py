"""Makes ratios of times: who is ahead of whom, by how much, and what changed since another run.

The median of a peer's runs is its figure. A peer counts only where it answered right: whoever does
another job may take another time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from mlkata.bench.results import Ladder, PeerResult, Results, RowResult

FEW = 4
"""Of two times four equal runs, chance alone keeps 1 pair in 35 apart; of fewer, more."""


@dataclass(frozen=True)
class Ratio:
    """How many times as fast one is as another: of medians, and between the extremes of their runs."""

    value: float
    low: float
    high: float


def figure(peer: PeerResult) -> float | None:
    """Give a peer's median, if there is one."""
    return median(peer.seconds) if peer.seconds and not peer.error else None


def sound(peer: PeerResult) -> bool:
    """Has it a figure, and were its answers right?"""
    return figure(peer) is not None and not peer.verified


def fastest(row: RowResult, kind: str) -> PeerResult | None:
    """Find the fastest sound peer of a kind."""
    peers = [peer for peer in row.peers if peer.kind == kind and sound(peer)]
    return min(peers, key=lambda peer: median(peer.seconds), default=None)


def ratio(slower: Iterable[float], faster: Iterable[float]) -> Ratio:
    """Say how many times as fast the second is."""
    slow, fast = tuple(slower), tuple(faster)
    return Ratio(median(slow) / median(fast), min(slow) / max(fast), max(slow) / min(fast))


def ahead(row: RowResult, kind: str) -> Ratio | None:
    """Say how far our fastest is ahead of the fastest of a kind."""
    ours, other = fastest(row, "ours"), fastest(row, kind)
    return ratio(other.seconds, ours.seconds) if ours and other else None


@dataclass(frozen=True)
class Family:
    """The rows of one family, and how far we are ahead in each that can be trusted."""

    name: str
    rows: tuple[RowResult, ...]

    @property
    def trusted(self) -> tuple[RowResult, ...]:
        """The rows measured in quiet that have our right answer; busy ones where there is no other."""
        answered = [row for row in self.rows if fastest(row, "ours")]
        return tuple([row for row in answered if not row.busy] or answered)

    def ahead(self, kind: str) -> list[Ratio]:
        """Give the ratio of each trusted row that has one, lowest first."""
        found = [one for row in self.trusted if (one := ahead(row, kind))]
        return sorted(found, key=lambda one: one.value)

    def rivals(self) -> list[str]:
        """Name the best other peers, those that were it most often first."""
        names = [one.name for row in self.trusted if (one := fastest(row, "peer"))]
        return sorted(dict.fromkeys(names), key=lambda name: -names.count(name))


def families(results: Results) -> list[Family]:
    """Put rows of one family together, in the order in which they come."""
    names = dict.fromkeys(row.family for row in results.rows)
    return [Family(name, tuple(row for row in results.rows if row.family == name)) for name in names]


@dataclass(frozen=True)
class LadderStep:
    """One rung, and how many times as fast it is as the rung before and as the lowest."""

    name: str
    text: str
    seconds: tuple[float, ...]
    gain: Ratio | None
    total: Ratio


def steps(ladder: Ladder) -> Iterator[LadderStep]:
    """Climb a ladder."""
    before: list[tuple[float, ...] | None] = [None, *(rung.seconds for rung in ladder.rungs)]
    for last, rung in zip(before, ladder.rungs, strict=False):
        gain = ratio(last, rung.seconds) if last else None
        yield LadderStep(
            rung.name, rung.text, rung.seconds, gain, ratio(ladder.rungs[0].seconds, rung.seconds)
        )


class Change(StrEnum):
    """What became of a figure since another run."""

    FASTER = "faster"
    SLOWER = "slower"
    NONE = "no change that can be seen"


@dataclass(frozen=True)
class Compared:
    """A peer's figure beside the one that it had before."""

    row: RowResult
    peer: PeerResult
    before: PeerResult
    change: Change
    doubt: str
    """Why a change may be none: few runs, or a busy machine."""

    @property
    def ratio(self) -> Ratio:
        """How many times as fast as before."""
        return ratio(self.before.seconds, self.peer.seconds)


def compare(now: Results, before: Results) -> list[Compared]:
    """Hold each figure that both runs have against its earlier one."""
    earlier = {row.id: row for row in before.rows}
    return [
        _compared(row, peer, other, busy=row.busy or earlier[row.id].busy)
        for row in now.rows
        if row.id in earlier
        for peer in row.peers
        for other in earlier[row.id].peers
        if peer.name == other.name and sound(peer) and sound(other)
    ]


def _compared(row: RowResult, peer: PeerResult, before: PeerResult, *, busy: bool) -> Compared:
    change = Change.NONE
    if max(peer.seconds) < min(before.seconds):
        change = Change.FASTER
    elif min(peer.seconds) > max(before.seconds):
        change = Change.SLOWER
    few = min(len(peer.seconds), len(before.seconds)) < FEW
    return Compared(row, peer, before, change, "busy" if busy else "few runs" if few else "")


def differences(now: Results, before: Results) -> Iterator[str]:
    """Say what else is not as it was: a ratio may come from there."""
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
