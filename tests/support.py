"""Helpers that tests import: the folder of the miniature tracks, the isolation tiers, and cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlkata.tracks.model import Case, Check
from mlkata.worker import tiers
from mlkata.worker.tiers import Tier

MINIATURE = Path(__file__).parent / "miniature"
"""The folder of two small tracks, toy and wide."""
TIERS = [tier for tier in Tier if not tiers.missing(tier)]
"""The isolation tiers (ways to confine a submission) that this machine supports, the strongest first."""


def slow_unless_strongest(tier):
    """Return the marks of a test in a tier: it is slow, except in the strongest tier of this machine."""
    return () if tier is TIERS[0] else (pytest.mark.slow,)


def case_of(*steps, fetch=(-1,), name="case"):
    """Return a case of these steps (calls); the results of the steps in `fetch` are the answer.

    Indices may be negative, so that by default the last result is the answer. `name` ends the id.
    """
    check = Check(f"toy.1/{steps[-1].function}/{name}", "a rule", lambda rng: steps, lambda *_: None)
    return Case(check, seed=0, steps=steps, fetch=tuple(index % len(steps) for index in fetch))
