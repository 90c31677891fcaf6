"""Looks for the smallest input on which a check still fails: few rows, few features, small whole numbers.

A candidate counts only if the check's own audit accepts it and the reference passes on it: so nothing shrinks
into a tie where both answers are right, or into input that the contract refuses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from harness import conformance, tracks
from harness.arguments import Rng, record_fields
from harness.check import DEPENDS, judge
from harness.contract import Contract
from harness.expected import answer_with
from harness.model import FINE, Answer, Case, Kind, Report, Status, Step, Steps, Verdict
from harness.tracks import Track

SMALL = 4
"""Rows: an input that has no more is shown as it is."""
SECONDS = 1.0
"""A person waits for it."""
_FEATURES = 2
"""A picture on paper has no more."""
_LARGEST = 9.0
"""Whole numbers up to here are computed in the head."""

Fails = Callable[[Case], Verdict | None]
Candidates = Callable[[Mapping[str, Any]], Iterator[Mapping[str, Any]]]


def smaller(
    verdict: Verdict,
    track: Track,
    answer: Callable[[Case], Answer],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Give the verdict on the smallest failing input that is found in a second; the same one where none is.

    `answer` runs the candidate's code. Where a check caps or counts, or takes different steps, its input
    stays as it is.
    """
    fails = _judge_of(verdict, track, answer) if wanted(verdict) else None
    if fails is None or verdict.case is None:
        return verdict
    contract = track.contracts[verdict.case.steps[0].function]
    candidates = partial(_candidates, track, contract)
    found = search(verdict, candidates, fails, ends=clock() + SECONDS, clock=clock)
    return replace(found, replay=verdict.replay, seconds=verdict.seconds)


def first_failure(report: Report, track: Track, answer: Callable[[Case], Answer]) -> Report:
    """Show the first failure of a report on the smallest input that is found."""
    failing = ((one, v) for one in report.rounds for v in one.verdicts if v.status is Status.FAIL)
    found = next(failing, None)
    if found is None:
        return report
    round_, verdict = found
    small = smaller(verdict, track, answer)
    verdicts = tuple(small if one is verdict else one for one in round_.verdicts)
    rounds = tuple(replace(one, verdicts=verdicts) if one is round_ else one for one in report.rounds)
    return replace(report, rounds=rounds)


def search(
    verdict: Verdict, candidates: Candidates, fails: Fails, *, ends: float, clock: Callable[[], float]
) -> Verdict:
    """Take whatever smaller input fails, and go on from there, until none does or time is over."""
    progress = True
    while progress:
        progress = False
        case = verdict.case
        assert case is not None  # noqa: S101 - it has been judged
        for arguments in candidates(case.steps[0].arguments):
            if clock() > ends:
                return verdict
            found = fails(replace(case, steps=_with(case.steps, arguments)))
            if found is not None:
                verdict, progress = found, True
                break
    return verdict


def wanted(verdict: Verdict) -> bool:
    """Is this a failure on an input that is large, and can be made smaller?"""
    case = verdict.case
    if case is None or verdict.status is not Status.FAIL or case.check.score is not None:
        return False
    if verdict.message.endswith(DEPENDS):  # it is not the input that breaks it
        return False
    plain = _alike(case.steps) and not case.caps and not case.dists
    shown = verdict.expected is not None and verdict.expected.kind is Kind.VALUE
    return plain and shown and _rows(case) > SMALL


def _alike(steps: Steps) -> bool:
    """Is it one call, or one again and again with other random numbers?"""
    first = steps[0]
    return all(
        step.function == first.function
        and step.arguments.keys() == first.arguments.keys()
        and all(isinstance(one, Rng) or one is first.arguments[name] for name, one in step.arguments.items())
        for step in steps
    )


def _with(steps: Steps, arguments: Mapping[str, Any]) -> Steps:
    """Give all calls these arguments, each with its own random numbers."""
    own = ({name: one for name, one in step.arguments.items() if isinstance(one, Rng)} for step in steps)
    return tuple(Step(step.function, {**arguments, **more}) for step, more in zip(steps, own, strict=True))


