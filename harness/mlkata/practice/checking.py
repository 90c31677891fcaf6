"""Checks a candidate's file again and again, keeping warm what need not be made anew.

`kata check` and `kata watch` call `Practice`; a workspace under pytest keeps one session for all its tests.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from mlkata.judging import shrink
from mlkata.judging.judge import read_submission
from mlkata.judging.oracle import Oracle
from mlkata.judging.session import Session, judge_rounds
from mlkata.practice.counterexamples import Counterexamples
from mlkata.practice.workspace import Workspace
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import FINE, Answer, Case, Check, KataError, Report, Round, Verdict
from mlkata.worker import admission
from mlkata.worker.parent import Workers
from mlkata.worker.process import Process
from mlkata.worker.runner import Submission


class Superseded(BaseException):
    """Ends a check whose file has been saved again; no error, so nothing that catches faults catches it."""


class Place(Protocol):
    """Where a candidate's files lie, and what has passed there: a workspace, or an interview."""

    @property
    def folder(self) -> Path:
        """Keeps counterexamples, too."""

    def file(self, track: str) -> Path:
        """Say where the candidate's file for a track lies."""

    def passed(self) -> set[str]:
        """Name the rounds that have ever passed."""


class Checking:
    """One track's file in some place, with workers started ahead and an oracle that remembers.

    `replay` is the command that runs a check again, without its id; `process` is that of the first
    worker, where it has been started already.
    """

    def __init__(
        self, place: Place, track: Track, *, seed: int, replay: str, process: Process | None = None
    ) -> None:
        self.track = track
        self.seed = seed
        self.file = _file(place, track)
        self.replay = replay
        self._place = place
        self.submission = read_submission(self.file)
        """The file as it was when it was judged last."""
        self.said = ""
        """What became of the smaller input found before, where one check was asked for."""
        self._oracle = Oracle(track)
        self._counterexamples = Counterexamples(place.folder, track)
        self._session: Session | None = None
        self._warming = threading.Thread()
        # The second runs a failing case again.
        self._workers = Workers(ahead=2, numba=self.submission.numba, first=process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def check(
        self,
        rounds: Sequence[Round],
        only: Check | None = None,
        on_verdict: Callable[[Verdict], None] = lambda _: None,
        stale: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Judge the file as it is now, on some rounds or on one check.

        One check alone has to pass on the smaller input that was found for it before, too. Raises
        KataError where the file is missing or defines a function twice, Superseded once it is `stale`.
        Call `smallest` once the report is shown, then `refill`.
        """

        def go_on() -> None:
            if stale():
                raise Superseded

        def heard(verdict: Verdict) -> None:
            go_on()
            if shrink.can_shrink(verdict) and not self._warming.is_alive():
                self._warming = self._warmed()
            on_verdict(verdict)

        self._end_session()
        submission = self.submission = read_submission(self.file)
        _refuse_twice(submission)
        if submission.numba != self._workers.numba:
            self._workers.close()
            self._workers.numba = submission.numba
        self._session = session = Session(
            self.track,
            submission,
            workers=self._workers,
            oracle=self._oracle,
            seed=self.seed,
            replay=self.replay,
        )
        go_on()  # whoever was too early to interrupt it has made it stale before
        report = judge_rounds(session, rounds, passed=self._place.passed(), only=only, on_verdict=heard)
        drawn = report.verdicts[0]
        found = self._counterexamples.replayed(drawn, session.answer) if only else None
        self.said = _said(found) if found else ""
        return _with(report, drawn, found) if found and found.status not in FINE else report

    def smallest(self, report: Report, stale: Callable[[], bool] = lambda: False) -> Report:
        """Show the first failure of the last report on the smallest input that is found, within a second.

        Raises Superseded once it is `stale`.
        """
        first, session = next(iter(report.wrong), None), self._session
        if first is None or session is None:
            return report

        def answer(case: Case, seconds: float) -> Answer:
            if stale():
                raise Superseded
            return session.answer(case, seconds)

        return _with(report, first, self._counterexamples.smallest(first, answer))

    def interrupt(self) -> None:
        """Kill the worker of the check that runs, from another thread: nobody waits for it any more."""
        if self._session is not None:
            self._session.close()

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _warmed(self) -> threading.Thread:
        """Import scikit-learn beside what is still judged: answers are known, those to smaller input not."""
        thread = threading.Thread(target=lambda: self.track.oracle, name="oracle", daemon=True)
        thread.start()
        return thread

    def expected(self, case: Case) -> Answer:
        """Say what scikit-learn answers to a case."""
        return self._oracle.answer(case)

    def answer(self, case: Case) -> Answer:
        """Have the file answer a case that no check has drawn."""
        submission = read_submission(self.file)
        with Session(self.track, submission, workers=self._workers, oracle=self._oracle) as session:
            return session.answer(case)

    def refill(self) -> None:
        """Start workers for the next check; they get ready while the candidate reads or types."""
        self._end_session()
        self._workers.refill()

    def close(self) -> None:
        """Kill the worker that has answered, and those that wait."""
        self._end_session()
        self._workers.close()


class Practice(Checking):
    """One track of a workspace."""

    def __init__(
        self, workspace: Workspace, track: Track, *, seed: int = 0, process: Process | None = None
    ) -> None:
        self.workspace = workspace
        seeded = f" --seed {seed}" if seed else ""
        replay = f"kata check {track.name}{seeded} --case"
        super().__init__(workspace, track, seed=seed, replay=replay, process=process)


def _with(report: Report, old: Verdict, new: Verdict) -> Report:
    """Put another verdict in the place of one."""
    rounds = (
        replace(one, verdicts=tuple(new if verdict is old else verdict for verdict in one.verdicts))
        for one in report.rounds
    )
    return replace(report, rounds=tuple(rounds))


def _said(replayed: Verdict) -> str:
    if replayed.status in FINE:
        return "your code passes now on the smaller input that was found before"
    return "your code still fails on the smaller input that was found before:"


def _file(place: Place, track: Track) -> Path:
    file = place.file(track.name)
    if not file.is_file():
        first = track.rounds[0].id
        raise KataError(f"no file {file}: expected your {track.name} there; `kata open {first}` makes it")
    return file


def _refuse_twice(submission: Submission) -> None:
    """Raise KataError where a function is defined twice, before a worker is asked: that takes longer.

    A file that is no Python goes on to the worker, which says so.
    """
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        twice = admission.defined_twice(ast.parse(submission.source))
        if twice:
            raise KataError(f"{submission.name}: {twice}")
