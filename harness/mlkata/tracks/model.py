"""The nouns of the kit: steps, cases, checks, answers, verdicts and reports.

Every value here is plain and frozen; only `arguments` is imported. Over 300 lines because the nouns
refer to each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from mlkata.tracks.arguments import Dist


class KataError(Exception):
    """Wrong usage: one line that says what was expected, what came and what to do."""


class Kind(StrEnum):
    """What came out of the worker for one case."""

    VALUE = "value"
    RAISED = "raised"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output_limit"
    CONTRACT = "contract"
    PROTOCOL = "protocol"
    POLICY = "policy"
    IMPORT = "import"


class Status(StrEnum):
    """The verdict on a check, a round or a whole submission."""

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"
    UNSOLVED = "unsolved"
    SKIP = "skip"
    OPEN = "open"


FAILING_KINDS = frozenset({Kind.VALUE, Kind.CONTRACT, Kind.RAISED})
"""Kinds of answer that are a wrong answer (`fail`); all others are an `error`."""


@dataclass(frozen=True)
class Step:
    """One call: the function's name and its arguments by parameter name, in the stub's order.

    An argument is None, bool, int, float, str, an array, a list, tuple, named tuple or dict of
    these, an `Rng`, a `Result` or a `Dist`.
    """

    function: str
    arguments: Mapping[str, Any]


def call(function: str, /, **arguments: Any) -> Step:
    """Write a step as the call that it is: `call("assign", X=X, centers=centers)`."""
    return Step(function, arguments)


Steps = Sequence[Step]
Values = list[Any]
Judge = Callable[[Steps, Values, Values], str | None]
"""`judge(steps, got, expected)`: None when right, else what is wrong, in one line.

`got` and `expected` hold one value for each step whose result travels: several outputs are a named
tuple. A judge accepts any valid input, not only those that its check generates.
"""
Audit = Callable[[Steps], bool]
"""`audit(steps)`: does every reading that the contract allows give the same answer here?"""


@dataclass(frozen=True)
class Score:
    """What an open round gives instead of a pass: how good, and at what cost."""

    score: float
    cost: float


@dataclass(frozen=True)
class Check:
    """A rule of the contract and the inputs that test it.

    `make(rng)` draws the steps; while `audit` refuses them they are drawn again. `fetch` says
    which steps' results travel (negative indices count from the end; None means all). Where the
    judge knows by itself what is right (the law of a sampler), `expects` is False, and the oracle
    is not asked.

    Input that the contract refuses needs nothing special: where the oracle raises a ValueError, a
    submission has to raise one as well, or an error derived from it such as numpy's LinAlgError, and
    the judge is not asked.

    `max_bytes` caps the memory that each call may take beyond its arguments, its result included; a
    step with an argument of that name is capped by it. With `hostile`, np.argpartition keeps its
    promise and nothing else. With `score`, the check is an open one: what its judge accepts gets
    `score(steps, answer)`.
    """

    id: str
    rule: str
    make: Callable[[Any], Step | Steps]
    judge: Judge
    audit: Audit | None = None
    fetch: Sequence[int] | None = (-1,)
    expects: bool = True
    max_bytes: int | None = None
    hostile: bool = False
    score: Callable[[Steps, Answer], Score] | None = None
    points: float = 1.0
    """What a pass earns: rounds.toml says; nothing in an open check."""

    @property
    def round_id(self) -> str:
        """`kmeans.1` of `kmeans.1/assign/ties`."""
        return self.id.split("/")[0]

    @property
    def function(self) -> str:
        """`assign` of `kmeans.1/assign/ties`."""
        return self.id.split("/")[1]


@dataclass(frozen=True)
class Cost:
    """How a function is measured as its input grows, and what a good solution's cost grows like.

    `make(rng, **sizes)` gives the arguments by name. `time` and `memory` (beyond the arguments) are
    formulas in the sizes, such as `n*k*d`. `sizes` has for each its lowest value in a sweep, its value
    while another one is swept, and its highest.
    """

    function: str
    time: str
    memory: str
    sizes: Mapping[str, tuple[int, int, int]]
    make: Callable[..., Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Case:
    """A check's steps, drawn for one seed; equal to nothing but itself, since it holds arrays."""

    check: Check
    seed: int
    steps: Steps
    fetch: tuple[int, ...]
    caps: Mapping[int, int] = field(default_factory=dict)
    """Bytes that a step may take, by its index."""
    timed: bool = False
    """Are its seconds to be those of the calls alone, without what brings their arguments there?"""

    @cached_property
    def dists(self) -> tuple[Dist, ...]:
        """The counted callables of its arguments, each once, in the order of the steps."""
        values = [value for step in self.steps for value in step.arguments.values()]
        return tuple({id(value): value for value in values if isinstance(value, Dist)}.values())


@dataclass(frozen=True)
class Raised:
    """An exception as it travels: names only, never the object."""

    types: tuple[str, ...]
    """Class names along the method resolution order, the exception's own first."""
    message: str
    traceback: str = ""
    """Cut to the candidate's own frames."""

    def __str__(self) -> str:
        return f"{self.types[0]}: {self.message}" if self.message else self.types[0]


