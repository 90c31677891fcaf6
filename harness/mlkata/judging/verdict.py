"""Compares one answer with the expected answer, and returns the verdict.

A case is a list of calls whose arguments were drawn for one check. The answer comes from the judged code, the
expected answer from the track's oracle (scikit-learn).
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

import numpy as np

from mlkata.tracks.model import FAILING_KINDS, Answer, Case, Kind, Status, Verdict


def judge(case: Case, answer: Answer, expected: Answer) -> Verdict:
    """Return the verdict on one answer to a case; the same arguments always give the same verdict.

    `expected` is the oracle's answer. It may be an error, if the contract demands one for this input.
    """
    if answer.unsolved:
        return replace(unsolved(case, answer), expected=expected)
    verdict = Verdict(case.check, Status.PASS, case=case, answer=answer, expected=expected)
    if expected.kind is Kind.RAISED and expected.raised is not None:
        return _judge_error(verdict, answer, expected.raised.types[0])
    if answer.kind is not Kind.VALUE:
        # A wrong value or exception is a failure; a crash, a timeout or too much memory is an error.
        status = Status.FAIL if answer.kind in FAILING_KINDS else Status.ERROR
        return replace(verdict, status=status, code=answer.kind, message=answer.message)
    with np.errstate(all="ignore"):  # overflow comes from a wrong answer
        message = case.check.judge(case.steps, answer.values, expected.values)
    if message and case.check.hostile:
        # Only such checks replace np.argpartition. With the usual one the candidate's function may be right,
        # so say what differs here.
        message += (
            " (here np.argpartition returns the k smallest in another order, which its documentation allows)"
        )
    message = message or _over_limit(case, answer)
    if message:
        return replace(verdict, status=Status.FAIL, message=message)
    if case.check.score is None:
        return verdict
    score = case.check.score(case.steps, answer)
    if not (isfinite(score.score) and isfinite(score.cost)):
        return replace(
            verdict,
            status=Status.FAIL,
            message=f"the score is {score.score}, its cost {score.cost}: expected finite numbers",
        )
    return replace(verdict, status=Status.OPEN, score=score)


def unsolved(case: Case, answer: Answer) -> Verdict:
    """Return the verdict on a function that is missing, or still the stub's."""
    message = (answer.raised.message if answer.raised else "") or "not solved yet"
    return Verdict(case.check, Status.UNSOLVED, message=message, case=case, answer=answer)


def _over_limit(case: Case, answer: Answer) -> str | None:
    """Return a line if the calls took more memory or computed more distances than allowed, else None."""
    for index, peak in answer.peaks.items():
        if peak > case.caps[index]:
            function, cap = case.steps[index].function, case.caps[index]
            return f"{function} took {peak / 1024:.0f} KiB at its peak; {cap / 1024:.0f} KiB are allowed"
    for dist, count in zip(case.dists, answer.evaluations, strict=True):
        if dist.budget is not None and count > dist.budget:
            return f"computed {count} distances with dist; the contract allows {dist.budget} here"
    return None


def _judge_error(verdict: Verdict, answer: Answer, expected_type: str) -> Verdict:
    """Return the verdict on a case for which the contract demands an error of this type.

    An error of a derived type is right too.
    """
    if answer.kind is Kind.RAISED and answer.raised is not None:
        if expected_type in answer.raised.types:
            return verdict
        message = f"raised {answer.raised}; expected {expected_type}"
        return replace(verdict, status=Status.FAIL, code=Kind.RAISED, message=message)
    if answer.kind in FAILING_KINDS:  # a value, whether or not it is one that the contract allows
        message = f"returned a value; expected {expected_type}"
        return replace(verdict, status=Status.FAIL, message=message)
    return replace(verdict, status=Status.ERROR, code=answer.kind, message=answer.message)
