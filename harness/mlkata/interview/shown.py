"""Writes a scorecard for a terminal, the verdict and what to practise next first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from mlkata.interview.clock import shown
from mlkata.interview.scorecard import RULE, MeasuredClaim, Scorecard
from mlkata.report.units import count, seconds

_TONES = {"strong hire": "bold green", "hire": "bold green", "lean hire": "green"}
_ENDS = {"time": "time was up", "done": "nothing was left to ask", "asked": "you ended it"}


def summary(card: Scorecard) -> list[str]:
    """Say what came out, and what to practise next: the first two lines of every form."""
    return [
        f"{card.verdict}: {card.share:.0%} of what {card.minutes} minutes are meant for",
        f"practise next: {card.next}   ({card.command})",
    ]


def render(card: Scorecard, earlier: Sequence[Mapping[str, object]], width: int) -> Iterator[Text]:
    """Write it all."""
    verdict, practise = summary(card)
    yield Text(verdict, _TONES.get(card.verdict, "bold red"))
    yield from _wrapped(practise, width, "bold")
    yield Text()
    how = f"{card.title}, {shown(card.seconds)} of {card.minutes}:00, {_ENDS.get(card.ended, card.ended)}"
    yield Text(f"{how}; inputs of seed {card.seed}", "dim")
    yield Text()
    yield from _rounds(card)
    yield Text()
    yield from _questions(card, width)
    for cost in card.costs:
        yield from (Text(line) for line in lines_of(cost))
    yield Text(tests(card))
    yield from _strong(card, width)
    if earlier:
        yield Text()
        yield from compared(card, earlier)
    yield Text()
    yield from _wrapped(f"how it is judged: {RULE[0].lower()}{RULE[1:]}", width, "dim")


def lines_of(cost: MeasuredClaim) -> Iterator[str]:
    """Write what a function costs, beside what was said; and its place among our solutions."""
    if cost.problem:
        yield f"{cost.function or cost.round}: not measured, {cost.problem}"
        return
    said = f"you said {cost.said}" if cost.said else "you made no claim"
    found = "; ".join(f"{what}: {finding}" for what, finding in cost.claims.items())
    yield f"{cost.function}: {said}{f'  ({found})' if found else ''}"
    measured = ", ".join(
        f"{what} {formula}" for what, sizes in cost.exponents.items() if (formula := _formula(sizes))
    )
    good = ", ".join(f"{what} {formula}" for what, formula in cost.good.items())
    yield f"    measured: {measured or 'too little to tell'}; a good one: {good}"
    if cost.seconds is not None:
        ours = ", ".join(f"{name} {seconds(value)}" for name, value in cost.rungs.items())
        place = f"as fast as {cost.rung}" if cost.rung else "slower than all of them"
        yield f"    a call takes {seconds(cost.seconds)}, {place} (ours: {ours})"


def tests(card: Scorecard) -> str:
    """Say what the candidate's tests are worth."""
    if card.tests is None:
        return "tests: none that could be graded"
    rejected = card.tests["rejected"]
    more = f"; {count(len(rejected), 'test')} asked for more than the contract" if rejected else ""
    return f"tests: caught {card.tests['caught']} of {card.tests['of']} bugs{more}"


def compared(card: Scorecard, earlier: Sequence[Mapping[str, object]]) -> Iterator[Text]:
    """Set earlier interviews on the track beside this one, the oldest first."""
    yield Text(f"{'interview':<18} {'verdict':<14} rounds   hints  missed", "dim")
    for one in [*earlier, line_of(card)]:
        line = f"{one['began']:<18} {one['verdict']:<14} {one['earned']:>6.1f}"
        yield Text(f"{line}  {one['hints']:>6}  {one['missed']:>6}")


def line_of(card: Scorecard) -> dict[str, object]:
    """Return what is compared."""
    return {
        "began": card.began[:16].replace("T", " "),
        "verdict": card.verdict,
        "earned": card.earned,
        "hints": card.hints,
        "missed": len(card.missed),
    }


def _rounds(card: Scorecard) -> Iterator[Text]:
    widest = max((len(one.title) for one in card.rounds), default=0)
    yield Text(f"{'round':<10} {'':<{widest}}  minutes    checks     looks  hints", "dim")
    for one in card.rounds:
        line = Text(f"{one.id:<10} {one.title:<{widest}}  {one.minutes:>3.0f} of {one.meant:<3} ")
        line.append(f"{one.passing:>4} of {one.checks:<3}", "green" if one.passed else "yellow")
        line.append(f" {one.looks:>6}  {one.hints:>5}")
        yield line


def _questions(card: Scorecard, width: int) -> Iterator[Text]:
    looked = ", and looked at the list" if card.listed else ""
    names = ", ".join(one.topic for one in card.asked)
    yield from _wrapped(f"asked: {names or 'nothing'}{looked}", width)
    if card.unanswered:
        yield from _wrapped(f"asked, and free to decide: {'; '.join(card.unanswered)}", width)
    for one in card.missed:
        yield from _wrapped(f"missed: {one.topic} ({one.round}). {one.answer}", width, "yellow")


def _strong(card: Scorecard, width: int) -> Iterator[Text]:
    if card.strong:
        yield Text()
        yield Text("what a strong answer would have had", "bold")
    for one in card.strong:
        yield from _wrapped(f"{one.round}: {one.question}", width)
        if one.yours:
            yield from _wrapped(f"you: {one.yours}", width, indent="    ")
        yield from _wrapped(one.answer, width, "dim", indent="    ")


def _formula(sizes: Mapping[str, float | None]) -> str:
    return " ".join(f"{name}^{power:.1f}" for name, power in sizes.items() if power is not None)


def _wrapped(words: str, width: int, style: str = "", *, indent: str = "") -> Iterator[Text]:
    for line in textwrap.wrap(words, width, initial_indent=indent, subsequent_indent=indent or "    "):
        yield Text(line, style)
