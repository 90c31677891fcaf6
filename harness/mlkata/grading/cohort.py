"""Judge every submission of a cohort, i.e. of all that one `kata grade` is given, even if graders die.

A grader is a process (or a thread on a cluster) that judges submissions one after another. Submissions that
were judged before, with the same content and settings, are skipped, so the same command resumes after a kill
or a crash.
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

_IN_PROGRESS = 2
"""Submissions in progress for each grader: one is judged, and one waits so that the grader never does."""
_MAX_DEATHS = 3
"""A submission is not judged any more after this many graders have died while it was in progress."""
_KILLED = (
    f"not judged: the process that judged it was killed {_MAX_DEATHS} times (does it need too much memory?)"
)


class Pool(Protocol):
    """Graders that work in parallel."""

    @property
    def jobs(self) -> int:
        """The number of graders."""

    @property
    def worker_lost_errors(self) -> tuple[type[BaseException], ...]:
        """The exceptions of a future whose grader died."""

    def submit(self, item: Item) -> Future[dict[str, Any]]:
        """Submit one submission for judging."""

    def restart(self) -> None:
        """Replace graders that died."""

    def close(self) -> None:
        """Stop all graders."""


def item_of(entry: Entry) -> Item:
    """Return what a grader gets of a submission: its source or, if that cannot be read, the reason."""
    rounds = (entry.task,) if "." in entry.task else ()  # a sample of a model may answer one round only
    try:
        return Item(entry.id, entry.name, entry.read(), rounds=rounds)
    except KataError as error:
        return Item(entry.id, entry.name, source=b"", problem=str(error), rounds=rounds)


def grade(
    entries: Sequence[Entry],
    settings: Settings,
    journal: CohortJournal,
    pool: Callable[[], Pool],
    *,
    again: Collection[str] = (),
    on_judged: Callable[[int], None] = lambda count: None,
) -> dict[str, str]:
    """Judge the submissions without a verdict in the journal, and those whose ids are in `again`.

    `on_judged` is called with the number of submissions that are done since its last call. `pool` starts the
    graders, if any are needed. Return the ids of the submissions on which the kit itself failed, with its
    error: they get no verdict, so the next run tries them again. Raise KataError if a grader cannot work at
    all.
    """
    items = _missing(entries, settings, journal, again, on_judged)
    first = next(items, None)
    if first is None:
        return {}
    started_pool = pool()
    try:
        return _Run(chain([first], items), journal, started_pool, on_judged).finish()
    finally:
        started_pool.close()


def _missing(
    entries: Iterable[Entry],
    settings: Settings,
    journal: CohortJournal,
    again: Collection[str],
    on_judged: Callable[[int], None],
) -> Iterator[Item]:
    """Yield the submissions to judge; each is read only when it is about to be judged."""
    for entry in entries:
        item = item_of(entry)
        if entry.id not in again and journal.has(item.id, item.sha256, settings.digest(item.rounds)):
            on_judged(1)
        else:
            yield item


class _Run:
    """One run over the submissions; a submission whose grader died is judged again."""

    def __init__(
        self, items: Iterator[Item], journal: CohortJournal, pool: Pool, on_judged: Callable[[int], None]
    ) -> None:
        self._items = items
        self._journal = journal
        self._pool = pool
        self._on_judged = on_judged
        self._running: dict[Future[dict[str, Any]], Item] = {}
        self._suspects: deque[Item] = deque()
        """The submissions that were in progress when a grader died. They are judged at the end, one at a
        time, so that only the one that kills graders is counted again."""
        self._deaths: Counter[str] = Counter()
        """By id, how often graders died while the submission was in progress."""
        self._broken = False
        """Whether a grader has died since the pool was started last."""
        self._faults: dict[str, str] = {}

    def finish(self) -> dict[str, str]:
        """Judge all submissions; return the errors of the kit by id."""
        while self._fill():
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                self._take(future)
        return self._faults

    def _fill(self) -> bool:
        """Submit enough to keep all graders busy; return whether there is anything left to wait for."""
        if self._broken and self._running:
            return True  # all futures of a broken pool end soon, each with an exception
        if self._broken:
            self._pool.restart()
            self._broken = False
        while len(self._running) < _IN_PROGRESS * self._pool.jobs and not self._broken:
            item = next(self._items, None)
            if item is None:
                break
            self._send(item)
        if not self._running and self._suspects:
            self._send(self._suspects.popleft())
        return bool(self._running or self._broken)

    def _send(self, item: Item) -> None:
        """Submit a submission; if a grader died meanwhile, put it back for later."""
        try:
            self._running[self._pool.submit(item)] = item
        except self._pool.worker_lost_errors:
            self._broken = True
            self._items = chain([item], self._items)

    def _take(self, future: Future[dict[str, Any]]) -> None:
        """Record the result of a submission that is no longer in progress."""
        item = self._running.pop(future)
        try:
            self._journal.add(future.result())
        except self._pool.worker_lost_errors:
            self._broken = True
            self._deaths[item.id] += 1
            if self._deaths[item.id] == _MAX_DEATHS:
                item = replace(item, source=b"", problem=_KILLED)
            self._suspects.append(item)
            return
        except KataError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug of the kit must not stop the other submissions
            self._faults[item.id] = f"{type(error).__name__}: {error}"
        self._on_judged(1)
