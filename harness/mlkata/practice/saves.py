"""Judges a file at once and at every save, in threads of its own, and tells what comes out.

`kata watch` shows it, line by line or as an application. A save ends the judgement of what was saved
before: nobody waits for a verdict on a file that is no more.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from mlkata.practice.checking import Practice, Superseded
from mlkata.practice.file_watch import INTERVAL, changes
from mlkata.tracks.model import KataError, Report, Round


@dataclass(frozen=True)
class Started:
    """A save is being judged."""


@dataclass(frozen=True)
class Judged:
    """The verdicts on a save."""

    report: Report
    opened: tuple[Round, ...]
    """The rounds that are open since then."""
    whole: bool
    """Has a smaller input for the first failure been looked for? Until then the same comes once more."""


@dataclass(frozen=True)
class Refused:
    """A file that cannot be judged, and why, in one line."""

    reason: str


Told = Started | Judged | Refused


class Saves:
    """What happens to one file, told in the order in which it happens.

    To be used in a `with`, at whose end the threads are gone.
    """

    def __init__(self, practice: Practice, interval: float = INTERVAL) -> None:
        self._practice = practice
        self._interval = interval
        self._told: queue.SimpleQueue[Told | BaseException | None] = queue.SimpleQueue()
        self._saved = threading.Event()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._poll, self._judge)]

    def __enter__(self) -> Self:
        for one in self._threads:
            one.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        for one in self._threads:
            one.join()

    def __iter__(self) -> Iterator[Told]:
        """Wait for what is told next, until the end; a fault of the kit is raised here."""
        while (told := self._told.get()) is not None:
            if isinstance(told, BaseException):
                raise told
            yield told

    def end(self) -> None:
        """Stop judging; whoever iterates comes to an end."""
        self._ended.set()
        self._saved.set()
        self._practice.interrupt()
        self._told.put(None)

    def _poll(self) -> None:
        for _ in changes([self._practice.file], self._interval, self._ended.is_set):
            self._saved.set()
            self._practice.interrupt()

    def _judge(self) -> None:
        try:
            while True:
                self._saved.wait()
                if self._ended.is_set():
                    return
                self._saved.clear()
                self._told.put(Started())
                self._judge_once()
                self._practice.refill()
        except BaseException as error:  # noqa: BLE001 - raised again where it is heard
            self._told.put(error)

    def _judge_once(self) -> None:
        """Tell the verdicts before a smaller input is looked for, which takes a while."""
        practice, stale = self._practice, self._saved.is_set
        try:
            report = practice.check(practice.workspace.opened(practice.track.name), stale=stale)
            opened = tuple(practice.workspace.record(report))
            self._told.put(Judged(report, opened, whole=False))
            self._told.put(Judged(practice.smallest(report, stale), opened, whole=True))
        except Superseded:
            return
        except KataError as error:
            self._told.put(Refused(str(error)))
