"""The subject of a picture: one call, and the answers of both sides to it.

The sides are the candidate (`yours`) and the kit's oracle, which calls scikit-learn (`expected`). A case,
which is what a check runs, has one or more calls (`steps`); the results of those in `fetch` come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlkata.report.units import count
from mlkata.tracks.arguments import Dist, Result, record_fields
from mlkata.tracks.contract import Contract
from mlkata.tracks.model import Answer, Case, KataError, Kind, Status, Step, Verdict

YOURS, EXPECTED = "yours", "expected"
ROWS = ("n_samples", "n_rows")
"""The names that contracts give to the number of rows of the data."""
_FEATURES = "n_features"
RTOL = 1e-6
"""Relative tolerance: smaller differences can't be seen; the verdict says whether they are right. Its square
is the absolute tolerance, for numbers near 0."""

Ask = Callable[[str, Sequence[Step]], "list[Mapping[str, Any]]"]
"""`ask(side, steps)` returns the outputs of a side, by name, for each of some other calls; an empty list if
it cannot run them."""


@dataclass(frozen=True)
class Side:
    """The answer of one side: its outputs by name, or the kind of its failure."""

    name: str
    outputs: Mapping[str, Any]
    failure: str = ""


@dataclass(frozen=True)
class Subject:
    """A call, and the answers to it: an unsolved function has only the expected one."""

    function: str
    contract: Contract
    arguments: Mapping[str, Any]
    rows: Any
    """Of shape (n_rows, n_features), or None if the call has no rows."""
    sides: tuple[Side, ...]
    ask: Ask = field(default=lambda side, steps: [], repr=False)
    notes: tuple[str, ...] = ()

    def given(self, side: Side, *names: str) -> Any:
        """Return the first array of these names among a side's outputs, else the arguments; else None."""
        for values in (side.outputs, self.arguments):
            for name in names:
                if isinstance(values.get(name), np.ndarray):
                    return values[name]
        return None

    @property
    def outputs(self) -> set[str]:
        """The names of the outputs of either side."""
        return set().union(*(side.outputs for side in self.sides))

    def differing(self, name: str) -> Any:
        """Return whether the sides differ, for each entry of an output; None if they can't be compared."""
        if len(self.sides) < 2:  # noqa: PLR2004 - yours and expected
            return None
        yours, expected = (side.outputs.get(name) for side in self.sides)
        if not (isinstance(yours, np.ndarray) and isinstance(expected, np.ndarray)):
            return None
        if yours.shape != expected.shape or not yours.ndim:
            return None
        return ~_close(yours, expected).reshape(len(yours), -1).all(axis=1)

    @property
    def first_difference(self) -> int:
        """The index of the first entry at which an output of the two sides differs; 0 if none does."""
        places = [self.differing(name) for name in (self.sides[0].outputs if self.sides else ())]
        return min(
            (int(entries.argmax()) for entries in places if entries is not None and entries.any()), default=0
        )


def read(verdict: Verdict, contracts: Mapping[str, Contract], ask: Ask) -> Subject:
    """Return the subject of a verdict's picture. Raise KataError if the check was not run."""
    case = verdict.case
    if case is None:
        raise KataError(f"{verdict.check.id} was not run: there is nothing to draw; try `kata check`")
    answers = {EXPECTED: verdict.expected}
    if verdict.status is not Status.UNSOLVED:
        answers = {YOURS: verdict.answer} | answers
    position = _differs_at(case, list(answers.values()))
    step = case.steps[case.fetch[position]]
    arguments = {name: value for name, value in step.arguments.items() if not isinstance(value, Result)}
    sides = tuple(
        _side(name, answer, position, contracts[step.function])
        for name, answer in answers.items()
        if answer is not None and (answer.values or answer.message)
    )
    rows, notes = _finite(_rows(case, step, contracts))
    if any(not side.outputs for side in sides):
        notes.append("a side without a result shows the input")
    if not case.check.expects:
        notes.append("many answers are right, so no expected one is drawn")
    if len(case.steps) > 1:
        notes.append(f"call {case.fetch[position] + 1} of {len(case.steps)}")
    return Subject(step.function, contracts[step.function], arguments, rows, sides, ask, tuple(notes))


