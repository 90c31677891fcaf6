"""Looks for the smallest input on which a check still fails: few rows, few features, small whole numbers.

A candidate counts only if the check's own audit accepts it and the reference passes on it: so nothing shrinks
into a tie where both answers are right, or into input that the contract refuses.
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
from mlkata.tracks.model import FINE, Answer, Case, Kind, Status, Step, Steps, Verdict

SMALL = 4
"""Rows: an input that has no more is shown as it is."""
SMALL_TREE = 3
"""Nodes: a question and two leaves."""
SECONDS = 1.0
"""A person waits for it."""

Answers = Callable[[Case, float], Answer]
"""Runs the candidate's code on a case, for at most so many CPU seconds."""
Judged = Callable[[Case], Verdict | None]


def smaller(
    verdict: Verdict,
    track: Track,
    answer: Answers,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Give the verdict on the smallest failing input that is found in a second; the same one where none is.

    Where a check caps or counts, or takes different steps, its input stays as it is.
    """
    case = verdict.case
    if case is None or not wanted(verdict):
        return verdict
    ends = clock() + SECONDS
    judged = judging(case, track, lambda one: answer(one, (ends - clock()) / 2))
    if judged is None:
        return verdict

    def fails(candidate: Case) -> Verdict | None:
        found = judged(candidate)
        return found if found is not None and _mistake(found) == _mistake(verdict) else None

    arguments, contract = case.steps[0].arguments, track.contracts[case.steps[0].function]
    seed = [case.seed, crc32(case.check.id.encode())]
    passes = reduce.passes(track, contract, conformance.dimensions(contract, arguments))
    first = partial(_first, contract=contract, fails=fails, over=lambda: clock() >= ends)
    found = _searched(verdict, passes, first)
    if not _small(found.case):  # nothing can be left out alone: perhaps a small one can be drawn
        drawn = first(verdict, partial(reduce.drawn, contract, largest=SMALL, seed=seed))
        found = min(found, _searched(drawn or found, passes, first), key=_entries)
    return replace(found, replay=verdict.replay, seconds=verdict.seconds)


def _searched(
    verdict: Verdict, passes: Sequence[reduce.Pass], first: Callable[..., Verdict | None]
) -> Verdict:
    """Take whatever fails in a pass, and go on from there, until none of them finds more or time is over."""
    progress = True
    while progress:
        progress = False
        for one in passes:
            while (found := first(verdict, one)) is not None:
                verdict, progress = found, True
    return verdict


def _first(
    verdict: Verdict,
    candidates: reduce.Pass,
    *,
    contract: Contract,
    fails: Judged,
    over: Callable[[], bool],
) -> Verdict | None:
    """Find the first candidate that fails."""
    case = verdict.case
    assert case is not None  # noqa: S101 - it has been judged
    before = case.steps[0].arguments
    for arguments in candidates(before):
        if over():
            return None
        if reduce.alike(contract, before, arguments):
            found = fails(with_arguments(case, arguments))
            if found is not None:
                return found
    return None


def wanted(verdict: Verdict) -> bool:
    """Is this a failure on an input that is large, and can be made smaller?"""
    case = verdict.case
    if case is None or verdict.status is not Status.FAIL or not reducible(case):
        return False
    if verdict.message.endswith(DEPENDS):  # it is not the input that breaks it
        return False
    return not _small(case)


def reducible(case: Case) -> bool:
    """Is it one call, or one again and again with other random numbers, and nothing capped or counted?"""
    first = case.steps[0]
    alike = all(
        step.function == first.function
        and step.arguments.keys() == first.arguments.keys()
        and all(isinstance(one, Rng) or one is first.arguments[name] for name, one in step.arguments.items())
        for step in case.steps
    )
    return alike and not case.caps and not case.dists and case.check.score is None


def with_arguments(case: Case, arguments: Mapping[str, Any]) -> Case:
    """Give all calls of a case these arguments, each with its own random numbers."""
    own = ({name: one for name, one in step.arguments.items() if isinstance(one, Rng)} for step in case.steps)
    steps = (Step(step.function, {**arguments, **more}) for step, more in zip(case.steps, own, strict=True))
    made: Steps = tuple(steps)
    return replace(case, steps=made)


def _entries(verdict: Verdict) -> int:
    return sum(size(verdict.case)) if verdict.case else 0


def _small(case: Case | None) -> bool:
    rows, nodes = size(case) if case else (0, 0)
    return rows <= SMALL and nodes <= SMALL_TREE


def size(case: Case) -> tuple[int, int]:
    """Count the rows of the longest array, and the entries of the longest record, such as a tree's nodes."""
    values = [value for step in case.steps for value in step.arguments.values()]
    inside = [one for value in values for one in (record_fields(value) or {}).values()]
    return _longest(values), _longest(inside)


def _longest(values: list[Any]) -> int:
    return max((len(one) for one in values if isinstance(one, np.ndarray) and one.ndim), default=0)


def judging(drawn: Case, track: Track, answer: Callable[[Case], Answer]) -> Judged | None:
    """Give what judges the code on other input than the drawn one: None from it where that is not fair."""
    path: Path = track.solutions / "reference.py"
    if not path.is_file():  # a private track may come without
        return None
    reference, check = loading.load(path), drawn.check
    before = answer_with(reference, drawn)

    def judged(case: Case) -> Verdict | None:
        try:
            with np.errstate(all="ignore"):
                if check.audit is not None and not check.audit(case.steps):
                    return None
                right = answer_with(reference, case)
                if (right.kind, right.message) != (before.kind, before.message):
                    return None  # of errors, one of the same words: another is about another rule
                given = answer(case)
                found = judge(case, given, right)
                if found.status in FINE:  # the oracle need not be asked
                    return found
                expected = answer_with(track.oracle, case) if check.expects else Answer(Kind.VALUE)
        except Exception:  # noqa: BLE001 - an audit or an oracle of ours never saw such input: it is not fair
            return None
        if expected.kind is not right.kind or judge(case, right, expected).status not in FINE:
            return None
        return judge(case, given, expected)

    return judged


def _mistake(verdict: Verdict) -> tuple[Any, ...]:
    """What went wrong, in kind: another exception is another mistake."""
    raised = verdict.answer.raised if verdict.answer else None
    return verdict.status, verdict.code, raised.types[0] if raised else ""
