"""Shows what a candidate's tests catch, as text and as JSON: `kata test`."""

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

_SHOWN = 3
"""Lines of a failure: the last ones say what was expected."""
_NAMED = 4
"""Bugs named beside a test; the others are counted."""


def render(
    result: OwnTestsResult, track: Track, file: Path, *, lessons: bool, width: int = 80
) -> Iterator[Text]:
    """Say which tests ask for too much, how many bugs are caught and by which test, and what survives."""
    tests = f"{len(result.tests)} test{'s' if len(result.tests) != 1 else ''}"
    yield Text(f"{file.name} · {tests} · {len(result.catches)} bugs of {track.name}", "bold")
    yield Text()
    yield from _rejected(result)
    yield Text(
        f"caught {result.caught} of {len(result.catches)}", "bold green" if result.passed else "bold yellow"
    )
    yield from _by_test(result, width)
    survivors = [one for one in result.catches if not one.by]
    if survivors:
        yield Text()
        yield from _lessons(survivors, track, width) if lessons else _nudges(survivors, result, track)
    if result.uncalled:
        yield Text()
        yield Text(f"no test calls {', '.join(result.uncalled)}", "yellow")
    yield Text()
    yield Text(_next(result, track, survivors, lessons=lessons), "dim")


def _rejected(result: OwnTestsResult) -> Iterator[Text]:
    """Name tests that fail on a right solution: what they ask for is nowhere in the contract."""
    by_test: defaultdict[str, list[str]] = defaultdict(list)
    for solution, failed in result.rejected.items():
        for test in failed:
            by_test[test].append(solution)
    for test, solutions in by_test.items():
        yield Text(f"ASKS TOO MUCH {_short(test)}", "bold red")
        yield Text(f"  it fails on right solutions ({', '.join(solutions)}), so it counts for no bug:")
        for line in printable(result.rejected[solutions[0]][test]).strip().split("\n")[-_SHOWN:]:
            yield Text(inert(f"  | {line}"), "dim")
    if by_test:
        yield Text()


def _by_test(result: OwnTestsResult, width: int) -> Iterator[Text]:
    for test, number in result.by.most_common():
        ids = [one.mutant.id for one in result.catches if one.by == test]
        more = f" and {number - _NAMED} more" if number > _NAMED else ""
        yield from _wrapped(f"  {number:3}  {_short(test)}: {', '.join(ids[:_NAMED])}{more}", width)


def _nudges(survivors: list[Catch], result: OwnTestsResult, track: Track) -> Iterator[Text]:
    """Say where bugs survive, not which."""
    classics = sum(not one.by for one in result.classics)
    if classics:
        yield Text(f"{classics} of the {len(result.classics)} classics survive")
    places = Counter((one.mutant.round, one.mutant.function) for one in survivors)
    for (round_, function), number in sorted(places.items()):
        what = "a bug survives" if number == 1 else f"{number} bugs survive"
        yield Text(f"  {track.name}.{round_}  {function}: {what}")


def _lessons(survivors: list[Catch], track: Track, width: int) -> Iterator[Text]:
    """Say what each survivor gets wrong."""
    for one in survivors:
        where = f"  {track.name}.{one.mutant.round}  {one.mutant.function}: "
        yield from _wrapped(where + one.mutant.lesson, width)


def _wrapped(words: str, width: int) -> Iterator[Text]:
    lines = textwrap.wrap(words, width, subsequent_indent=" " * 7, break_on_hyphens=False)
    yield from (Text(line) for line in lines)


def _next(result: OwnTestsResult, track: Track, survivors: list[Catch], *, lessons: bool) -> str:
    if result.rejected:
        return f"next: read the docstring again, ask for what it says, and kata test {track.name}"
    if survivors and not lessons:
        return f"next: one more test, and kata test {track.name}   (--lessons: what they get wrong)"
    if survivors:
        return f"next: one more test, and kata test {track.name}"
    return f"next: kata check {track.name}"


def _short(test: str) -> str:
    """`test_ties` of `test_kmeans.py::test_ties`."""
    return test.partition("::")[2] or test


def as_json(result: OwnTestsResult, track: Track, file: Path) -> dict[str, Any]:
    """Write a result down as `mlkata.tests/1`."""
    return {
        "schema": "mlkata.tests/1",
        "track": track.name,
        "file": file.name,
        "tests": list(result.tests),
        "rejected": {name: dict(failed) for name, failed in result.rejected.items()},
        "caught": result.caught,
        "of": len(result.catches),
        "bugs": [_bug(one, track) for one in result.catches],
        "uncalled": list(result.uncalled),
        "passed": result.passed,
    }


def _bug(one: Catch, track: Track) -> dict[str, Any]:
    where = {"round": f"{track.name}.{one.mutant.round}", "function": one.mutant.function}
    return {"id": one.mutant.id, **where, "caught_by": one.by or None}
