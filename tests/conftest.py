"""Fixtures for all tests: a miniature track, and workers, i.e. processes that run a submission's code."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import HealthCheck, settings
from mlkata.tracks import catalogue
from mlkata.worker import parent
from mlkata.worker import runner as runner_
from support import MINIATURE, TIERS, case_of, slow_unless_strongest

# Hypothesis must not fail tests for being slow, which they are on a busy machine.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Run all tests of a file in one process, so that its module-scoped fixtures are made once."""
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)


@pytest.fixture(scope="session")
def toy():
    """Return the miniature track toy: two rounds, seven checks and a reference solution."""
    return catalogue.read(MINIATURE / "exercises" / "toy")


@pytest.fixture(
    scope="session", params=[pytest.param(tier, marks=slow_unless_strongest(tier)) for tier in TIERS]
)
def workers(request):
    """Yield a pool of started workers; each serves one submission.

    There is a pool for each isolation tier (a way to confine a submission) that this machine supports.
    """
    pool = parent.Workers(ahead=2, tier=request.param)
    yield pool
    pool.close()


@pytest.fixture
def runner(toy, workers):
    """Yield a function that makes a Runner of a source; it runs cases. All Runners are closed at the end."""
    runners = []

    def make(source, name="toy.py"):
        workers.refill()
        text = source if isinstance(source, bytes) else textwrap.dedent(source).encode()
        runners.append(runner_.Runner(runner_.Submission(name, text), toy.contracts, workers))
        return runners[-1]

    yield make
    for runner in runners:
        runner.close()


@pytest.fixture
def answer(runner):
    """Return a function `answer(source, *steps)`: the answer of a source to a case of these steps (calls)."""
    return lambda source, *steps, **options: runner(source).answer(case_of(*steps, **options))
