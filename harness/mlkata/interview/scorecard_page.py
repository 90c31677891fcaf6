"""A scorecard as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlkata.interview import shown
from mlkata.interview.clock import clock_time
from mlkata.interview.scorecard import RULE, Scorecard
from mlkata.report.page import environment
from mlkata.report.page.document import Cell, Mark, Section, Table
from mlkata.report.units import NOTHING

_TONES = {"strong hire": "good", "hire": "good", "lean hire": "doubt"}


def render(card: Scorecard, earlier: Sequence[Mapping[str, object]]) -> str:
    """Return the page."""
    verdict, practise = shown.summary(card)
    about = f"{card.title}, {clock_time(card.seconds)} of {card.minutes}:00, inputs of seed {card.seed}."
    leads: tuple[Cell, ...] = (Mark(verdict, _TONES.get(card.verdict, "bad")), practise, about)
    sections = [_rounds(card), _questions(card), _cost(card), _strong(card)]
    if earlier:
        sections.append(_earlier(card, earlier))
    return environment.report(f"An interview: {card.title}", leads, sections)


def _rounds(card: Scorecard) -> Section:
    rows = tuple(
        (
            round_.id,
            round_.title,
            f"{round_.minutes:.0f}",
            str(round_.meant),
            Mark(f"{round_.passing} of {round_.checks}", "good" if round_.passed else "doubt"),
            str(round_.looks),
            str(round_.hints),
        )
        for round_ in card.rounds
    )
    head = ("round", "", "minutes", "minutes expected", "checks passed", "times judged", "hints")
    return Section("rounds", "Rounds", (RULE,), (Table("Round by round", head, rows, align="llrrrrr"),))


def _questions(card: Scorecard) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (Mark("missed", "bad"), topic.round, topic.topic, NOTHING, topic.answer) for topic in card.missed
    ]
    rows += [
        (Mark("asked", "good"), topic.round, topic.topic, topic.asked, topic.answer) for topic in card.asked
    ]
    rows += [
        ("up to you", NOTHING, NOTHING, question, "The interviewer left it to you to decide.")
        for question in card.unanswered
    ]
    words = "What the task left open, and what you asked about it." + (
        " You looked at the list of topics." if card.listed else ""
    )
    head = ("", "round", "about", "your words", "the answer")
    table = Table("Questions", head, tuple(rows), align="lllww")
    return Section("questions", "Questions", (words,), (table,) if rows else ())


def _cost(card: Scorecard) -> Section:
    words = [line.strip() for cost in card.costs for line in shown.lines_of(cost)]
    return Section("cost", "Cost and tests", (*words, shown.tests(card)))


def _strong(card: Scorecard) -> Section:
    has_replies = any(follow_up.yours for follow_up in card.strong)  # without any, their column is left out
    head = ("round", "question", *(("yours",) if has_replies else ()), "answer")
    rows = tuple(
        (
            follow_up.round,
            follow_up.question,
            *((follow_up.yours or NOTHING,) if has_replies else ()),
            follow_up.answer,
        )
        for follow_up in card.strong
    )
    table = Table("Questions that belong to these rounds", head, rows, align="lwww" if has_replies else "lww")
    return Section("strong", "What a strong answer would have contained", (), (table,) if rows else ())


def _earlier(card: Scorecard, earlier: Sequence[Mapping[str, object]]) -> Section:
    rows = tuple(
        (
            str(line["began"]),
            str(line["verdict"]),
            f"{line['earned']:.1f}",
            str(line["hints"]),
            str(line["missed"]),
        )
        for line in [*earlier, shown.line_of(card)]
    )
    head = ("began", "verdict", "rounds", "hints", "missed")
    return Section(
        "earlier", "Earlier interviews", (), (Table("The oldest first", head, rows, align="llrrr"),)
    )