@dataclass(frozen=True)
class Answer:
    """What an implementation made of one case. An answer is a value and never raises."""

    kind: Kind
    values: Values = field(default_factory=list)
    """One for each fetched step, as plain arrays and scalars; empty unless something came."""
    raised: Raised | None = None
    message: str = ""
    step: int = 0
    """The step that raised, broke the contract or never came back."""
    stdout: str = ""
    seconds: float = 0.0
    evaluations: tuple[int, ...] = ()
    """How many distances were asked of each `Dist` of the case."""
    peaks: Mapping[int, int] = field(default_factory=dict)
    """Bytes that a capped step took at its peak, by its index."""
    defined_twice: bool = False
    """Was the file refused because it defines a function twice? The message says which."""

    @property
    def peak_bytes(self) -> int | None:
        """The largest peak of the capped steps, or None where nothing is capped."""
        return max(self.peaks.values(), default=None)

    @property
    def unsolved(self) -> bool:
        """Is this the stub's own NotImplementedError, or a function that is not there at all?"""
        return (
            self.kind is Kind.RAISED
            and self.raised is not None
            and self.raised.types[0] == "NotImplementedError"
        )


@dataclass(frozen=True)
class Verdict:
    """One check judged, with all that a report needs to show it."""

    check: Check
    status: Status
    code: Kind | None = None
    message: str = ""
    case: Case | None = None
    answer: Answer | None = None
    expected: Answer | None = None
    replay: str = ""
    seconds: float = 0.0
    score: Score | None = None
    """Of an open check."""

    @property
    def points(self) -> float:
        """What it has earned."""
        return self.check.points if self.status is Status.PASS else 0.0


@dataclass(frozen=True)
class FollowUp:
    """A question that the interviewer asks about a round, with a short model answer."""

    question: str
    answer: str
    proof: str = ""
    """The command that shows it, where there is one."""


@dataclass(frozen=True)
class OpenRound:
    """What an open round says besides its checks: nobody passes it, it is discussed."""

    score: str
    """What is scored, in words; higher is better unless they say otherwise."""
    cost: str
    entry: Score
    """Our reference's, at seed 0."""
    rubric: tuple[str, ...]
    request: str
    """What the interviewer asks for that nobody can give."""
    reason: str
    """Why it cannot be given."""


@dataclass(frozen=True)
class Round:
    """One step of a track's interview."""

    track: str
    number: int
    title: str
    minutes: float
    functions: tuple[str, ...]
    """Functions that the round adds to the stub; it may test earlier ones too."""
    needs: tuple[str, ...]
    hints: tuple[str, ...]
    follow_ups: tuple[FollowUp, ...]
    open: OpenRound | None = None
    points: float | None = None
    """What it gives when all of its checks pass; None: a point for each."""
    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    """How the points are shared out: by check, such as `update/ties`; 1 where nothing is said."""

    @property
    def id(self) -> str:
        """Such as `kmeans.1`."""
        return f"{self.track}.{self.number}"


@dataclass(frozen=True)
class RoundReport:
    """A round with the verdicts on its checks."""

    round: Round
    verdicts: tuple[Verdict, ...]

    @property
    def status(self) -> Status:
        """The worst of its verdicts; `unsolved` where none of its own functions has been begun.

        What such a round asks more of earlier functions is not wrong yet, either.
        """
        own = [v.status for v in self.verdicts if v.check.function in self.round.functions]
        if own and set(own) == {Status.UNSOLVED}:
            return Status.UNSOLVED
        status = worst(v.status for v in self.verdicts)
        some_open = any(v.status is Status.OPEN for v in self.verdicts)
        return Status.OPEN if some_open and status is Status.PASS else status  # nobody passes an open round

    @property
    def score(self) -> float:
        """Points earned."""
        return points(verdict.points for verdict in self.verdicts)

    @property
    def max_score(self) -> float:
        """Points that the same checks give when all pass."""
        return points(verdict.check.points for verdict in self.verdicts)


@dataclass(frozen=True)
class Report:
    """Everything that one submission got, ready for any renderer."""

    track: str
    submission: str
    seed: int
    isolation: str
    rounds: tuple[RoundReport, ...]
    seconds: float

    @property
    def status(self) -> Status:
        """The worst of its rounds' statuses: `pass` only if everything ran and passed."""
        status = worst(r.status for r in self.rounds)
        return Status.UNSOLVED if status is Status.SKIP else status

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All verdicts in the order of the track."""
        return tuple(v for r in self.rounds for v in r.verdicts)

    @property
    def wrong(self) -> list[Verdict]:
        """What did not pass, in rounds that have been begun."""
        begun = [one for one in self.rounds if one.status is not Status.UNSOLVED]
        return [v for one in begun for v in one.verdicts if v.status in (Status.FAIL, Status.ERROR)]

    @property
    def score(self) -> float:
        """Points earned."""
        return points(one.score for one in self.rounds)

    @property
    def max_score(self) -> float:
        """Points that the same checks give when all pass."""
        return points(one.max_score for one in self.rounds)


def points(some: Iterable[float]) -> float:
    """Sum up points; shares of a round's are no whole numbers, and their sum should be."""
    return round(math.fsum(some), 6)


FINE = frozenset({Status.PASS, Status.OPEN})
"""Statuses with which nothing is left to do."""
_SEVERITY = (Status.FAIL, Status.ERROR, Status.UNSOLVED, Status.SKIP, Status.PASS, Status.OPEN)


def worst(statuses: Any) -> Status:
    """The most severe of some statuses; `unsolved` when there are none, since nothing ran."""
    return min(statuses, key=_SEVERITY.index, default=Status.UNSOLVED)
