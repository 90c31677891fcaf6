"""What an interview was worth, by rules that are written down, and the one thing to practise next."""

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
"""Rounds that one of these takes off."""
VERDICTS = (
    (1.25, "strong hire"),
    (1.0, "hire"),
    (0.75, "lean hire"),
    (0.5, "lean no hire"),
    (0.0, "no hire"),
)
"""The least share of the rounds that the minutes are meant for."""
RULE = (
    "A round that passed counts 1, the one after as much as its share of checks that pass. "
    f"A hint takes off {HINT:g}, a missed question {MISSED:g}, a claim that measures wrong {CLAIM:g}. "
    "What is left is divided by the rounds that the minutes are meant for: from "
    + ", ".join(f"{least:g} {words}" for least, words in VERDICTS[:-1])
    + ", below that no hire."
)


@dataclass(frozen=True)
class RoundResult:
    """One round."""

    id: str
    title: str
    minutes: float
    meant: float
    passed: bool
    passing: int
    checks: int
    looks: int
    hints: int


@dataclass(frozen=True)
class AskedTopic:
    """A topic that was asked about or missed, with the answer."""

    round: str
    topic: str
    answer: str
    asked: str = ""
    """The candidate's words."""


@dataclass(frozen=True)
class MeasuredClaim:
    """A function's cost: what was said, what was measured."""

    round: str
    function: str
    said: str
    claims: Mapping[str, str]
    """`agree`, `disagree` or `not enough evidence`, for time and memory."""
    exponents: Mapping[str, Mapping[str, float | None]]
    good: Mapping[str, str]
    seconds: float | None
    rungs: Mapping[str, float]
    rung: str
    problem: str

    @property
    def wrong(self) -> bool:
        """Does measurement contradict a part of the claim?"""
        return Finding.DISAGREE in self.claims.values()


@dataclass(frozen=True)
class AnsweredFollowUp:
    """A question that belongs to a round, with what a strong answer says."""

    round: str
    question: str
    answer: str
    yours: str = ""


@dataclass(frozen=True)
class Scorecard:
    """The whole of it."""

    track: str
    title: str
    began: str
    minutes: int
    seconds: float
    seed: int
    ended: str
    verdict: str
    share: float
    earned: float
    meant: float
    next: str
    command: str
    rounds: tuple[RoundResult, ...]
    asked: tuple[AskedTopic, ...]
    missed: tuple[AskedTopic, ...]
    unanswered: tuple[str, ...]
    listed: bool
    costs: tuple[MeasuredClaim, ...]
    tests: Mapping[str, Any] | None
    strong: tuple[AnsweredFollowUp, ...]

    @property
    def passed(self) -> int:
        """How many rounds passed."""
        return sum(one.passed for one in self.rounds)

    @property
    def hints(self) -> int:
        """How many hints were asked for."""
        return sum(one.hints for one in self.rounds)

    def as_dict(self) -> dict[str, Any]:
        """Write it down as `mlkata.interview/1`."""
        return {"schema": SCHEMA, "rule": RULE, **asdict(self)}


def meant(track: Track, minutes: float) -> float:
    """Say how many rounds so many minutes are meant for: by what each of them takes."""
    left, found = minutes, 0.0
    for one in track.rounds:
        found += min(1.0, max(0.0, left / one.minutes))
        left -= one.minutes
    return found


def build(sheet: Sheet, interview: Interview, practised: Collection[str] = ()) -> Scorecard:
    """Make the scorecard of an interview; `practised` names rounds that have passed in the workspace."""
    track = sheet.track
    known = [one for one in track.rounds if one.id in interview.rounds]  # a newer kit may have other ones
    rounds = tuple(_round(one, interview) for one in known)
    missed = tuple(_question(sheet, key) for key in interview.missed)
    costs = tuple(_cost(name, interview) for name in interview.claims)
    earned = sum(1.0 if one.passed else one.passing / one.checks if one.checks else 0.0 for one in rounds)
    goal = meant(track, interview.minutes)
    lost = {
        "speed": max(0.0, goal - earned),
        "hints": HINT * sum(one.hints for one in rounds),
        "questions": MISSED * len(missed),
        "claims": CLAIM * sum(one.wrong for one in costs),
    }
    share = round(max(0.0, (earned - lost["hints"] - lost["questions"] - lost["claims"]) / goal), 3)
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
        meant=round(goal, 3),
        next="",
        command="",
        rounds=rounds,
        asked=tuple(_question(sheet, key, words) for key, words in interview.asked.items()),
        missed=missed,
        unanswered=tuple(interview.unanswered),
        listed=interview.listed,
        costs=costs,
        tests=interview.tests,
        strong=tuple(one for round_ in known for one in _strong(round_, interview)),
    )
    worst = max(lost, key=lambda name: lost[name])
    words, command = _advice(worst if lost[worst] > 0 else "", card, track)
    if command.startswith("kata again") and command.split()[-1] not in practised:
        command = command.replace("again", "open")
    return replace(card, next=words, command=command)