def named(value: Any, contract: Contract) -> dict[str, Any]:
    """Return the parts of a returned value by the contract's names; of a single record, also its fields."""
    names = [entry.name for entry in contract.returns]
    fields = record_fields(value)
    if fields is not None and len(names) == 1:
        return fields | {names[0]: value}
    values = value if isinstance(value, tuple) else (value,)
    return dict(zip(names, values, strict=True)) if len(names) == len(values) else {}


def _side(name: str, answer: Answer, position: int, contract: Contract) -> Side:
    if answer.kind is Kind.VALUE and position < len(answer.values):
        return Side(name, named(answer.values[position], contract))
    failure = answer.raised.types[0] if answer.raised else str(answer.kind)
    return Side(name, outputs={}, failure=failure)


def _differs_at(case: Case, answers: Sequence[Answer | None]) -> int:
    """Return the index of the first fetched value at which the answers differ, or of the last value."""
    fetched = [answer.values for answer in answers if answer is not None and answer.values]
    if len(fetched) == 2:  # noqa: PLR2004 - yours and expected
        for position, (yours, expected) in enumerate(zip(*fetched, strict=False)):
            if not same(yours, expected):
                return position
    return len(case.fetch) - 1


def same(one: Any, other: Any) -> bool:
    """Return whether two values look the same in a picture."""
    are_lists = [isinstance(value, tuple | list) for value in (one, other)]
    if any(are_lists):
        return all(are_lists) and len(one) == len(other) and all(map(same, one, other))
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(_close(one, other).all())


def _close(one: Any, other: Any) -> Any:
    numeric = "fiub"  # numpy's letters for float, int, unsigned int, bool
    if one.dtype.kind in numeric and other.dtype.kind in numeric:
        return np.isclose(one.astype(float), other.astype(float), rtol=RTOL, atol=RTOL**2, equal_nan=True)
    return one == other


def _rows(case: Case, step: Step, contracts: Mapping[str, Contract]) -> Any:
    """Return the rows of the call, or else of all calls of the case, or else those of an argument `dist`.

    `dist` is a function among the arguments, which returns distances to rows and counts them (see `Dist`).
    """
    rows = _rows_of(step, contracts)
    if rows is not None:
        return rows
    parts = [
        part
        for other_step in case.steps
        if (part := _rows_of(other_step, contracts)) is not None and len(part)
    ]
    if parts and len({part.shape[1:] for part in parts}) == 1:
        return np.concatenate(parts)
    dists = [value for value in step.arguments.values() if isinstance(value, Dist)]
    return dists[0].points if dists else None


def _rows_of(step: Step, contracts: Mapping[str, Contract]) -> Any:
    """Return a call's first float array with one row a sample, if possible one that has features."""
    entries = [
        entry
        for entry in contracts[step.function].parameters
        if entry.shape and entry.shape[0] in ROWS and entry.dtype == "float"
        if isinstance(step.arguments.get(entry.name), np.ndarray)
    ]
    entry = max(entries, key=lambda term: _FEATURES in (term.shape or ()), default=None)
    return None if entry is None else step.arguments[entry.name]


def _finite(rows: Any) -> tuple[Any, list[str]]:
    """Return rows as floats, (n_rows, n_features), or None, and a note if some have NaN or infinity."""
    if rows is None or not len(rows):
        return None, []
    rows = np.asarray(rows, dtype=float)
    rows = rows[:, None] if rows.ndim == 1 else rows
    n_not_finite = int((~np.isfinite(rows).all(axis=1)).sum())
    return rows, [f"not drawn: {count(n_not_finite, 'row')} with NaN or infinity"] if n_not_finite else []
