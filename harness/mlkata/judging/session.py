"""Judges one submission, i.e. a candidate's file; these four lines are the core of the kit.

    for case in cases:                      # a check's calls, with arguments drawn for one seed
        answer = runner.answer(case)        # the candidate's functions, called in a worker process
        expected = oracle.answer(case)      # the same calls, answered by scikit-learn in this process
        verdict = judge(case, answer, expected)

While one case is judged, the worker already answers the next case, and the case after that is drawn.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

from mlkata.judging.oracle import Oracle
from mlkata.judging.verdict import judge, unsolved
from mlkata.tracks.catalogue import Track
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import FINE, Answer, Case, Check, Kind, Report, Round, RoundReport, Status, Verdict
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Runner, Submission

DEPENDS = "; alone it passes: the answer depends on earlier calls (a global, a default argument?)"
"""Added to the message if a case fails after earlier calls and passes in a new process."""


class Session:
    """One submission being judged on one track.

    `replay` is the command that judges one check again; the check's id is added to it. With
    `rerun_failures`, a failing case runs again in another worker, to see whether the failure depends on
    earlier calls. `draw(check, seed)` returns a case; a caller may pass a function that remembers cases.
    """

    def __init__(
        self,
        track: Track,
        submission: Submission,
        *,
        workers: Workers,
        oracle: Oracle,
        seed: int = 0,
        replay: str = "",
        rerun_failures: bool = True,
        draw: Callable[[Check, int], Case] = draw,
    ) -> None:
        self.track = track
        self.submission = submission
        self.workers = workers
        self.oracle = oracle
        self.seed = seed
        self.replay = replay
        self._rerun_failures = rerun_failures
        self._draw = draw
        self._runner = Runner(submission, track.contracts, workers)
        self._rerun_runner = Runner(submission, track.contracts, workers)
        self._rerun_functions: set[tuple[str, str]] = set()
        """Round and function of each failure that has been rerun."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill the workers."""
        self._runner.close()
        self._rerun_runner.close()

    def defined_twice(self) -> str:
        """Return a line about a function that the file defines twice, or ""."""
        return self._runner.defined_twice()

    def answer(self, case: Case, at_most: float | None = None) -> Answer:
        """Return the submission's answer to a case; `at_most` lowers its limit of CPU seconds."""
        return self._runner.answer(case, at_most=at_most)

    def verdict(self, check: Check) -> Verdict:
        """Judge one check."""
        return next(self.verdicts([check]))

    def verdicts(self, checks: Iterable[Check]) -> Iterator[Verdict]:
        """Yield verdicts in the order of the checks, each as soon as the check's case is answered.

        If the caller closes the generator early, the worker can still be used; an exception kills it.
        """
        drawer = ThreadPoolExecutor(1, thread_name_prefix="drawer")
        pool = ThreadPoolExecutor(1, thread_name_prefix="worker")
        drawn = [drawer.submit(self._draw, check, self.seed) for check in checks]
        pending = [pool.submit(self._answer, case) for case in drawn]
        try:
            if pending:
                self._warm_oracle()
            for future in pending:
                case, answer, seconds = future.result()
                yield self._judged(case, answer, seconds)
        except GeneratorExit:  # closed early: keep the worker
            raise
        except BaseException:
            self._runner.close()  # so that the thread which waits for the worker ends
            raise
        finally:
            drawer.shutdown(cancel_futures=True)
            pool.shutdown(cancel_futures=True)

    def _warm_oracle(self) -> None:
        """Import scikit-learn while the worker answers, if the oracle has no cache on the disk."""
        if not self.oracle.keep:
            _ = self.track.oracle

    def _answer(self, drawn: Future[Case]) -> tuple[Case, Answer, float]:
        """Return a case that another thread draws, the submission's answer, and the seconds it took."""
        case = drawn.result()
        started = time.perf_counter()
        answer = self._runner.answer(case)
        return case, answer, time.perf_counter() - started

    def _judged(self, case: Case, answer: Answer, seconds: float) -> Verdict:
        if answer.unsolved:  # nothing to compare: the oracle is not needed
            verdict = unsolved(case, answer)
        else:
            # Some checks need no expected answer, such as one that knows the distribution of a sampler.
            expected = self.oracle.answer(case) if case.check.expects else Answer(Kind.VALUE)
            verdict = judge(case, answer, expected)
        if verdict.status is Status.FAIL:
            verdict = replace(verdict, message=verdict.message + self._depends_on_earlier(case, expected))
        return replace(verdict, replay=f"{self.replay} {shlex.quote(case.check.id)}", seconds=seconds)

    def _depends_on_earlier(self, case: Case, expected: Answer) -> str:
        """Run a failing case in a second worker; return DEPENDS if it passes there, else "".

        This is done once for each function of a round, so that the dependence is reported once. The second
        worker has run nothing, or only cases that failed there too. A new worker for each case would take
        longer than judging a whole round.
        """
        key = (case.check.round_id, case.check.function)
        if key in self._rerun_functions or not self._rerun_failures:
            return ""
        self._rerun_functions.add(key)
        if judge(case, self._rerun_runner.answer(case), expected).status not in FINE:
            return ""
        self._rerun_runner.renew()  # this call may have left state behind too
        return DEPENDS


def judge_rounds(
    session: Session,
    rounds: Sequence[Round],
    *,
    passed: Collection[str] | None = None,
    only: Check | None = None,
    on_verdict: Callable[[Verdict], None] = lambda verdict: None,
) -> Report:
    """Judge a submission on whole rounds, or on one check of them.

    `kata check` in a workspace passes the ids of the rounds that have passed before, as `passed`. A round is
    then skipped unless all rounds that it needs have passed, before or in this run. Without `passed`, as in
    grading, no round is skipped.
    """
    started = time.perf_counter()
    reports: list[RoundReport] = []
    passed_rounds = set(passed or ())
    for round_ in [session.track.round(only.round_id)] if only else rounds:
        checks = [only] if only else session.track.checks_of(round_)
        missing = [need for need in round_.needs if need not in passed_rounds] if passed is not None else []
        verdicts = []
        if missing and not only:
            message = f"needs {', '.join(missing)}"
            if not {report.round.id for report in reports}.issuperset(missing):
                message += f"; run `kata check {session.track.name}`, which judges earlier rounds too"
            verdicts = [Verdict(check, Status.SKIP, message=message) for check in checks]
        else:
            for verdict in session.verdicts(checks):
                on_verdict(verdict)
                verdicts.append(verdict)
        reports.append(RoundReport(round_, tuple(verdicts)))
        if reports[-1].status in FINE:
            passed_rounds.add(round_.id)
        else:
            passed_rounds.discard(round_.id)
    return Report(
        track=session.track.name,
        submission=session.submission.name,
        seed=session.seed,
        isolation=session.workers.tier,
        rounds=tuple(reports),
        seconds=time.perf_counter() - started,
    )
