"""The scorecard of an interview: the verdict by a published rule, and the one thing to practise next.

A topic is something that the task leaves open. To decide it without asking is a missed question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from mlkata.bench.growth import Finding
from mlkata.interview.journal import Interview
from mlkata.interview.sheet import Sheet
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Round

SCHEMA = "mlkata.interview/1"
HINT, MISSED, CLAIM = 0.25, 0.1, 0.25
"""What a hint, a missed question and a wrong claim of cost subtract from the number of rounds."""
VERDICTS = (
    (1.25, "strong hire"),
    (1.0, "hire"),
    (0.75, "lean hire"),
    (0.5, "lean no hire"),
    (0.0, "no hire"),
)
"""The verdicts, each with the smallest share of the expected rounds that earns it."""
RULE = (
    "A round that passed counts 1, any other opened round its share of passing checks. "
    f"A hint subtracts {HINT:g}, a missed question {MISSED:g}, a claim that was measured wrong {CLAIM:g}. "
    "The sum is divided by the number of rounds expected in the minutes: from "
    + ", ".join(f"{least:g} {name}" for least, name in VERDICTS[:-1])
    + ", below that no hire."
)


@dataclass(frozen=True)
class RoundResult:
    """The result of one round."""

    id: str
    title: str
    minutes: float
    """The minutes until the round passed or, if it did not, until the interview ended."""
    meant: float
    """The minutes that the round is expected to take."""
    passed: bool
    passing: int
    """The number of checks that passed when the file was last judged, out of `checks`."""
    checks: int
    looks: int
    """How often the file was judged while this was the newest round."""
    hints: int


@dataclass(frozen=True)
class AskedTopic:
    """A topic that was asked about or missed, with the answer."""

    round: str
    topic: str
    answer: str
    asked: str = ""
    """The candidate's question; empty if the topic was missed."""


@dataclass(frozen=True)
class MeasuredClaim:
    """A function's cost: what was claimed and what was measured."""

    round: str
    function: str
    said: str
    """The claim in the candidate's words; empty if there was none."""
    claims: Mapping[str, str]
    """`agree`, `disagree` or `not enough evidence`, for time and memory."""
    exponents: Mapping[str, Mapping[str, float | None]]
    """The measured growth: for time and memory, the exponent of each size."""
    good: Mapping[str, str]
    """The cost of a good solution as a formula, for time and memory."""
    seconds: float | None
    """The time of one call; `rungs` has those of the kit's solutions, from plain to fast."""
    rungs: Mapping[str, float]
    rung: str
    """The last of `rungs` that the candidate's function is as fast as, within 25 %; empty if none."""
    problem: str
    """Why there is no measurement; empty if there is one."""

    @property
    def wrong(self) -> bool:
        """Whether the measurement contradicts a part of the claim."""
        return Finding.DISAGREE in self.claims.values()


@dataclass(frozen=True)
class AnsweredFollowUp:
    """A question about a round that is answered in words, not in code; with a strong answer."""

    round: str
    question: str
    answer: str
    yours: str = ""
    """The candidate's reply; empty if the question was not asked in the interview."""


@dataclass(frozen=True)
class Scorecard:
    """The whole scorecard."""

    track: str
    title: str
    began: str
    minutes: int
    seconds: float
    seed: int
    ended: str
    """Why it ended: `time`, `done` or `asked`."""
    verdict: str
    share: float
    """What the verdict depends on: `earned` less what was lost, divided by `meant`."""
    earned: float
    """The number of rounds that passed, and the shares of those that did not."""
    meant: float
    """The number of rounds that are expected in the minutes."""
    next: str
    """What to practise next, in words; `command` is for that."""
    command: str
    rounds: tuple[RoundResult, ...]
    asked: tuple[AskedTopic, ...]
    missed: tuple[AskedTopic, ...]
    unanswered: tuple[str, ...]
    """The questions that belong to no topic: the candidate was told to decide."""
    listed: bool
    """Whether the candidate looked at the list of topics."""
    costs: tuple[MeasuredClaim, ...]
    tests: Mapping[str, Any] | None
    """How many bugs the candidate's tests caught (see `journal_lines.Tested`); None if none were graded."""
    strong: tuple[AnsweredFollowUp, ...]
    """Questions to answer in words, not in code, on the rounds that were judged; with strong answers."""

    @property
    def passed(self) -> int:
        """The number of rounds that passed."""
        return sum(round_.passed for round_ in self.rounds)

    @property
    def hints(self) -> int:
        """The number of hints that were shown."""
        return sum(round_.hints for round_ in self.rounds)

    def as_dict(self) -> dict[str, Any]:
        """Return the scorecard in the JSON format `mlkata.interview/1`."""
        return {"schema": SCHEMA, "rule": RULE, **asdict(self)}


def expected_rounds(track: Track, minutes: float) -> float:
    """Return how many rounds are expected in some minutes: those that fit, and a share of the next one."""
    minutes_left, n_rounds = minutes, 0.0
    for round_ in track.rounds:
        n_rounds += min(1.0, max(0.0, minutes_left / round_.minutes))
        minutes_left -= round_.minutes
    return n_rounds


