"""Writes a scorecard as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlkata.interview import shown
from mlkata.interview.clock import shown as minutes
from mlkata.interview.scorecard import RULE, Scorecard
from mlkata.report.page import environment
from mlkata.report.page.document import Cell, Mark, Section, Table
from mlkata.report.units import NOTHING

_TONES = {"strong hire": "good", "hire": "good", "lean hire": "doubt"}


def render(card: Scorecard, earlier: Sequence[Mapping[str, object]]) -> str:
    """Write the page."""
    verdict, practise = shown.summary(card)
    about = f"{card.title}, {minutes(card.seconds)} of {card.minutes}:00, inputs of seed {card.seed}."
    leads: tuple[Cell, ...] = (Mark(verdict, _TONES.get(card.verdict, "bad")), practise, about)
    sections = [_rounds(card), _questions(card), _cost(card), _strong(card)]
    if earlier:
        sections.append(_earlier(card, earlier))
    return environment.report(f"An interview: {card.title}", leads, sections)


def _rounds(card: Scorecard) -> Section:
    rows = tuple(
        (
            one.id,
            one.title,
            f"{one.minutes:.0f}",
            str(one.meant),
            Mark(f"{one.passing} of {one.checks}", "good" if one.passed else "doubt"),
            str(one.looks),
            str(one.hints),
        )
        for one in card.rounds
    )
    head = ("round", "", "minutes", "meant", "checks", "looks", "hints")
    return Section("rounds", "Rounds", (RULE,), (Table("Round by round", head, rows, "llrrrrr"),))


def _questions(card: Scorecard) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (Mark("missed", "bad"), one.round, one.topic, NOTHING, one.answer) for one in card.missed
    ]
    rows += [(Mark("asked", "good"), one.round, one.topic, one.asked, one.answer) for one in card.asked]
    rows += [("free", NOTHING, NOTHING, words, "That was up to you.") for words in card.unanswered]
    words = "What the task left open, and who decided." + (" You looked at the list." if card.listed else "")
    table = Table("Questions", ("", "round", "about", "your words", "the answer"), tuple(rows), "lllww")
    return Section("questions", "Questions", (words,), (table,) if rows else ())


def _cost(card: Scorecard) -> Section:
    words = [line.strip() for one in card.costs for line in shown.lines_of(one)]
    return Section("cost", "Cost and tests", (*words, shown.tests(card)))


def _strong(card: Scorecard) -> Section:
    said = any(one.yours for one in card.strong)  # no column for what nobody was asked
    head = ("round", "question", *(("yours",) if said else ()), "answer")
    rows = tuple(
        (one.round, one.question, *((one.yours or NOTHING,) if said else ()), one.answer)
        for one in card.strong
    )
    table = Table("Questions that belong to these rounds", head, rows, "lwww" if said else "lww")
    return Section("strong", "What a strong answer would have had", (), (table,) if rows else ())


def _earlier(card: Scorecard, earlier: Sequence[Mapping[str, object]]) -> Section:
    rows = tuple(
        (
            str(one["began"]),
            str(one["verdict"]),
            f"{one['earned']:.1f}",
            str(one["hints"]),
            str(one["missed"]),
        )
        for one in [*earlier, shown.line_of(card)]
    )
    head = ("began", "verdict", "rounds", "hints", "missed")
    return Section("earlier", "Earlier interviews", (), (Table("The oldest first", head, rows, "llrrr"),))
