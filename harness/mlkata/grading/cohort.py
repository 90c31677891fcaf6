"""Judge every submission of a cohort once, even if graders die.

Submissions already judged with the same content and settings are skipped, so the same command resumes after a
kill or a crash.
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
"""Submissions in progress for each grader: one being judged and one waiting."""
_DEATHS = 3
"""After this many deaths of graders during a submission, it is not judged any more."""
_KILLED = f"not judged: the process that judged it was killed {_DEATHS} times (does it need too much memory?)"


class Pool(Protocol):
    """Graders that work in parallel."""

    @property
    def jobs(self) -> int:
        """The number of graders."""

    @property
    def worker_lost_errors(self) -> tuple[type[BaseException], ...]:
        """What a future raises if its grader died."""

    def submit(self, item: Item) -> Future[dict[str, Any]]:
        """Submit one submission for judging."""

    def restart(self) -> None:
        """Replace graders that died."""

    def close(self) -> None:
        """Stop all graders."""


def item_of(entry: Entry) -> Item:
    """Return a submission with its source or, if that cannot be read, the reason."""
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
    """Judge what has not been judged; submissions in `again` are judged in any case.

    `on_judged` is called with the number of further verdicts. `pool` starts the graders, if any are needed.
    Returns the ids for which the kit itself failed, with the error: they have no verdict, so the next run
    tries them again. Raise KataError if a grader cannot work at all.
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
    """Yield the submissions to judge, each read when a grader is ready for it."""
    for entry in entries:
        item = item_of(entry)
        if entry.id not in again and journal.has(item.id, item.sha256, settings.digest(item.rounds)):
            on_judged(1)
        else:
            yield item


class _Run:
    """The submissions in a pool; one whose grader died is judged again."""

    def __init__(
        self, items: Iterator[Item], journal: CohortJournal, pool: Pool, on_judged: Callable[[int], None]
    ) -> None:
        self._items = items
        self._journal = journal
        self._pool = pool
        self._on_judged = on_judged
        self._running: dict[Future[dict[str, Any]], Item] = {}
        self._suspects: deque[Item] = deque()
        """Submissions during which a grader died; each runs alone, to find the one that kills graders."""
        self._deaths: Counter[str] = Counter()
        self._broken = False
        self._faults: dict[str, str] = {}

    def finish(self) -> dict[str, str]:
        """Judge all; return the errors of the kit by submission."""
        while self._fill():
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                self._take(future)
        return self._faults

    def _fill(self) -> bool:
        """Submit enough to keep all graders busy; return whether any is in progress."""
        if self._broken and self._running:
            return True  # the futures of a broken pool end soon
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
        except self._pool.worker_lost_errors:
            self._broken = True
            self._items = chain([item], self._items)

    def _take(self, future: Future[dict[str, Any]]) -> None:
        """Record a finished submission."""
        item = self._running.pop(future)
        try:
            self._journal.add(future.result())
        except self._pool.worker_lost_errors:
            self._broken = True
            self._deaths[item.id] += 1
            if self._deaths[item.id] == _DEATHS:
                item = replace(item, source=b"", problem=_KILLED)
            self._suspects.append(item)
            return
        except KataError:
            raise
        except Exception as error:  # noqa: BLE001 - our error on one submission must not stop the others
            self._faults[item.id] = f"{type(error).__name__}: {error}"
        self._on_judged(1)
