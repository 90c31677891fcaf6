"""Judges one submission: the four lines that everything else calls.

    for case in cases:
        answer = runner.answer(case)        # the candidate's file, in its own process
        expected = oracle.answer(case)      # the same steps, answered by scikit-learn, here
        verdict = judge(case, answer, expected)

While one case is judged the worker already answers the next, and the one after it is drawn.
"""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from mlkata.judging.oracle import Oracle
from mlkata.tracks.catalogue import Track
from mlkata.tracks.drawing import draw
from mlkata.tracks.harmless import escaped
from mlkata.tracks.model import (
    FAILING_KINDS,
    FINE,
    Answer,
    Case,
    Check,
    KataError,
    Kind,
    Report,
    Round,
    RoundReport,
    Status,
    Verdict,
)
from mlkata.worker.parent import Workers
from mlkata.worker.runner import Runner, Submission
from mlkata.worker.tiers import Tier

MAX_SOURCE = 1 << 20
"""Bytes of a submission; nobody writes a megabyte in an interview."""
MAX_SEED = 2**32
DEPENDS = "; alone it passes: the answer depends on earlier calls (a global, a default argument?)"
"""What the message of such a failure ends in."""


def read_submission(path: Path) -> Submission:
    """Read a candidate's file. Raises KataError where there is none, or none that can be judged."""
    if not path.is_file():
        raise KataError(f"no file {path}: expected a Python file with the stub's functions")
    size = path.stat().st_size
    if size > MAX_SOURCE:
        raise KataError(f"{path} has {size} bytes: a submission may have {MAX_SOURCE}")
    try:
        return Submission(escaped(path.name), path.read_bytes())  # no name steers a terminal
    except OSError as error:
        raise KataError(f"cannot read {path}: {error.strerror}") from error


def fresh_seed() -> int:
    """Draw the seed of a grading run, which nobody could have foreseen; its report discloses it."""
    return secrets.randbelow(MAX_SEED)


class Session:
    """One submission being judged on one track.

    `replay` is the command that runs one check again, without the check's id. With `again`, what
    fails runs once more in another worker, to see whether it depends on earlier calls. `draw` may
    remember what it has drawn.
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
        again: bool = True,
        draw: Callable[[Check, int], Case] = draw,
    ) -> None:
        self.track = track
        self.submission = submission
        self.workers = workers
        self.oracle = oracle
        self.seed = seed
        self.replay = replay
        self._again = again
        self._draw = draw
        self._runner = Runner(submission, track.contracts, workers)
        self._second = Runner(submission, track.contracts, workers)
        self._rerun: set[tuple[str, str]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill the workers."""
        self._runner.close()
        self._second.close()

    def defined_twice(self) -> str:
        """Say in one line which function the file defines twice, if any."""
        return self._runner.defined_twice()

    def answer(self, case: Case, at_most: float | None = None) -> Answer:
        """Have the submission answer any case; `at_most` gives it fewer CPU seconds than usual."""
        return self._runner.answer(case, at_most=at_most)

    def verdict(self, check: Check) -> Verdict:
        """Judge one check."""
        return next(self.verdicts([check]))

    def verdicts(self, checks: Iterable[Check]) -> Iterator[Verdict]:
        """Judge checks in their order, each as soon as it is answered.

        Whoever stops early leaves the worker fit for more; whatever else ends this kills it.
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
        except GeneratorExit:
            raise
        except BaseException:
            self._runner.close()  # unblocks the thread that waits for it
            raise
        finally:
            drawer.shutdown(cancel_futures=True)
            pool.shutdown(cancel_futures=True)

    def _warm_oracle(self) -> None:
        """Import scikit-learn while the worker answers, where nothing may be known already."""
        if not self.oracle.keep:
            _ = self.track.oracle

    def _answer(self, drawn: Future[Case]) -> tuple[Case, Answer, float]:
        case = drawn.result()
        started = time.perf_counter()
        answer = self._runner.answer(case)
        return case, answer, time.perf_counter() - started

    def _judged(self, case: Case, answer: Answer, seconds: float) -> Verdict:
        if answer.unsolved:  # nothing to compare: scikit-learn need not be asked
            verdict = unsolved(case, answer)
        else:
            expected = self.oracle.answer(case) if case.check.expects else Answer(Kind.VALUE)
            verdict = judge(case, answer, expected)
        if verdict.status is Status.FAIL:
            verdict = replace(verdict, message=verdict.message + self._depends_on_earlier(case, expected))
        return replace(verdict, replay=f"{self.replay} {shlex.quote(case.check.id)}", seconds=seconds)

    def _depends_on_earlier(self, case: Case, expected: Answer) -> str:
        """Run a failing case in another worker: does it fail there, too?

        Once for each function: where one call leaves something behind, one message says so. The other
        worker is a fresh one, or has seen nothing but cases that failed there as well: starting one
        takes longer than a round.
        """
        key = (case.check.round_id, case.check.function)
        if key in self._rerun or not self._again:
            return ""
        self._rerun.add(key)
        if judge(case, self._second.answer(case), expected).status not in FINE:
            return ""
        self._second.renew()  # calls leave something behind
        return DEPENDS


def judge(case: Case, answer: Answer, expected: Answer) -> Verdict:
    """Judge one answer. Pure: the same three always give the same verdict."""
    if answer.unsolved:
        return replace(unsolved(case, answer), expected=expected)
    verdict = Verdict(case.check, Status.PASS, case=case, answer=answer, expected=expected)
    if expected.kind is Kind.RAISED and expected.raised is not None:
        return _judge_error(verdict, answer, expected.raised.types[0])
    if answer.kind is not Kind.VALUE:
        status = Status.FAIL if answer.kind in FAILING_KINDS else Status.ERROR
        return replace(verdict, status=status, code=answer.kind, message=answer.message)
    with np.errstate(all="ignore"):  # what overflows is the submission's number, and is wrong
        message = case.check.judge(case.steps, answer.values, expected.values)
    if message and case.check.hostile:
        message += " (here np.argpartition gives the k smallest in another order, as it may)"
    message = message or _too_much(case, answer)
    if message:
        return replace(verdict, status=Status.FAIL, message=message)
    if case.check.score is None:
        return verdict
    score = case.check.score(case.steps, answer)
    if not (isfinite(score.score) and isfinite(score.cost)):
        return replace(verdict, status=Status.FAIL, message=f"the score is {score.score}: expected a number")
    return replace(verdict, status=Status.OPEN, score=score)


def _too_much(case: Case, answer: Answer) -> str | None:
    """Say in which way a right answer took more than its check allows, or None."""
    for index, peak in answer.peaks.items():
        if peak > case.caps[index]:
            function, cap = case.steps[index].function, case.caps[index]
            return f"{function} took {peak / 1024:.0f} KiB at its peak, {cap / 1024:.0f} KiB are allowed"
    for dist, count in zip(case.dists, answer.evaluations, strict=True):
        if dist.budget is not None and count > dist.budget:
            return f"asked dist for {count} distances; the contract allows {dist.budget} here"
    return None


def unsolved(case: Case, answer: Answer) -> Verdict:
    """Give the verdict on a function that is not there, or still the stub's."""
    message = (answer.raised.message if answer.raised else "") or "not solved yet"
    return Verdict(case.check, Status.UNSOLVED, message=message, case=case, answer=answer)


