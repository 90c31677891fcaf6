"""What a candidate says of a function's cost is read as it is said."""

from __future__ import annotations

import pytest
from mlkata.interview import measuring
from mlkata.tracks import catalogue


@pytest.mark.parametrize(
    "said", ["m*n*d, m*n", "O(mnd), O(mn)", "time m*n*d, memory m*n", "time: mnd, memory: O(mn)"]
)
def test_a_claim_is_read_as_people_say_it(said):
    """With or without O, stars and the words time and memory."""
    track = catalogue.get("knn")
    cost = measuring.of_round(track, track.rounds[0])
    claims = measuring.read(said, cost)
    sizes = {"m": 3, "n": 5, "d": 7}
    assert {what: claim.value(sizes) for what, claim in claims.items()} == {"time": 105, "memory": 15}
