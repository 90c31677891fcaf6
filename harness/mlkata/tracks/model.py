"""The data types of the kit: steps, cases, checks, answers, verdicts and reports.

A check is one rule of a function's contract with inputs that test it. Drawn for one seed, it becomes a case:
a sequence of steps, i.e. calls. An implementation's answer to a case is compared with the expected answer,
which gives a verdict; the verdicts on all rounds are a report.

Values are plain and frozen. The only module of the kit that this one imports is `arguments`. It has over 300
lines because the types refer to each other.
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
    """Wrong usage. The message is one line: what was expected, what came and what to do."""


class Kind(StrEnum):
    """The kind of answer that the worker gave to one case."""

    VALUE = "value"  # a value that fits the contract
    RAISED = "raised"  # an exception
    CRASHED = "crashed"  # the process ended
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output_limit"  # printed too much
    CONTRACT = "contract"  # a value that breaks the contract, such as one of the wrong shape
    PROTOCOL = "protocol"  # a message that no honest worker sends
    POLICY = "policy"  # did what is not allowed
    IMPORT = "import"  # the file cannot be imported


class Status(StrEnum):
    """The verdict on a check, a round or a whole submission."""

    PASS = "pass"
    FAIL = "fail"  # a wrong answer
    ERROR = "error"  # no answer, such as a timeout or a crash
    UNSOLVED = "unsolved"  # the function is still the stub's, or missing
    SKIP = "skip"  # not run, since a round that it needs has not passed
    OPEN = "open"  # an accepted answer to a check with a score, which has no pass


FAILING_KINDS = frozenset({Kind.VALUE, Kind.CONTRACT, Kind.RAISED})
"""Kinds of answer whose verdict, if they are wrong, is `fail`; for any other kind it is `error`."""


@dataclass(frozen=True)
class Step:
    """One call: a function's name, and its arguments by parameter name in the stub's order.

    An argument is None, bool, int, float, str, an array, a list, tuple, named tuple or dict of
    these, an `Rng`, a `Result` or a `Dist`.
    """

    function: str
    arguments: Mapping[str, Any]


def call(function: str, /, **arguments: Any) -> Step:
    """Return a step in the notation of a call: `call("assign", X=X, centers=centers)`."""
    return Step(function, arguments)


Steps = Sequence[Step]
Values = list[Any]
Judge = Callable[[Steps, Values, Values], str | None]
"""`judge(steps, got, expected)` returns None if the answer is right, else one line that says what is wrong.

