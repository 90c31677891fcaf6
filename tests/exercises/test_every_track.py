"""No track of the kit has a problem that `kata author verify` finds without running solutions."""

import pytest
from mlkata.cli import verification
from mlkata.tracks import catalogue


@pytest.mark.parametrize("track", catalogue.find().values(), ids=lambda track: track.name)
def test_every_track_is_without_problems(track):
    """It examines files, rounds, examples, checks, mutants, cards, costs, benchmark rows and interviews."""
    assert list(verification.problems(track)) == []
