"""What a picture is about: one call of a case, what came back and what should have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlkata.tracks.arguments import Dist, Result, record_fields
from mlkata.tracks.contract import Contract
from mlkata.tracks.model import Answer, Case, KataError, Kind, Status, Step, Verdict

YOURS, EXPECTED = "yours", "expected"
ROWS = ("n_samples", "n_rows")
"""Dimensions that count rows of the data."""
_FEATURES = "n_features"
RTOL = 1e-6
"""What differs by less looks the same in a picture; the verdict says whether it is right."""

Ask = Callable[[str, Sequence[Step]], "list[Mapping[str, Any]]"]
"""`ask(side, steps)`: what that side answers to other calls, named; nothing where it cannot."""


@dataclass(frozen=True)
class Side:
    """What one side answered: its outputs by name, or words where there are none."""

    name: str
    outputs: Mapping[str, Any]
    said: str = ""


@dataclass(frozen=True)
class Subject:
    """A call, and the two answers to it."""

    function: str
    contract: Contract
    arguments: Mapping[str, Any]
    rows: Any
    """(n_rows, n_features), finite ones only, or None where the call is about none."""
    sides: tuple[Side, ...]
    ask: Ask = field(default=lambda side, steps: [], repr=False)
    notes: tuple[str, ...] = ()

    def given(self, side: Side, *names: str) -> Any:
        """Give the first of these that the side returned, or else that it was given; None without any."""
        for place in (side.outputs, self.arguments):
            for name in names:
                if isinstance(place.get(name), np.ndarray):
                    return place[name]
        return None

    @property
    def outputs(self) -> set[str]:
        """The names of all that came back, from either side."""
        return set().union(*(side.outputs for side in self.sides))

    def differing(self, name: str) -> Any:
        """Say for each entry of an output whether the sides differ there; None where that has no sense."""
        if len(self.sides) < 2:  # noqa: PLR2004 - yours and expected
            return None
        one, other = (side.outputs.get(name) for side in self.sides)
        if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
            return None
        if one.shape != other.shape or not one.ndim:
            return None
        return ~_close(one, other).reshape(len(one), -1).all(axis=1)

    @property
    def first_difference(self) -> int:
        """The first entry at which an output of the two sides differs; 0 where none does."""
        places = [self.differing(name) for name in (self.sides[0].outputs if self.sides else ())]
        return min((int(one.argmax()) for one in places if one is not None and one.any()), default=0)


def read(verdict: Verdict, contracts: Mapping[str, Contract], ask: Ask) -> Subject:
    """Find what a picture of a verdict shows. Raises KataError where nothing was asked."""
    case = verdict.case
    if case is None:
        raise KataError(f"{verdict.check.id} was not run: there is nothing to draw; try `kata check`")
    answers = {EXPECTED: verdict.expected}
    if verdict.status is not Status.UNSOLVED:
        answers = {YOURS: verdict.answer} | answers
    place = _differs_at(case, list(answers.values()))
    step = case.steps[case.fetch[place]]
    arguments = {name: one for name, one in step.arguments.items() if not isinstance(one, Result)}
    sides = tuple(
        _side(name, answer, place, contracts[step.function])
        for name, answer in answers.items()
        if answer is not None and (answer.values or answer.message)
    )
    rows, notes = _finite(_rows(case, step, contracts))
    if any(not side.outputs for side in sides):
        notes.append("where nothing came back, the input is drawn")
    if not case.check.expects:
        notes.append("many answers are right: no single one is expected")
    if len(case.steps) > 1:
        notes.append(f"call {case.fetch[place] + 1} of {len(case.steps)}")
    return Subject(step.function, contracts[step.function], arguments, rows, sides, ask, tuple(notes))


def named(value: Any, contract: Contract) -> dict[str, Any]:
    """Give a returned value's parts by the names that the contract has for them."""
    names = [entry.name for entry in contract.returns]
    fields = record_fields(value)
    if fields is not None and len(names) == 1:
        return fields | {names[0]: value}
    values = value if isinstance(value, tuple) else (value,)
    return dict(zip(names, values, strict=True)) if len(names) == len(values) else {}


def _side(name: str, answer: Answer, place: int, contract: Contract) -> Side:
    if answer.kind is Kind.VALUE and place < len(answer.values):
        return Side(name, named(answer.values[place], contract))
    said = answer.raised.types[0] if answer.raised else str(answer.kind)
    return Side(name, {}, said)


def _differs_at(case: Case, answers: Sequence[Answer | None]) -> int:
    """Find the first fetched value at which the answers differ; the last where they do not."""
    found = [answer.values for answer in answers if answer is not None and answer.values]
    if len(found) == 2:  # noqa: PLR2004 - yours and expected
        for place, (one, other) in enumerate(zip(*found, strict=False)):
            if not same(one, other):
                return place
    return len(case.fetch) - 1


def same(one: Any, other: Any) -> bool:
    """Do two values look the same?"""
    several = [isinstance(value, tuple | list) for value in (one, other)]
    if any(several):
        return all(several) and len(one) == len(other) and all(map(same, one, other))
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(_close(one, other).all())


def _close(one: Any, other: Any) -> Any:
    if one.dtype.kind in "fiub" and other.dtype.kind in "fiub":
        return np.isclose(one.astype(float), other.astype(float), rtol=RTOL, atol=RTOL**2, equal_nan=True)
    return one == other


def _rows(case: Case, step: Step, contracts: Mapping[str, Contract]) -> Any:
    """Give the rows of the call, or else those of all calls of the case, or else those that `dist` knows."""
    own = _rows_of(step, contracts)
    if own is not None:
        return own
    parts = [part for one in case.steps if (part := _rows_of(one, contracts)) is not None and len(part)]
    if parts and len({part.shape[1:] for part in parts}) == 1:
        return np.concatenate(parts)
    dists = [one for one in step.arguments.values() if isinstance(one, Dist)]
    return dists[0].points if dists else None


def _rows_of(step: Step, contracts: Mapping[str, Contract]) -> Any:
    """Give a call's argument of shape (n_samples, n_features), or else its first floats of (n_samples, …)."""
    entries = [
        entry
        for entry in contracts[step.function].parameters
        if entry.shape and entry.shape[0] in ROWS and entry.dtype == "float"
        if isinstance(step.arguments.get(entry.name), np.ndarray)
    ]
    entry = max(entries, key=lambda one: _FEATURES in (one.shape or ()), default=None)
    return None if entry is None else step.arguments[entry.name]


def _finite(rows: Any) -> tuple[Any, list[str]]:
    if rows is None or not len(rows):
        return None, []
    rows = np.asarray(rows, dtype=float)
    rows = rows[:, None] if rows.ndim == 1 else rows
    gaps = int((~np.isfinite(rows).all(axis=1)).sum())
    return rows, [f"not drawn: {gaps} with NaN or infinity"] if gaps else []
