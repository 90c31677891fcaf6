"""Our tracks keep what `kata author verify` asks of a track besides its verdicts."""

import pytest
from mlkata.cli import verification
from mlkata.tracks import catalogue


@pytest.mark.parametrize("track", catalogue.find().values(), ids=lambda track: track.name)
def test_every_track_keeps_its_promises(track):
    """Its files, rounds, examples, checks, mutants, cards, costs, rows and interview."""
    assert list(verification.problems(track)) == []