def _judge_error(verdict: Verdict, answer: Answer, wanted: str) -> Verdict:
    if answer.kind is Kind.RAISED and answer.raised is not None:
        if wanted in answer.raised.types:
            return verdict
        message = f"raised {answer.raised}; the contract asks for {wanted}"
        return replace(verdict, status=Status.FAIL, code=Kind.RAISED, message=message)
    if answer.kind in FAILING_KINDS:
        message = f"returned a value; the contract asks for {wanted}"
        return replace(verdict, status=Status.FAIL, message=message)
    return replace(verdict, status=Status.ERROR, code=answer.kind, message=answer.message)


def judge_rounds(
    session: Session,
    rounds: Sequence[Round],
    *,
    passed: Collection[str] | None = None,
    only: Check | None = None,
    on_verdict: Callable[[Verdict], None] = lambda verdict: None,
) -> Report:
    """Judge a submission on whole rounds, or on one check of them.

    `passed` is given in practice: the rounds passed before; a round whose needs have not passed,
    then or now, is skipped. Grading leaves it out and skips nothing.
    """
    started = time.perf_counter()
    reports: list[RoundReport] = []
    known = set(passed or ())
    for round_ in [session.track.round(only.round_id)] if only else rounds:
        checks = [only] if only else session.track.checks_of(round_)
        missing = [need for need in round_.needs if need not in known] if passed is not None else []
        verdicts = []
        if missing and not only:
            message = f"needs {', '.join(missing)}"
            if not {one.round.id for one in reports}.issuperset(missing):
                message += f"; kata check {session.track.name} judges all open rounds"
            verdicts = [Verdict(check, Status.SKIP, message=message) for check in checks]
        else:
            for verdict in session.verdicts(checks):
                on_verdict(verdict)
                verdicts.append(verdict)
        reports.append(RoundReport(round_, tuple(verdicts)))
        if reports[-1].status in FINE:
            known.add(round_.id)
        else:
            known.discard(round_.id)
    return Report(
        track=session.track.name,
        submission=session.submission.name,
        seed=session.seed,
        isolation=session.workers.tier,
        rounds=tuple(reports),
        seconds=time.perf_counter() - started,
    )


def grade(
    track: Track,
    path: Path,
    rounds: Sequence[Round],
    *,
    seed: int = 0,
    only: Check | None = None,
    tier: Tier,
) -> Report:
    """Judge a file that may be anybody's: every round, nothing skipped, nothing left on the disk.

    Raises KataError where there is no such file or it defines a function twice.
    """
    submission = read_submission(path)
    workers = Workers(ahead=1, numba=submission.numba, tier=tier)
    oracle = Oracle(track, keep=False)  # a submission of this tier could read what we cache
    replay = f"kata check {track.name} --submission {shlex.quote(str(path))} --seed {seed} --case"
    try:
        with Session(track, submission, workers=workers, oracle=oracle, seed=seed, replay=replay) as session:
            twice = session.defined_twice()
            if twice:
                raise KataError(twice)
            return judge_rounds(session, rounds, only=only)
    finally:
        workers.close()
