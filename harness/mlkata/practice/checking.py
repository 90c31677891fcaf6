"""Check a candidate's file repeatedly, with workers and the oracle kept between checks.

`kata check` and `kata watch` use `Practice`; the pytest plugin keeps one session for all its tests.
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
    """Ends a check whose file has been saved again. Not an Exception, so that no error handler catches it."""


class Place(Protocol):
    """Where a candidate's files lie and which rounds have passed: a workspace or an interview."""

    @property
    def folder(self) -> Path:
        """The folder, which also holds counterexamples."""

    def file(self, track: str) -> Path:
        """Return the path of the candidate's file for a track."""

    def passed(self) -> set[str]:
        """Return the rounds that have ever passed."""


class Checking:
    """One track's file in a place, with workers started in advance and an oracle that caches its answers.

    `replay` is the command that runs a check again, without its id; `process` is the first worker's process
    if it has been started already.
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
        """The file as it was last judged."""
        self.note = ""
        """The result on the smaller input found before, if a single check was requested."""
        self._oracle = Oracle(track)
        self._counterexamples = Counterexamples(place.folder, track)
        self._session: Session | None = None
        self._oracle_import = threading.Thread()
        # The second worker runs a failing case again.
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
        """Judge the current file on some rounds or on one check.

        A single check must also pass on the smaller input found for it before. Raises
        KataError if the file is missing or defines a function twice, Superseded once it is `stale`.
        Call `smallest` once the report is shown, then `refill`.
        """

        def stop_if_stale() -> None:
            if stale():
                raise Superseded

        def on_each(verdict: Verdict) -> None:
            stop_if_stale()
            if shrink.can_shrink(verdict) and not self._oracle_import.is_alive():
                self._oracle_import = self._start_oracle_import()
            on_verdict(verdict)

        self._end_session()
        submission = self.submission = read_submission(self.file)
        _refuse_redefinitions(submission)
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
        stop_if_stale()  # an interrupt before the session existed has set `stale`
        report = judge_rounds(session, rounds, passed=self._place.passed(), only=only, on_verdict=on_each)
        drawn = report.verdicts[0]
        replayed = self._counterexamples.replayed(drawn, session.answer) if only else None
        self.note = _replay_note(replayed) if replayed else ""
        return _with(report, drawn, replayed) if replayed and replayed.status not in FINE else report

    def smallest(self, report: Report, stale: Callable[[], bool] = lambda: False) -> Report:
        """Return the report with its first failure on the smallest input found within a second.

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
        """Kill the worker of the running check; may be called from another thread."""
        if self._session is not None:
            self._session.close()

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _start_oracle_import(self) -> threading.Thread:
        """Start to import the oracle in a thread: shrinking needs expected answers that are not cached."""
        thread = threading.Thread(target=lambda: self.track.oracle, name="oracle", daemon=True)
        thread.start()
        return thread

    def expected(self, case: Case) -> Answer:
        """Return the oracle's answer to a case."""
        return self._oracle.answer(case)

    def answer(self, case: Case) -> Answer:
        """Return the file's answer to a case that no check has drawn."""
        submission = read_submission(self.file)
        with Session(self.track, submission, workers=self._workers, oracle=self._oracle) as session:
            return session.answer(case)

    def refill(self) -> None:
        """Start workers for the next check, which import while the candidate reads or types."""
        self._end_session()
        self._workers.refill()

    def close(self) -> None:
        """Kill the worker that has answered and those that wait."""
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
    """Return the report with one verdict replaced."""
    rounds = (
        replace(entry, verdicts=tuple(new if verdict is old else verdict for verdict in entry.verdicts))
        for entry in report.rounds
    )
    return replace(report, rounds=tuple(rounds))


def _replay_note(replayed: Verdict) -> str:
    if replayed.status in FINE:
        return "your code now passes on the smaller input that was found before"
    return "your code still fails on the smaller input that was found before:"


def _file(place: Place, track: Track) -> Path:
    file = place.file(track.name)
    if not file.is_file():
        first = track.rounds[0].id
        raise KataError(f"no file {file}: run `kata open {first}` to create it")
    return file


def _refuse_redefinitions(submission: Submission) -> None:
    """Raise KataError if a function is defined twice. This is faster than asking a worker.

    A file that is not valid Python is left to the worker, which reports it.
    """
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        problem = admission.defined_twice(ast.parse(submission.source))
        if problem:
            raise KataError(f"{submission.name}: {problem}")
