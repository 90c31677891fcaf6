"""Helpers that tests import: the miniature track, and cases without a check of a track."""

from __future__ import annotations

from pathlib import Path

from mlkata.tracks.model import Case, Check

MINIATURE = Path(__file__).parent / "miniature"


def case_of(*steps, fetch=(-1,), name="case"):
    """Return a case of steps that no check has drawn."""
    check = Check(f"toy.1/{steps[-1].function}/{name}", "a rule", lambda rng: steps, lambda *_: None)
    return Case(check, 0, steps, tuple(index % len(steps) for index in fetch))
