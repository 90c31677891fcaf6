"""Finds a small input on which a submission still fails: few rows, few features, small whole numbers.

A smaller input is used only if the check's audit accepts it, i.e. it has exactly one right answer, and if the
track's reference.py passes on it. So the search never ends with a tie, where several answers are right, or
with input that the contract refuses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from mlkata.judging import reduce
from mlkata.judging.oracle import answer_with
from mlkata.judging.session import DEPENDS
from mlkata.judging.verdict import judge
from mlkata.tracks import conformance, loading
from mlkata.tracks.arguments import Rng, record_fields
from mlkata.tracks.catalogue import Track
from mlkata.tracks.contract import Contract
from mlkata.tracks.model import FINE, Answer, Case, Kind, Status, Step, Verdict

SMALL = 4
"""An input with at most this many rows is small: it is shown as it was drawn."""
SMALL_TREE = 3
"""The same for the nodes of a tree: a split and two leaves."""
SECONDS = 1.0
"""Seconds that the search may take, since a person waits for it."""

Answers = Callable[[Case, float], Answer]
"""Runs the candidate's code on a case, within a limit of CPU seconds."""
JudgeCase = Callable[[Case], Verdict | None]
"""Judges the candidate's code on a case; returns None if the case must not be used (see `make_judge`)."""


