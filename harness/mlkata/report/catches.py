"""Show which bugs a candidate's own tests catch, as text and as JSON: `kata test`.

`kata test` runs these tests on right solutions, which should pass, and on mutants, which should fail. A
mutant is a right solution with one typical bug; its lesson is a sentence that explains the bug.
"""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.text import Text

from mlkata.judging.outcomes import Catch, OwnTestsResult
from mlkata.tracks.catalogue import Track
from mlkata.tracks.harmless import inert, printable

_MAX_LINES = 3
"""Maximum number of lines shown of a failure, from its end: the last lines say what was expected."""
_MAX_BUGS = 4
"""Maximum number of bugs named beside a test; the others are counted."""


def render(
    result: OwnTestsResult, track: Track, file: Path, *, lessons: bool, width: int = 80
) -> Iterator[Text]:
    """Yield the over-specified tests, how many bugs each test catches, and the surviving bugs.

    A bug survives if no test fails on it. With `lessons`, each surviving bug is explained; otherwise only
    the functions are named, so that the candidate can find the bugs.
    """
    tests = f"{len(result.tests)} test{'s' if len(result.tests) != 1 else ''}"
    yield Text(f"{file.name} · {tests} · {len(result.catches)} bugs of {track.name}", "bold")
    yield Text()
    yield from _rejected(result)
    yield Text(
        f"caught {result.caught} of {len(result.catches)}", "bold green" if result.passed else "bold yellow"
    )
    yield from _by_test(result, width)
    survivors = [catch for catch in result.catches if not catch.caught_by]
    if survivors:
        yield Text()
        yield from _lessons(survivors, track, width) if lessons else _places(survivors, result, track)
    if result.uncalled:
        yield Text()
        yield Text(f"no test calls {', '.join(result.uncalled)}", "yellow")
    yield Text()
    yield Text(_next(result, track, survivors, lessons=lessons), "dim")


def _rejected(result: OwnTestsResult) -> Iterator[Text]:
    """Yield the tests that fail on a right solution: they demand something that the contract does not."""
    solutions_by_test: defaultdict[str, list[str]] = defaultdict(list)
    for solution, failed in result.rejected.items():
        for test in failed:
            solutions_by_test[test].append(solution)
    for test, solutions in solutions_by_test.items():
        yield Text(f"OVER-SPECIFIED {_short(test)}", "bold red")
        yield Text(f"  it fails on right solutions ({', '.join(solutions)}), so it can't catch a bug:")
        for line in printable(result.rejected[solutions[0]][test]).strip().split("\n")[-_MAX_LINES:]:
            yield Text(inert(f"  | {line}"), "dim")
    if solutions_by_test:
        yield Text()


def _by_test(result: OwnTestsResult, width: int) -> Iterator[Text]:
    """Yield for each test the number of bugs that it was the first to catch, and some of their ids."""
    for test, number in result.catches_by_test.most_common():
        ids = [catch.mutant.id for catch in result.catches if catch.caught_by == test]
        more = f" and {number - _MAX_BUGS} more" if number > _MAX_BUGS else ""
        yield from _wrapped(f"  {number:3}  {_short(test)}: {', '.join(ids[:_MAX_BUGS])}{more}", width)


def _places(survivors: list[Catch], result: OwnTestsResult, track: Track) -> Iterator[Text]:
    """Yield the functions in which bugs survive, without naming the bugs.

    Above them is the number of surviving classics, the bugs that interviewers ask about.
    """
    n_surviving_classics = sum(not catch.caught_by for catch in result.classics)
    if n_surviving_classics:
        yield Text(f"{n_surviving_classics} of the {len(result.classics)} classic bugs survive")
    places = Counter((catch.mutant.round, catch.mutant.function) for catch in survivors)
    for (round_, function), number in sorted(places.items()):
        bugs = "a bug survives" if number == 1 else f"{number} bugs survive"
        yield Text(f"  {track.name}.{round_}  {function}: {bugs}")


def _lessons(survivors: list[Catch], track: Track, width: int) -> Iterator[Text]:
    """Yield the lesson of each surviving bug."""
    for catch in survivors:
        where = f"  {track.name}.{catch.mutant.round}  {catch.mutant.function}: "
        yield from _wrapped(where + catch.mutant.lesson, width)


def _wrapped(words: str, width: int) -> Iterator[Text]:
    indent = " " * 7  # the width of the number of bugs in a line of `_by_test`
    lines = textwrap.wrap(words, width, subsequent_indent=indent, break_on_hyphens=False)
    yield from (Text(line) for line in lines)


def _next(result: OwnTestsResult, track: Track, survivors: list[Catch], *, lessons: bool) -> str:
    """Return the line that says what to do next."""
    if result.rejected:
        return f"next: read the docstring again, test only what it says, then kata test {track.name}"
    if survivors and not lessons:
        return f"next: add a test, then kata test {track.name}   (--lessons explains the surviving bugs)"
    if survivors:
        return f"next: add a test, then kata test {track.name}"
    return f"next: kata check {track.name}"


def _short(test: str) -> str:
    """Return a test's name without its file: `test_ties` for `test_kmeans.py::test_ties`."""
    return test.partition("::")[2] or test


def as_json(result: OwnTestsResult, track: Track, file: Path) -> dict[str, Any]:
    """Return a result as plain values, in the schema `mlkata.tests/1`."""
    return {
        "schema": "mlkata.tests/1",
        "track": track.name,
        "file": file.name,
        "tests": list(result.tests),
        "rejected": {name: dict(failed) for name, failed in result.rejected.items()},
        "caught": result.caught,
        "of": len(result.catches),
        "bugs": [_bug(catch, track) for catch in result.catches],
        "uncalled": list(result.uncalled),
        "passed": result.passed,
    }


def _bug(catch: Catch, track: Track) -> dict[str, Any]:
    where = {"round": f"{track.name}.{catch.mutant.round}", "function": catch.mutant.function}
    return {"id": catch.mutant.id, **where, "caught_by": catch.caught_by or None}