`got` and `expected` hold one value for each fetched step; several outputs are a named tuple. A judge must
work on any valid input, not only on those that its check draws.
"""
Audit = Callable[[Steps], bool]
"""`audit(steps)` returns whether the contract allows exactly one right answer to these steps."""


@dataclass(frozen=True)
class Score:
    """The result of a check with a score instead of a pass: how good the answer is, and at what cost."""

    score: float
    cost: float


@dataclass(frozen=True)
class Check:
    """A rule of the contract and the inputs that test it.

    `make(rng)` draws the steps; they are drawn again while `audit` refuses them. `fetch` lists the steps
    whose results are returned (negative indices count from the end; None means all). With
    `expects=False` the oracle is not called: the judge needs no expected answer, for example because it
    knows the distribution of a sampler.

    A check of input that the contract refuses needs no special option: if the oracle raises a ValueError, a
    submission must raise one too, or an error derived from it such as numpy's LinAlgError. In that case the
    judge is not called.

    `max_bytes` limits ("caps") the memory of each call, with its result but without its arguments. For a step
    with an argument named `max_bytes`, the limit is the argument's value. With `hostile`, np.argpartition
    returns the k smallest in another order than usual, which its documentation allows. With `score`, the
    check is open: an answer that its judge accepts gets `score(steps, answer)`.
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
    """Points for a pass, set by rounds.toml; a check with a score has none."""

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
    """How a function is measured as its input grows, and how the cost of a good solution grows.

    `make(rng, **sizes)` returns the arguments by name. `time` and `memory` (beyond the arguments) are
    formulas in the sizes, such as `n*k*d`. `sizes` has three values for each size: the lowest of a
    sweep, the one used while another size is swept, and the highest.
    """

    function: str
    time: str
    memory: str
    sizes: Mapping[str, tuple[int, int, int]]
    make: Callable[..., Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Case:
    """A check's steps, drawn for one seed. Compared by identity, since it holds arrays."""

    check: Check
    seed: int
    steps: Steps
    fetch: tuple[int, ...]
    caps: Mapping[int, int] = field(default_factory=dict)
    """Bytes that a step may take, by the step's index; steps without a limit are left out."""
    timed: bool = False
    """Whether `Answer.seconds` is the time of the calls alone, without that of sending arguments."""

    @cached_property
    def dists(self) -> tuple[Dist, ...]:
        """The callables that count distances among the arguments, each once, in the order of the steps."""
        values = [value for step in self.steps for value in step.arguments.values()]
        return tuple({id(value): value for value in values if isinstance(value, Dist)}.values())


@dataclass(frozen=True)
class Raised:
    """An exception as it is sent between processes: names only, never the object."""

    types: tuple[str, ...]
    """Class names along the method resolution order, the exception's own first."""
    message: str
    traceback: str = ""
    """Cut to the candidate's own frames."""

    def __str__(self) -> str:
        return f"{self.types[0]}: {self.message}" if self.message else self.types[0]


@dataclass(frozen=True)
class Answer:
    """What an implementation answered to one case. Failures are answers too: nothing is raised."""

    kind: Kind
    values: Values = field(default_factory=list)
    """One value for each fetched step, as plain arrays and scalars; empty if there is none to compare."""
    raised: Raised | None = None
    message: str = ""
    step: int = 0
    """Index of the step that raised, broke the contract or did not end."""
    stdout: str = ""
    seconds: float = 0.0
    evaluations: tuple[int, ...] = ()
    """How many distances were computed by each `Dist` of the case."""
    peaks: Mapping[int, int] = field(default_factory=dict)
    """Peak bytes of each capped step, by its index."""
    defined_twice: bool = False
    """Whether the file was refused because it defines a function twice; the message names the function."""

    @property
    def peak_bytes(self) -> int | None:
        """The largest peak of the capped steps, or None if no step is capped."""
        return max(self.peaks.values(), default=None)

    @property
    def unsolved(self) -> bool:
        """Whether NotImplementedError was raised, as stubs do, or the function is missing."""
        return (
            self.kind is Kind.RAISED
            and self.raised is not None
            and self.raised.types[0] == "NotImplementedError"
        )


@dataclass(frozen=True)
class Verdict:
    """The verdict on one check, with all that a report needs to show it."""

    check: Check
    status: Status
    code: Kind | None = None
    """The kind of the answer that failed; None for a pass, and for a value of the right form."""
    message: str = ""
    case: Case | None = None
    answer: Answer | None = None
    expected: Answer | None = None
    replay: str = ""
    seconds: float = 0.0
    score: Score | None = None
    """The score of an open check."""

    @property
    def points(self) -> float:
        """Points earned."""
        return self.check.points if self.status is Status.PASS else 0.0


@dataclass(frozen=True)
class FollowUp:
    """A question that the interviewer asks about a round, with a short model answer."""

    question: str
    answer: str
    proof: str = ""
    """A command that shows that the answer is right; "" if there is none."""


@dataclass(frozen=True)
class OpenRound:
    """The texts of an open round, which is discussed, and ends in a score and a cost instead of a pass."""

    score: str
    """What is scored, in words; higher is better unless the words say otherwise."""
    cost: str
    """What it costs, in words; lower is better."""
    entry: Score
    """The score of the kit's reference.py at seed 0."""
    rubric: tuple[str, ...]
    """The points that a strong answer makes."""
    request: str
    """A request of the interviewer that is impossible to fulfil, as the candidate should notice."""
    reason: str
    """Why it cannot be fulfilled."""


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
    """The ids of rounds that must pass before the checks of this one run."""
    hints: tuple[str, ...]
    follow_ups: tuple[FollowUp, ...]
    open: OpenRound | None = None
    points: float | None = None
    """Points if all of its checks pass; None means as many points for each check as its weight."""
    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Weights of checks, such as `update/ties`, which divide the points; 1 for a check that is not listed."""

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
        """The worst status of the verdicts; `unsolved` if all functions that the round adds are unsolved.

        Such a round may test earlier functions too, but their failures do not count before it is begun.
        """
        own_statuses = [v.status for v in self.verdicts if v.check.function in self.round.functions]
        if own_statuses and set(own_statuses) == {Status.UNSOLVED}:
            return Status.UNSOLVED
        status = worst(v.status for v in self.verdicts)
        some_open = any(v.status is Status.OPEN for v in self.verdicts)
        # An open round may also have checks without a score, which pass; the round itself does not.
        return Status.OPEN if some_open and status is Status.PASS else status

    @property
    def score(self) -> float:
        """Points earned."""
        return points(verdict.points for verdict in self.verdicts)

    @property
    def max_score(self) -> float:
        """Points that these checks give if all pass."""
        return points(verdict.check.points for verdict in self.verdicts)


@dataclass(frozen=True)
class Report:
    """All verdicts on one submission, ready for any renderer."""

    track: str
    submission: str
    seed: int
    isolation: str
    rounds: tuple[RoundReport, ...]
    seconds: float

    @property
    def status(self) -> Status:
        """The worst status of its rounds, but `unsolved` if that is `skip`, since a check did not run."""
        status = worst(r.status for r in self.rounds)
        return Status.UNSOLVED if status is Status.SKIP else status

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All verdicts in the order of the track."""
        return tuple(v for r in self.rounds for v in r.verdicts)

    @property
    def wrong(self) -> list[Verdict]:
        """The verdicts `fail` and `error` in rounds that are not unsolved."""
        begun = [report for report in self.rounds if report.status is not Status.UNSOLVED]
        return [v for report in begun for v in report.verdicts if v.status in (Status.FAIL, Status.ERROR)]

    @property
    def score(self) -> float:
        """Points earned."""
        return points(report.score for report in self.rounds)

    @property
    def max_score(self) -> float:
        """Points that these checks give if all pass."""
        return points(report.max_score for report in self.rounds)


def points(values: Iterable[float]) -> float:
    """Return the sum of points, rounded, so that three thirds of a point are 1."""
    return round(math.fsum(values), 6)


FINE = frozenset({Status.PASS, Status.OPEN})
"""Statuses that need no more work."""
_SEVERITY = (Status.FAIL, Status.ERROR, Status.UNSOLVED, Status.SKIP, Status.PASS, Status.OPEN)
"""All statuses, the most severe first."""


def worst(statuses: Any) -> Status:
    """Return the most severe status; `unsolved` if there are none, since nothing ran."""
    return min(statuses, key=_SEVERITY.index, default=Status.UNSOLVED)