def smaller(
    verdict: Verdict,
    track: Track,
    answer: Answers,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Return the verdict on the smallest failing input that is found within SECONDS, or the same verdict.

    The same verdict is returned without a search if `can_shrink` refuses it, for example since the input is
    small already, or if the track has no reference.py.
    """
    case = verdict.case
    if case is None or not can_shrink(verdict):
        return verdict
    deadline = clock() + SECONDS
    # An endless loop takes half of the remaining time, so that other inputs can be tried afterwards.
    judge_case = make_judge(case, track, lambda smaller_case: answer(smaller_case, (deadline - clock()) / 2))
    if judge_case is None:
        return verdict

    def fails(smaller_case: Case) -> Verdict | None:
        """Return the verdict on a case with the same mistake, else None."""
        new_verdict = judge_case(smaller_case)
        return new_verdict if new_verdict is not None and _mistake(new_verdict) == _mistake(verdict) else None

    arguments, contract = case.steps[0].arguments, track.contracts[case.steps[0].function]
    seed = [case.seed, crc32(case.check.id.encode())]
    passes = reduce.passes(track, contract, conformance.dimensions(contract, arguments))
    find_first = partial(
        _first_failing, contract=contract, fails=fails, time_is_up=lambda: clock() >= deadline
    )
    smallest = _search(verdict, passes, find_first)
    if not _small(smallest.case):  # draw small inputs instead, and go on with the first that fails
        drawn_verdict = find_first(verdict, partial(reduce.drawn, contract, largest=SMALL, seed=seed))
        smallest = min(smallest, _search(drawn_verdict or smallest, passes, find_first), key=_entries)
    return replace(smallest, replay=verdict.replay, seconds=verdict.seconds)


def _search(
    verdict: Verdict, passes: Sequence[reduce.Pass], find_first: Callable[..., Verdict | None]
) -> Verdict:
    """Replace the input by a smaller failing one until no pass finds another or the time is up."""
    progress = True
    while progress:
        progress = False
        for pass_ in passes:
            while (smaller_verdict := find_first(verdict, pass_)) is not None:
                verdict, progress = smaller_verdict, True
    return verdict


def _first_failing(
    verdict: Verdict,
    smaller_arguments: reduce.Pass,
    *,
    contract: Contract,
    fails: JudgeCase,
    time_is_up: Callable[[], bool],
) -> Verdict | None:
    """Return the verdict on the first of the smaller arguments that fails, or None."""
    case = verdict.case
    assert case is not None  # noqa: S101 - only verdicts with a case come here
    before = case.steps[0].arguments
    for arguments in smaller_arguments(before):
        if time_is_up():
            return None
        if reduce.keeps_properties(contract, before, arguments):
            new_verdict = fails(with_arguments(case, arguments))
            if new_verdict is not None:
                return new_verdict
    return None


def can_shrink(verdict: Verdict) -> bool:
    """Return whether a verdict is a failure on an input that is not small yet and may be made smaller."""
    case = verdict.case
    if case is None or verdict.status is not Status.FAIL or not reducible(case):
        return False
    if verdict.message.endswith(DEPENDS):  # earlier calls cause the failure, not the input
        return False
    return not _small(case)


def reducible(case: Case) -> bool:
    """Return whether all steps make the same call, up to random numbers, without limit, count or score."""
    first = case.steps[0]
    same_calls = all(
        step.function == first.function
        and step.arguments.keys() == first.arguments.keys()
        and all(
            isinstance(value, Rng) or value is first.arguments[name] for name, value in step.arguments.items()
        )
        for step in case.steps
    )
    return same_calls and not case.caps and not case.dists and case.check.score is None


def with_arguments(case: Case, arguments: Mapping[str, Any]) -> Case:
    """Return the case with these arguments in all calls, each with its own random numbers."""
    rngs = (
        {name: value for name, value in step.arguments.items() if isinstance(value, Rng)}
        for step in case.steps
    )
    steps = (
        Step(step.function, {**arguments, **rng_arguments})
        for step, rng_arguments in zip(case.steps, rngs, strict=True)
    )
    return replace(case, steps=tuple(steps))


def _entries(verdict: Verdict) -> int:
    """Return the size of a verdict's input in one number: rows plus nodes."""
    return sum(size(verdict.case)) if verdict.case else 0


def _small(case: Case | None) -> bool:
    rows, nodes = size(case) if case else (0, 0)
    return rows <= SMALL and nodes <= SMALL_TREE


def size(case: Case) -> tuple[int, int]:
    """Return the lengths of the longest array and the longest field of a record, such as a tree's nodes."""
    values = [value for step in case.steps for value in step.arguments.values()]
    inside = [part for value in values for part in (record_fields(value) or {}).values()]
    return _longest(values), _longest(inside)


def _longest(values: list[Any]) -> int:
    return max((len(value) for value in values if isinstance(value, np.ndarray) and value.ndim), default=0)


def make_judge(drawn: Case, track: Track, answer: Callable[[Case], Answer]) -> JudgeCase | None:
    """Return a function that judges the code on another input than the drawn one.

    That function returns None for an input that is not fair: the audit refuses it, the reference does not
    pass on it, or the reference raises another error than on the drawn input. `make_judge` itself returns
    None if the track has no reference.py.
    """
    path: Path = track.solutions / "reference.py"
    if not path.is_file():  # optional in a private track
        return None
    reference, check = loading.load(path), drawn.check
    drawn_answer = answer_with(reference, drawn)

    def judge_input(case: Case) -> Verdict | None:
        try:
            with np.errstate(all="ignore"):
                if check.audit is not None and not check.audit(case.steps):
                    return None
                reference_answer = answer_with(reference, case)
                if (reference_answer.kind, reference_answer.message) != (
                    drawn_answer.kind,
                    drawn_answer.message,
                ):
                    return None  # an error with another message is about another rule of the contract
                candidate_answer = answer(case)
                verdict = judge(case, candidate_answer, expected=reference_answer)
                if verdict.status in FINE:  # it agrees with the reference: the slower oracle is not needed
                    return verdict
                expected = answer_with(track.oracle, case) if check.expects else Answer(Kind.VALUE)
        except Exception:  # noqa: BLE001 - an audit or the oracle cannot handle the input: it is not fair
            return None
        if (
            expected.kind is not reference_answer.kind
            or judge(case, reference_answer, expected).status not in FINE
        ):
            return None
        return judge(case, candidate_answer, expected)

    return judge_input


def _mistake(verdict: Verdict) -> tuple[Any, ...]:
    """Return what makes two failures the same mistake: status, code and type of the exception."""
    raised = verdict.answer.raised if verdict.answer else None
    return verdict.status, verdict.code, raised.types[0] if raised else ""
