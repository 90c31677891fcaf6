"""Every submission of the corpus gets the expected verdicts in each isolation tier and leaves nothing behind.

The corpus has submissions that attack the grader, and correct ones (see entries.py).
"""

from __future__ import annotations

import secrets
import sys

import pytest
from corpus import entries, judging
from mlkata.judging.judge import MAX_SEED
from mlkata.worker.tiers import Tier
from support import TIERS, slow_unless_strongest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the attacks are written for Linux"
)
ATTACKS, CONTROLS = entries.attacks(), entries.controls()
FRESH = secrets.randbelow(MAX_SEED - 1)
"""A random seed, used by every second test; a test that fails shows it.

MAX_SEED - 1 is left out, since the entry raw_hard_coded knows its answers."""


def runs(submissions):
    """Yield each entry in each tier, alternately at seed 0 and at FRESH."""
    for place, entry in enumerate(submissions):
        for turn, tier in enumerate(TIERS, place):
            is_fresh = turn % 2 == 1
            seed = FRESH if is_fresh else 0
            name = f"{entry.name}-{tier}-{'fresh' if is_fresh else 'seed0'}"
            reason = entry.setting("not_run", tier)
            marks = pytest.mark.skip(reason=reason) if reason else slow_unless_strongest(tier)
            yield pytest.param(entry, tier, seed, id=name, marks=marks)


@pytest.mark.parametrize(("entry", "tier", "seed"), list(runs(ATTACKS)))
def test_an_attack_changes_nothing(entry, tier, seed, tmp_path):
    """The verdicts are the expected ones, none is missing, nothing leaks, and nothing is left behind."""
    assert judging.judge(entry, tier, seed, tmp_path).complaints == (), f"seed {seed}"


@pytest.mark.parametrize(("entry", "tier", "seed"), list(runs(CONTROLS)))
def test_a_correct_solution_passes(entry, tier, seed, tmp_path):
    """It passes everywhere, whatever its style."""
    assert judging.judge(entry, tier, seed, tmp_path).complaints == (), f"seed {seed}"


def test_the_corpus_is_as_large_as_promised():
    """There are at least forty attacks, of every kind of threat, and twenty correct submissions."""
    assert len(ATTACKS) >= 40
    assert len(CONTROLS) >= 20
    assert {entry.settings["threat"] for entry in ATTACKS} == set(THREATS)
    assert all(not entry.settings.get("says") for entry in CONTROLS)


THREATS = (
    "patches the checker",
    "exits, crashes",
    "forges a result",
    "reads what is expected",
    "clever return types",
    "pickle, giant header",
    "changes its input",
    "forks, daemons",
    "floods and fills",
    "network and links",
    "cheats the clock",
    "hard-codes answers",
)


def test_a_false_verdict_a_file_and_a_leak_are_complaints(tmp_path):
    """So the tests above can fail. The tier subprocess confines nothing, so this source can do all three."""
    source = b"open('@CANARY@/x', 'w')\nraise ValueError(open('@SECRET@').read())"
    entry = entries.Entry("seen", "Is not what it says.", lambda: source)
    complaints = judging.judge(entry, Tier.SUBPROCESS, 0, tmp_path).complaints
    expected = [
        "kmeans.1/assign/one-feature: expected pass, got error import",
        "the secret has leaked",
        "files have",
    ]
    for prefix in expected:
        assert any(complaint.startswith(prefix) for complaint in complaints), prefix
