"""Fixtures with a fresh workspace and one after two evenings of practice."""

from __future__ import annotations

import json

import pytest
from mlkata.practice.judgements import Judgement, PracticeJournal
from mlkata.practice.workspace import Workspace
from mlkata.tracks import catalogue
from support import MINIATURE


@pytest.fixture(scope="session")
def toy():
    return catalogue.read(MINIATURE / "exercises" / "toy")


@pytest.fixture
def fresh(tmp_path, toy):
    """Return a workspace in which nothing has been judged."""
    return Workspace.create(tmp_path / "work", {"toy": toy})


@pytest.fixture
def practised(fresh, toy):
    """Return a workspace after two evenings of practice.

    On the first evening, six minutes on round 1, and a pause; on the second, ten minutes until it passed and
    five on round 2. One hint was seen. The last column is the check that fails first, if any. Progress shows
    neither how many checks pass (here always 1 of 2) nor whether a check belongs to the judged round.
    """
    checks = [check.id for check in toy.checks]
    journal = PracticeJournal(fresh.folder / ".kata")
    for at, round_, seconds, failure in (
        ("2026-11-20T20:00:00+01:00", "toy.1", 0.0, checks[0]),
        ("2026-11-20T20:06:00+01:00", "toy.1", 360.0, checks[0]),
        ("2026-11-20T21:00:00+01:00", "toy.1", 0.0, checks[1]),
        ("2026-11-22T20:00:00+01:00", "toy.1", 0.0, checks[1]),
        ("2026-11-22T20:10:00+01:00", "toy.1", 600.0, ""),
        ("2026-11-22T20:15:00+01:00", "toy.2", 300.0, checks[0]),
    ):
        judgement = Judgement(
            at=at, track="toy", round=round_, seconds=seconds, passing=1, checks=2, failure=failure
        )
        journal.add(judgement)
    fresh.next_hint(toy.rounds[0])
    path = fresh.folder / ".kata" / "state.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    state["tracks"]["toy"]["passed"] = {"toy.1": "2026-11-22T20:10:00+01:00"}
    state["tracks"]["toy"]["opened"] = ["toy.1", "toy.2"]
    state["tracks"]["toy"]["last"] = {checks[0]: "fail", checks[1]: "pass"}
    path.write_text(json.dumps(state), encoding="utf-8")
    return fresh
