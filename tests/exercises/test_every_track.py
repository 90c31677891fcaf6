"""The problems that `kata author verify` reports before it judges any solution: none in the kit's tracks."""

import pytest
from mlkata.cli import verification
from mlkata.tracks import catalogue


@pytest.mark.parametrize("track", catalogue.find().values(), ids=lambda track: track.name)
def test_every_track_is_without_problems(track):
    """In files, rounds, examples, checks, mutants, cards, costs, benchmark rows and interview."""
    assert list(verification.problems(track)) == []
