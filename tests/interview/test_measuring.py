"""A candidate's claim about a function's cost is read in several notations."""

from __future__ import annotations

import pytest
from mlkata.interview import measuring
from mlkata.tracks import catalogue


@pytest.mark.parametrize(
    "text", ["m*n*d, m*n", "O(mnd), O(mn)", "time m*n*d, memory m*n", "time: mnd, memory: O(mn)"]
)
def test_a_claim_may_be_written_in_several_ways(text):
    """O, stars and the words time and memory are optional."""
    track = catalogue.get("knn")
    cost = measuring.of_round(track, track.rounds[0])
    claims = measuring.read(text, cost)
    sizes = {"m": 3, "n": 5, "d": 7}
    assert {what: claim.value(sizes) for what, claim in claims.items()} == {"time": 105, "memory": 15}