def _rows(case: Case) -> int:
    """Count the rows of the longest argument; those of a record are its entries, such as a tree's nodes."""
    values = list(case.steps[0].arguments.values())
    values += [one for value in values for one in (record_fields(value) or {}).values()]
    return max((len(one) for one in values if isinstance(one, np.ndarray) and one.ndim), default=0)


def _judge_of(verdict: Verdict, track: Track, answer: Callable[[Case], Answer]) -> Fails | None:
    """Give what judges a candidate: None from it unless the input is fair, and the code fails as before."""
    path: Path = track.solutions / "reference.py"
    if not path.is_file():  # a private track may come without
        return None
    reference, oracle = tracks.load_implementation(path), track.oracle
    check = verdict.check

    def fails(case: Case) -> Verdict | None:
        try:
            with np.errstate(all="ignore"):
                if check.audit is not None and not check.audit(case.steps):
                    return None
                right = answer_with(reference, case)
                given = answer(case) if right.kind is Kind.VALUE else right
                if judge(case, given, right).status in FINE:  # the oracle need not be asked
                    return None
                expected = answer_with(oracle, case) if check.expects else Answer(Kind.VALUE)
        except Exception:  # noqa: BLE001 - an audit or an oracle of ours never saw such input: it is not fair
            return None
        if expected.kind is not Kind.VALUE or judge(case, right, expected).status not in FINE:
            return None
        found = judge(case, given, expected)
        return found if _mistake(found) == _mistake(verdict) else None

    return fails


def _mistake(verdict: Verdict) -> tuple[Any, ...]:
    """What went wrong, in kind: another exception is another mistake."""
    raised = verdict.answer.raised if verdict.answer else None
    return verdict.status, verdict.code, raised.types[0] if raised else ""


def _candidates(
    track: Track, contract: Contract, arguments: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Make smaller input, the largest steps first: fewer rows, fewer features, smaller numbers."""
    yield from track.smaller(arguments)
    sizes = conformance.dimensions(contract, arguments)
    dimensions = [name for name in sizes if any(name in shape for shape in _shapes(contract).values())]
    for name in dimensions:
        for kept in _subsets(sizes[name]):
            yield _taken(contract, arguments, (name, sizes[name]), kept)
    for name, value in arguments.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
            yield from (dict(arguments) | {name: one} for one in _simpler(value))
        elif type(value) is int and value > 1:
            yield from (dict(arguments) | {name: one} for one in (1, 2, value // 2) if one < value)


def _shapes(contract: Contract) -> dict[str, tuple[str, ...]]:
    return {entry.name: entry.shape for entry in contract.parameters if entry.shape}


def _subsets(size: int) -> Iterator[Any]:
    """Halves, quarters and so on are dropped, single ones at last (Zeller's ddmin)."""
    block = size // 2
    while block:
        for start in range(0, size, block):
            kept = np.delete(np.arange(size), np.s_[start : start + block])
            if len(kept):
                yield kept
        block //= 2


def _taken(
    contract: Contract, arguments: Mapping[str, Any], bound: tuple[str, int], kept: Any
) -> dict[str, Any]:
    """Keep some of a dimension in all arguments that have it in this size; an integer of its name follows."""
    dimension, size = bound
    made = dict(arguments)
    for name, shape in _shapes(contract).items():
        value = arguments.get(name)
        if isinstance(value, np.ndarray) and dimension in shape and value.ndim == len(shape):
            for axis, one in enumerate(shape):
                if one == dimension and value.shape[axis] == size:
                    value = np.take(value, kept, axis=axis)
            made[name] = value
    if type(arguments.get(dimension)) is int:
        made[dimension] = len(kept)
    return made


def _simpler(value: Any) -> Iterator[Any]:
    """Write an array's numbers shorter: whole ones, small ones, zeros in whole columns."""
    if not np.isfinite(value).all():
        return
    largest = float(np.abs(value).max())
    for one in (np.round(value * (_LARGEST / largest)) if largest > _LARGEST else None, np.round(value)):
        if one is not None and not np.array_equal(one, value):
            yield one.astype(value.dtype)
    if value.ndim == _FEATURES:
        for column in range(value.shape[1]):
            if value[:, column].any():
                zeroed = value.copy()
                zeroed[:, column] = 0
                yield zeroed
