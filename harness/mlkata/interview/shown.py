"""A scorecard as text for a terminal; the verdict and what to practise next come first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from mlkata.interview.clock import clock_time
from mlkata.interview.scorecard import RULE, MeasuredClaim, Scorecard
from mlkata.report.units import count, seconds

_TONES = {"strong hire": "bold green", "hire": "bold green", "lean hire": "green"}
_ENDS = {"time": "time was up", "done": "you finished every round", "asked": "you ended it"}


def summary(card: Scorecard) -> list[str]:
    """Return the verdict and what to practise next: the first two lines, on the terminal and on the page."""
    return [
        f"{card.verdict}: {card.share:.0%} of what is expected in {card.minutes} minutes",
        f"practise next: {card.next}   ({card.command})",
    ]


def render(card: Scorecard, earlier: Sequence[Mapping[str, object]], width: int) -> Iterator[Text]:
    """Yield the whole scorecard; `earlier` has what `line_of` returned for each earlier interview."""
    verdict, practise = summary(card)
    yield Text(verdict, _TONES.get(card.verdict, "bold red"))
    yield from _wrapped(practise, width, "bold")
    yield Text()
    summary_ = (
        f"{card.title}, {clock_time(card.seconds)} of {card.minutes}:00, {_ENDS.get(card.ended, card.ended)}"
    )
    yield Text(f"{summary_}; inputs of seed {card.seed}", "dim")
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
    yield from _wrapped(f"how the verdict is computed: {RULE[0].lower()}{RULE[1:]}", width, "dim")


def lines_of(cost: MeasuredClaim) -> Iterator[str]:
    """Yield what a function costs beside the claim, and its speed beside the kit's solutions."""
    if cost.problem:
        yield f"{cost.function or cost.round}: not measured, {cost.problem}"
        return
    claim = f"you claimed {cost.said}" if cost.said else "you made no claim"
    findings = "; ".join(f"{kind}: {finding}" for kind, finding in cost.claims.items())
    yield f"{cost.function}: {claim}{f'  ({findings})' if findings else ''}"
    measured = ", ".join(
        f"{kind} {formula}" for kind, sizes in cost.exponents.items() if (formula := _formula(sizes))
    )
    good_solution = ", ".join(f"{kind} {formula}" for kind, formula in cost.good.items())
    yield f"    measured: {measured or 'not enough evidence'}; a good solution: {good_solution}"
    if cost.seconds is not None:
        solutions = ", ".join(f"{name} {seconds(value)}" for name, value in cost.rungs.items())
        speed = f"as fast as {cost.rung}" if cost.rung else "slower than all"
        yield f"    a call takes {seconds(cost.seconds)}, {speed} (our solutions: {solutions})"


def tests(card: Scorecard) -> str:
    """Return how many bugs the candidate's tests caught."""
    if card.tests is None:
        return "tests: none were graded"
    rejected = card.tests["rejected"]
    note = f"; {count(len(rejected), 'test')} failed on right solutions" if rejected else ""
    return f"tests: caught {card.tests['caught']} of {card.tests['of']} bugs{note}"


def compared(card: Scorecard, earlier: Sequence[Mapping[str, object]]) -> Iterator[Text]:
    """Yield a table of the earlier interviews on the track and this one, oldest first."""
    yield Text(f"{'interview':<18} {'verdict':<14} rounds   hints  missed", "dim")
    for entry in [*earlier, line_of(card)]:
        line = f"{entry['began']:<18} {entry['verdict']:<14} {entry['earned']:>6.1f}"
        yield Text(f"{line}  {entry['hints']:>6}  {entry['missed']:>6}")


def line_of(card: Scorecard) -> dict[str, object]:
    """Return what that table shows of a scorecard."""
    return {
        "began": card.began[:16].replace("T", " "),
        "verdict": card.verdict,
        "earned": card.earned,
        "hints": card.hints,
        "missed": len(card.missed),
    }


def _rounds(card: Scorecard) -> Iterator[Text]:
    widest = max((len(round_.title) for round_ in card.rounds), default=0)
    yield Text(f"{'round':<10} {'':<{widest}}  minutes    checks    judged  hints", "dim")
    for round_ in card.rounds:
        line = Text(f"{round_.id:<10} {round_.title:<{widest}}  {round_.minutes:>3.0f} of {round_.meant:<3} ")
        line.append(f"{round_.passing:>4} of {round_.checks:<3}", "green" if round_.passed else "yellow")
        line.append(f" {round_.looks:>6}  {round_.hints:>5}")
        yield line


def _questions(card: Scorecard, width: int) -> Iterator[Text]:
    listed = ", and looked at the list of topics" if card.listed else ""
    names = ", ".join(topic.topic for topic in card.asked)
    yield from _wrapped(f"asked: {names or 'nothing'}{listed}", width)
    if card.unanswered:
        yield from _wrapped(f"asked, but up to you: {'; '.join(card.unanswered)}", width)
    for topic in card.missed:
        yield from _wrapped(f"missed: {topic.topic} ({topic.round}). {topic.answer}", width, "yellow")


def _strong(card: Scorecard, width: int) -> Iterator[Text]:
    if card.strong:
        yield Text()
        yield Text("what a strong answer would have contained", "bold")
    for follow_up in card.strong:
        yield from _wrapped(f"{follow_up.round}: {follow_up.question}", width)
        if follow_up.yours:
            yield from _wrapped(f"you: {follow_up.yours}", width, indent="    ")
        yield from _wrapped(follow_up.answer, width, "dim", indent="    ")


def _formula(sizes: Mapping[str, float | None]) -> str:
    """Return measured exponents such as `n^1.0 k^0.9`, without sizes that have none."""
    return " ".join(f"{name}^{power:.1f}" for name, power in sizes.items() if power is not None)


def _wrapped(words: str, width: int, style: str = "", *, indent: str = "") -> Iterator[Text]:
    """Yield a text in lines; without an `indent`, lines after the first are indented by four spaces."""
    for line in textwrap.wrap(words, width, initial_indent=indent, subsequent_indent=indent or "    "):
        yield Text(line, style)
