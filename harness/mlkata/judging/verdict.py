"""Judges one answer to one case: a pure function of the case, the answer and the expected answer."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

import numpy as np

from mlkata.tracks.model import FAILING_KINDS, Answer, Case, Kind, Status, Verdict


def judge(case: Case, answer: Answer, expected: Answer) -> Verdict:
    """Return the verdict on one answer. Pure: the same arguments always give the same verdict."""
    if answer.unsolved:
        return replace(unsolved(case, answer), expected=expected)
    verdict = Verdict(case.check, Status.PASS, case=case, answer=answer, expected=expected)
    if expected.kind is Kind.RAISED and expected.raised is not None:
        return _judge_error(verdict, answer, expected.raised.types[0])
    if answer.kind is not Kind.VALUE:
        status = Status.FAIL if answer.kind in FAILING_KINDS else Status.ERROR
        return replace(verdict, status=status, code=answer.kind, message=answer.message)
    with np.errstate(all="ignore"):  # overflow comes from a wrong answer
        message = case.check.judge(case.steps, answer.values, expected.values)
    if message and case.check.hostile:
        message += (
            " (here np.argpartition returns the k smallest in another order, which its documentation allows)"
        )
    message = message or _too_much(case, answer)
    if message:
        return replace(verdict, status=Status.FAIL, message=message)
    if case.check.score is None:
        return verdict
    score = case.check.score(case.steps, answer)
    if not (isfinite(score.score) and isfinite(score.cost)):
        return replace(verdict, status=Status.FAIL, message=f"the score is {score.score}: expected a number")
    return replace(verdict, status=Status.OPEN, score=score)


def unsolved(case: Case, answer: Answer) -> Verdict:
    """Return the verdict on a function that is missing, or still the stub's."""
    message = (answer.raised.message if answer.raised else "") or "not solved yet"
    return Verdict(case.check, Status.UNSOLVED, message=message, case=case, answer=answer)


def _too_much(case: Case, answer: Answer) -> str | None:
    """Return how a right answer took more memory or distances than its check allows, or None."""
    for index, peak in answer.peaks.items():
        if peak > case.caps[index]:
            function, cap = case.steps[index].function, case.caps[index]
            return f"{function} took {peak / 1024:.0f} KiB at its peak; {cap / 1024:.0f} KiB are allowed"
    for dist, count in zip(case.dists, answer.evaluations, strict=True):
        if dist.budget is not None and count > dist.budget:
            return f"computed {count} distances with dist; the contract allows {dist.budget} here"
    return None


def _judge_error(verdict: Verdict, answer: Answer, expected_type: str) -> Verdict:
    if answer.kind is Kind.RAISED and answer.raised is not None:
        if expected_type in answer.raised.types:
            return verdict
        message = f"raised {answer.raised}; expected {expected_type}"
        return replace(verdict, status=Status.FAIL, code=Kind.RAISED, message=message)
    if answer.kind in FAILING_KINDS:
        message = f"returned a value; expected {expected_type}"
        return replace(verdict, status=Status.FAIL, message=message)
    return replace(verdict, status=Status.ERROR, code=answer.kind, message=answer.message)
