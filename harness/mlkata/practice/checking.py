"""Judge the candidate's file repeatedly, as `kata check` and `kata watch` do.

The file runs in worker processes. The oracle, which computes the expected answers with scikit-learn, is kept
from one judgement to the next, and workers for the next judgement are started in advance.
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
    """Ends the judgement of a file that has been saved again meanwhile.

    It is not derived from Exception, so that no handler of errors catches it.
    """


class Place(Protocol):
    """Where a candidate's files lie and which rounds have passed: a workspace or an interview."""

    @property
    def folder(self) -> Path:
        """The folder, in which counterexamples (small failing inputs) are kept, too."""

    def file(self, track: str) -> Path:
        """Return the path of the candidate's file for a track."""

    def passed(self) -> set[str]:
        """Return the rounds that have ever passed."""


class Checking:
    """Judges one track's file in a workspace or an interview, as often as `check` is called.

    `replay` is the command that judges a single check again, without the check's id at its end. `process` is
    the first worker's process, if it has been started already.
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
        """A line on the smaller input kept before, if `check` has just judged a single check; else empty."""
        self._oracle = Oracle(track)
        self._counterexamples = Counterexamples(place.folder, track)
        self._session: Session | None = None
        self._oracle_import = threading.Thread()  # never started: stands for "no import is running"
        # Two workers: the second one runs a failing case again, without the earlier calls.
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
        """Judge the current file on some rounds or, with `only`, on a single check.

        A single check must also pass on the smaller input kept for it before, if any. `stale()` is called
        between checks; it returns whether the file has been saved again. Raise Superseded in that case, and
        KataError if the file is missing or defines a function twice.

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
        stop_if_stale()  # `interrupt` has no effect before the session exists, so ask once more
        report = judge_rounds(session, rounds, passed=self._place.passed(), only=only, on_verdict=on_each)
        first = report.verdicts[0]
        on_kept_input = self._counterexamples.replayed(first, session.answer) if only else None
        self.note = _kept_input_note(on_kept_input) if on_kept_input else ""
        if on_kept_input is None or on_kept_input.status in FINE:
            return report
        return _with(report, first, on_kept_input)

    def smallest(self, report: Report, stale: Callable[[], bool] = lambda: False) -> Report:
        """Return the report with its first failure shown on the smallest input that is found in a second.

        Raise Superseded once `stale()` is true: the file has been saved again.
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
        """Start to import the oracle in a thread, since the search for a smaller input will need it.

        Expected answers to a check's own inputs are cached, so judging alone may not have imported the
        oracle.
        """
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
        """Start workers for the next judgement: they import numpy while the candidate reads or types."""
        self._end_session()
        self._workers.refill()

    def close(self) -> None:
        """Kill all workers."""
        self._end_session()
        self._workers.close()


class Practice(Checking):
    """Judges one track's file in a workspace."""

    def __init__(
        self, workspace: Workspace, track: Track, *, seed: int = 0, process: Process | None = None
    ) -> None:
        self.workspace = workspace
        seed_option = f" --seed {seed}" if seed else ""
        replay = f"kata check {track.name}{seed_option} --case"
        super().__init__(workspace, track, seed=seed, replay=replay, process=process)


def _with(report: Report, old: Verdict, new: Verdict) -> Report:
    """Return the report with the verdict `new` in place of `old`."""
    rounds = (
        replace(entry, verdicts=tuple(new if verdict is old else verdict for verdict in entry.verdicts))
        for entry in report.rounds
    )
    return replace(report, rounds=tuple(rounds))


def _kept_input_note(verdict: Verdict) -> str:
    """Return the line on a verdict on the input that was kept before."""
    if verdict.status in FINE:
        return "your code now passes on the smaller input that was found before"
    return "your code still fails on the smaller input that was found before:"


def _file(place: Place, track: Track) -> Path:
    """Return the path of the candidate's file. Raise KataError if the file is missing."""
    file = place.file(track.name)
    if not file.is_file():
        first = track.rounds[0].id
        raise KataError(f"no file {file}: run `kata open {first}` to create it")
    return file


def _refuse_redefinitions(submission: Submission) -> None:
    """Raise KataError if the file defines a function twice; a worker would report that later.

    Do nothing if the file is not valid Python: the worker reports the error.
    """
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        problem = admission.defined_twice(ast.parse(submission.source))
        if problem:
            raise KataError(f"{submission.name}: {problem}")
