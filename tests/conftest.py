"""Fixtures for all tests: a miniature track, and workers that answer for a source text."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import HealthCheck, settings
from mlkata.tracks import catalogue
from mlkata.worker import parent
from mlkata.worker import runner as runner_
from support import MINIATURE, TIERS, case_of, slow_unless_strongest

# A busy machine fails no test: Hypothesis does not look at the clock.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file in one process, so that it compiles and judges things once."""
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)


@pytest.fixture(scope="session")
def toy():
    """Return the miniature track."""
    return catalogue.read(MINIATURE / "exercises" / "toy")


@pytest.fixture(
    scope="session", params=[pytest.param(tier, marks=slow_unless_strongest(tier)) for tier in TIERS]
)
def workers(request):
    """Return started workers of each tier, shared by the session's tests; each serves one submission only."""
    pool = parent.Workers(ahead=2, tier=request.param)
    yield pool
    pool.close()


@pytest.fixture
def runner(toy, workers):
    """Return a function that makes a Runner of a source; all are closed afterwards."""
    started = []

    def make(source, name="toy.py"):
        workers.refill()
        text = source if isinstance(source, bytes) else textwrap.dedent(source).encode()
        started.append(runner_.Runner(runner_.Submission(name, text), toy.contracts, workers))
        return started[-1]

    yield make
    for runner in started:
        runner.close()


@pytest.fixture
def answer(runner):
    """Return a function `answer(source, *steps)` that returns the answer of a source to one case."""
    return lambda source, *steps, **options: runner(source).answer(case_of(*steps, **options))
