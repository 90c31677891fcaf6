"""Every attack and every correct solution gets its verdicts in each tier and leaves nothing behind."""

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
"""Half of the corpus is judged at this seed; the failing test shows it."""


def runs(submissions):
    """Yield each entry in each tier, alternating seed 0 and a fresh one."""
    for place, entry in enumerate(submissions):
        for turn, tier in enumerate(TIERS, place):
            seed = FRESH if turn % 2 else 0
            name = f"{entry.name}-{tier}-{'fresh' if turn % 2 else 'seed0'}"
            reason = entry.setting("not_run", tier)
            marks = pytest.mark.skip(reason=reason) if reason else slow_unless_strongest(tier)
            yield pytest.param(entry, tier, seed, id=name, marks=marks)


@pytest.mark.parametrize(("entry", "tier", "seed"), list(runs(ATTACKS)))
def test_an_attack_changes_nothing(entry, tier, seed, tmp_path):
    """Its checks get the expected outcomes, all are listed, nothing leaks, and nothing is left behind."""
    assert judging.judge(entry, tier, seed, tmp_path).complaints == (), f"seed {seed}"


@pytest.mark.parametrize(("entry", "tier", "seed"), list(runs(CONTROLS)))
def test_a_correct_solution_passes(entry, tier, seed, tmp_path):
    """It passes everywhere, whatever its style."""
    assert judging.judge(entry, tier, seed, tmp_path).complaints == (), f"seed {seed}"


def test_the_corpus_is_as_large_as_promised():
    """There are forty attacks over every row of the table of threats, and twenty correct solutions."""
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
    """The tests above can fail."""
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
