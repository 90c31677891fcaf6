"""What the candidate says about a function's cost is read and compared with measured times."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from mlkata.interview import measuring
from mlkata.tracks import catalogue


@pytest.mark.parametrize(
    "text", ["m*n*d, m*n", "O(mnd), O(mn)", "time m*n*d, memory m*n", "time: mnd, memory: O(mn)"]
)
def test_a_claim_may_be_written_in_several_ways(text):
    """`O(…)`, stars and the words time and memory may be left out."""
    track = catalogue.get("knn")
    cost = measuring.of_round(track, track.rounds[0])
    claims = measuring.read(text, cost)
    sizes = {"m": 3, "n": 5, "d": 7}  # primes, so that no other product is equal
    assert {what: claim.value(sizes) for what, claim in claims.items()} == {"time": 105, "memory": 15}


def test_a_function_is_as_fast_as_the_fastest_solution_that_it_nearly_equals(monkeypatch, tmp_path):
    """Up to 1.25 times a solution's time counts as equal. A solution that the track lacks is left out.

    `rung` is the name of that solution, or empty if there is none.
    """
    seconds = {"naive": 8.0, "reference": 4.0, "fast": 1.0}
    monkeypatch.setattr(measuring, "ours", lambda path: path.stem)
    monkeypatch.setattr(measuring.cost, "once", lambda track, name, cost: seconds[name])
    for name in seconds:
        (tmp_path / f"{name}.py").touch()
    track = SimpleNamespace(solution=lambda name: tmp_path / f"{name}.py")
    cost = None  # the stand-in for measuring does not use it
    reached = {}
    for yours in (11.0, 10.0, 4.9, 1.2):
        seconds["candidate"] = yours
        reached[yours] = measuring._speeds(track, "candidate", cost)["rung"]
    assert reached == {11.0: "", 10.0: "naive", 4.9: "reference", 1.2: "fast"}
