"""Checks the rounds of rounds.toml: no text is missing, and model answers are short enough to be spoken."""

from __future__ import annotations

from collections.abc import Iterator

from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import Check, Round

HINTS = 3
"""Hints of each round."""
ANSWER = (20, 150)
"""Fewest and most words of a model answer; a longer one would take well over a minute to say."""


def problems(track: Track) -> Iterator[str]:
    """Yield what is wrong with the rounds."""
    for round_ in track.rounds:
        checks = track.checks_of(round_)
        yield from _text_problems(round_)
        yield from _needs_problems(track, round_)
        yield from _points_problems(round_, checks)
        if not checks:
            yield f"{round_.id} has no check: write one in cases.py"
        # An open(-ended) round is scored: it has no right answer.
        if (round_.open is not None) != any(check.score for check in checks):
            yield (
                f"{round_.id}: an open round has [round.open] in rounds.toml and a check with a score: "
                "add the missing one"
            )


def _text_problems(round_: Round) -> Iterator[str]:
    if len(round_.hints) != HINTS:
        hints = f"{HINTS} hints, from a small one to almost the answer"
        yield f"{round_.id}: expected {hints}, got {len(round_.hints)}"
    if not round_.follow_ups:
        yield f"{round_.id} has no follow-up question: expected one or more [[round.follow_up]]"
    for follow_up in round_.follow_ups:
        if not follow_up.question.strip():
            yield f"{round_.id} has a follow-up without a question: write one"
        yield from answer_problems(f"{round_.id}, follow-up {follow_up.question!r}", follow_up.answer)
    if round_.minutes <= 0:
        expected = "expected a number above 0, the minutes that people took"
        yield f"{round_.id} takes {round_.minutes} minutes: {expected}"


def answer_problems(where: str, answer: str) -> Iterator[str]:
    """Yield a problem if a model answer is too short or too long; `where` begins the message."""
    low, high = ANSWER
    count = len(answer.split())
    if not low <= count <= high:
        advice = "write more" if count < low else "shorten it"
        yield f"{where}: expected an answer of {low} to {high} words, got {count}; {advice}"


def _needs_problems(track: Track, round_: Round) -> Iterator[str]:
    earlier = {other.id for other in track.rounds[: round_.number - 1]}
    if later := sorted(set(round_.needs) - earlier):
        yield f"{round_.id} needs {', '.join(later)}: expected earlier rounds, such as {track.rounds[0].id}"


def _points_problems(round_: Round, checks: tuple[Check, ...]) -> Iterator[str]:
    names = {check.id.partition("/")[2] for check in checks if check.score is None}
    for name in sorted(set(round_.weights) - names):
        yield f"{round_.id} gives a weight to {name}: expected a check of this round that passes or fails"
    if min(round_.weights.values(), default=1) < 0 or (round_.points or 0) < 0:
        yield f"{round_.id}: expected points and weights of at least 0"
