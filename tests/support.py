"""Helpers that tests import: the miniature track, and cases without a check of a track."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlkata.tracks.model import Case, Check
from mlkata.worker import tiers
from mlkata.worker.tiers import Tier

MINIATURE = Path(__file__).parent / "miniature"
TIERS = [tier for tier in Tier if not tiers.missing(tier)]
"""The tiers of isolation that this machine has, the strongest first."""


def slow_unless_strongest(tier):
    """Return the marks of a test in a tier: in the strongest it always runs, in the others it is slow."""
    return () if tier is TIERS[0] else (pytest.mark.slow,)


def case_of(*steps, fetch=(-1,), name="case"):
    """Return a case of steps that no check has drawn; `fetch` has the steps whose results are returned."""
    check = Check(f"toy.1/{steps[-1].function}/{name}", "a rule", lambda rng: steps, lambda *_: None)
    return Case(check, 0, steps, tuple(index % len(steps) for index in fetch))