def build(sheet: Sheet, interview: Interview, practised: Collection[str] = ()) -> Scorecard:
    """Return the scorecard of an interview; `practised` holds the rounds passed in the workspace."""
    track = sheet.track
    # The journal of an older version may also name rounds that the track no longer has.
    opened = [round_ for round_ in track.rounds if round_.id in interview.rounds]
    rounds = tuple(_round(round_, interview) for round_ in opened)
    missed = tuple(_question(sheet, key) for key in interview.missed)
    costs = tuple(_cost(name, interview) for name in interview.claims)
    earned = sum(
        1.0 if result.passed else result.passing / result.checks if result.checks else 0.0
        for result in rounds
    )
    expected = expected_rounds(track, interview.minutes)
    lost = {
        "speed": max(0.0, expected - earned),
        "hints": HINT * sum(result.hints for result in rounds),
        "questions": MISSED * len(missed),
        "claims": CLAIM * sum(cost.wrong for cost in costs),
    }
    share = round(max(0.0, (earned - lost["hints"] - lost["questions"] - lost["claims"]) / expected), 3)
    card = Scorecard(
        track=track.name,
        title=track.title,
        began=interview.began,
        minutes=interview.minutes,
        seconds=round(interview.seconds, 1),
        seed=interview.seed,
        ended=interview.ended,
        verdict=next(name for least, name in VERDICTS if share >= least),
        share=share,
        earned=round(earned, 3),
        meant=round(expected, 3),
        next="",
        command="",
        rounds=rounds,
        asked=tuple(_question(sheet, key, words) for key, words in interview.asked.items()),
        missed=missed,
        unanswered=tuple(interview.unanswered),
        listed=interview.listed,
        costs=costs,
        tests=interview.tests,
        strong=tuple(answered for round_ in opened for answered in _strong(round_, interview)),
    )
    largest = max(lost, key=lambda name: lost[name])
    advice, command = _advice(largest if lost[largest] > 0 else "", card, track)
    # `kata again` repeats a round that has passed in the workspace; any other has to be opened there.
    if command.startswith("kata again") and command.split()[-1] not in practised:
        command = command.replace("again", "open")
    return replace(card, next=advice, command=command)


def _round(round_: Round, interview: Interview) -> RoundResult:
    history = interview.rounds[round_.id]
    until = interview.seconds if history.passed is None else history.passed
    return RoundResult(
        id=round_.id,
        title=round_.title,
        minutes=round((until - history.opened) / 60, 1),
        meant=round_.minutes,
        passed=history.passed is not None,
        passing=history.passing,
        checks=history.checks,
        looks=history.looks,
        hints=history.hints,
    )


def _question(sheet: Sheet, key: str, question: str = "") -> AskedTopic:
    number, _, name = key.partition("/")
    topic = sheet.topic(key)  # None if the journal of an older version names a topic that is gone
    answer = topic.answer if topic is not None else ""
    return AskedTopic(f"{sheet.track.name}.{number}", name, answer, question)


def _cost(round_id: str, interview: Interview) -> MeasuredClaim:
    result = interview.measured.get(round_id, {"problem": "the interview ended before it was measured"})
    return MeasuredClaim(
        round=round_id,
        function=result.get("function", ""),
        said=interview.claims[round_id],
        claims=result.get("claims", {}),
        exponents=result.get("exponents", {}),
        good=result.get("good", {}),
        seconds=result.get("seconds"),
        rungs=result.get("rungs", {}),
        rung=result.get("rung", ""),
        problem=result.get("problem", ""),
    )


def _strong(round_: Round, interview: Interview) -> list[AnsweredFollowUp]:
    """Return the questions about a round to answer in words; none if the round was never judged."""
    history = interview.rounds[round_.id]
    if not history.looks and history.passed is None:
        return []
    answered = [AnsweredFollowUp(round_.id, item.question, item.answer) for item in round_.follow_ups]
    if round_.open is not None and round_.id in interview.replies:
        answered.append(
            AnsweredFollowUp(round_.id, round_.open.request, round_.open.reason, interview.replies[round_.id])
        )
    return answered


def _advice(loss: str, card: Scorecard, track: Track) -> tuple[str, str]:
    """Return what to practise next and the command for it.

    `loss` says what cost most: `speed`, `hints`, `questions` or `claims`; empty if nothing was lost.
    """
    passed = {result.id for result in card.rounds if result.passed}
    remaining = [round_ for round_ in track.rounds if round_.id not in passed]
    match loss:
        case "speed" if not card.rounds:  # the interview ended before its first round was opened
            return f"getting started: {track.rounds[0].title}", f"kata open {track.rounds[0].id}"
        case "speed":
            slowest = max(card.rounds, key=lambda result: result.minutes / result.meant)
            if slowest.minutes <= slowest.meant:
                words = f"getting further: {remaining[0].title} has not passed"
                return words, f"kata again {remaining[0].id}"
            words = f"speed: {slowest.title} took {slowest.minutes:.0f} minutes, expected {slowest.meant}"
            return words, f"kata again {slowest.id}"
        case "hints":
            hinted = max(card.rounds, key=lambda result: result.hints)
            return f"{hinted.title} without hints", f"kata again {hinted.id}"
        case "questions":
            names = ", ".join(dict.fromkeys(topic.topic for topic in card.missed))
            return f"asking before you write: {names}", f"kata interview {track.name} --sheet"
        case "claims":
            wrong = next(cost for cost in card.costs if cost.wrong)
            return f"what {wrong.function} costs", f"kata cost {track.name} {wrong.function}"
    if card.tests is None or card.tests["caught"] < card.tests["of"]:
        return "test cases: which bugs do yours catch?", f"kata test {track.name}"
    if remaining:
        return f"a harder round: {remaining[0].title}", f"kata open {remaining[0].id}"
    return "another track", "kata list"
