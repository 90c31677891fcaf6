"""Judges a cohort: every submission once, whatever happens in between.

What has been judged already, with the same content and under the same settings, is left alone; so
the same command goes on where a kill or a crash ended it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from itertools import chain
from typing import Any, Protocol

from mlkata.grading.cohort_journal import CohortJournal
from mlkata.grading.entries import Entry
from mlkata.grading.grader import Item, Settings
from mlkata.tracks.model import KataError

_AHEAD = 2
"""Submissions on their way for each grader: one at hand and one that waits."""
_DEATHS = 3
"""A submission during which graders have died so often is not judged any more."""
_KILLED = f"not judged: the process that judged it was killed {_DEATHS} times (is there memory for it?)"


class Pool(Protocol):
    """Graders that work side by side."""

    @property
    def jobs(self) -> int:
        """How many there are."""

    @property
    def lost(self) -> tuple[type[BaseException], ...]:
        """What a future raises whose grader has died."""

    def submit(self, item: Item) -> Future[dict[str, Any]]:
        """Have one submission judged."""

    def restart(self) -> None:
        """Replace graders that have died."""

    def close(self) -> None:
        """Stop all graders."""


def item_of(entry: Entry) -> Item:
    """Read a submission; where that fails, the reason is all there is to it."""
    rounds = (entry.task,) if "." in entry.task else ()
    try:
        return Item(entry.id, entry.name, entry.read(), rounds=rounds)
    except KataError as error:
        return Item(entry.id, entry.name, b"", problem=str(error), rounds=rounds)


def grade(
    entries: Sequence[Entry],
    settings: Settings,
    journal: CohortJournal,
    pool: Callable[[], Pool],
    *,
    again: Collection[str] = (),
    on_judged: Callable[[int], None] = lambda count: None,
) -> dict[str, str]:
    """Judge what has not been judged; `again` names those that are, whatever has been.

    `on_judged` hears how many more have a verdict. `pool` starts the graders, if any are needed.
    Returns the ids for which the kit itself failed, and how: they have no verdict, so that the next run
    tries them again. Raises KataError if a grader cannot work at all.
    """
    items = _missing(entries, settings, journal, again, on_judged)
    first = next(items, None)
    if first is None:
        return {}
    graders = pool()
    try:
        return _Run(chain([first], items), journal, graders, on_judged).finish()
    finally:
        graders.close()


def _missing(
    entries: Iterable[Entry],
    settings: Settings,
    journal: CohortJournal,
    again: Collection[str],
    on_judged: Callable[[int], None],
) -> Iterator[Item]:
    """Read one submission after the other, as graders ask for them."""
    for entry in entries:
        item = item_of(entry)
        if entry.id not in again and journal.has(item.id, item.sha256, settings.digest(item.rounds)):
            on_judged(1)
        else:
            yield item


class _Run:
    """Submissions on their way through a pool, and back where graders have died."""

    def __init__(
        self, items: Iterator[Item], journal: CohortJournal, pool: Pool, on_judged: Callable[[int], None]
    ) -> None:
        self._items = items
        self._journal = journal
        self._pool = pool
        self._on_judged = on_judged
        self._running: dict[Future[dict[str, Any]], Item] = {}
        self._suspects: deque[Item] = deque()
        """During these graders have died; each runs alone, so that whoever kills them is found."""
        self._deaths: Counter[str] = Counter()
        self._broken = False
        self._faults: dict[str, str] = {}

    def finish(self) -> dict[str, str]:
        """Judge all; give what the kit failed at."""
        while self._fill():
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                self._take(future)
        return self._faults

    def _fill(self) -> bool:
        """Send out as many as keep all graders busy; is any on its way?"""
        if self._broken and self._running:
            return True  # what a broken pool had at hand comes back soon
        if self._broken:
            self._pool.restart()
            self._broken = False
        while len(self._running) < _AHEAD * self._pool.jobs and not self._broken:
            item = next(self._items, None)
            if item is None:
                break
            self._send(item)
        if not self._running and self._suspects:
            self._send(self._suspects.popleft())
        return bool(self._running or self._broken)

    def _send(self, item: Item) -> None:
        try:
            self._running[self._pool.submit(item)] = item
        except self._pool.lost:
            self._broken = True
            self._items = chain([item], self._items)

    def _take(self, future: Future[dict[str, Any]]) -> None:
        """Write down what has come back."""
        item = self._running.pop(future)
        try:
            self._journal.add(future.result())
        except self._pool.lost:
            self._broken = True
            self._deaths[item.id] += 1
            if self._deaths[item.id] == _DEATHS:
                item = replace(item, source=b"", problem=_KILLED)
            self._suspects.append(item)
            return
        except KataError:
            raise
        except Exception as error:  # noqa: BLE001 - one submission on which we fail must not stop a thousand
            self._faults[item.id] = f"{type(error).__name__}: {error}"
        self._on_judged(1)