def _round(round_: Round, interview: Interview) -> RoundResult:
    past = interview.rounds[round_.id]
    until = interview.seconds if past.passed is None else past.passed
    return RoundResult(
        id=round_.id,
        title=round_.title,
        minutes=round((until - past.opened) / 60, 1),
        meant=round_.minutes,
        passed=past.passed is not None,
        passing=past.passing,
        checks=past.checks,
        looks=past.looks,
        hints=past.hints,
    )


def _question(sheet: Sheet, key: str, asked: str = "") -> AskedTopic:
    number, _, name = key.partition("/")
    topic = sheet.topic(key)  # a newer kit may have other topics
    answer = topic.answer if topic is not None else ""
    return AskedTopic(f"{sheet.track.name}.{number}", name, answer, asked)


def _cost(round_id: str, interview: Interview) -> MeasuredClaim:
    found = interview.measured.get(round_id, {"problem": "the interview was over before"})
    return MeasuredClaim(
        round=round_id,
        function=found.get("function", ""),
        said=interview.claims[round_id],
        claims=found.get("claims", {}),
        exponents=found.get("exponents", {}),
        good=found.get("good", {}),
        seconds=found.get("seconds"),
        rungs=found.get("rungs", {}),
        rung=found.get("rung", ""),
        problem=found.get("problem", ""),
    )


def _strong(round_: Round, interview: Interview) -> list[AnsweredFollowUp]:
    """List what is asked besides code, where the candidate has shown something of the round."""
    past = interview.rounds[round_.id]
    if not past.looks and past.passed is None:
        return []
    found = [AnsweredFollowUp(round_.id, one.question, one.answer) for one in round_.follow_ups]
    if round_.open is not None and round_.id in interview.replies:
        found.append(
            AnsweredFollowUp(round_.id, round_.open.request, round_.open.reason, interview.replies[round_.id])
        )
    return found


def _advice(what: str, card: Scorecard, track: Track) -> tuple[str, str]:
    """Say what to practise where most was lost, and the command for it."""
    passed = {one.id for one in card.rounds if one.passed}
    left = [one for one in track.rounds if one.id not in passed]
    match what:
        case "speed" if not card.rounds:  # it was left before the first round was opened
            return f"beginning: {track.rounds[0].title}", f"kata open {track.rounds[0].id}"
        case "speed":
            slowest = max(card.rounds, key=lambda one: one.minutes / one.meant)
            if slowest.minutes <= slowest.meant:
                return f"getting further: {left[0].title} has not passed", f"kata again {left[0].id}"
            words = f"speed: {slowest.title} took {slowest.minutes:.0f} minutes, {slowest.meant} are meant"
            return words, f"kata again {slowest.id}"
        case "hints":
            most = max(card.rounds, key=lambda one: one.hints)
            return f"{most.title} without hints", f"kata again {most.id}"
        case "questions":
            names = ", ".join(dict.fromkeys(one.topic for one in card.missed))
            return f"asking before you write: {names}", f"kata interview {track.name} --sheet"
        case "claims":
            wrong = next(one for one in card.costs if one.wrong)
            return f"what {wrong.function} costs", f"kata cost {track.name} {wrong.function}"
    if card.tests is None or card.tests["caught"] < card.tests["of"]:
        return "test cases: which bugs do yours catch?", f"kata test {track.name}"
    if left:
        return f"a harder round: {left[0].title}", f"kata open {left[0].id}"
    return "another track", "kata list"
