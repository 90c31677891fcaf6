"""The time limits of one conversation with a worker."""

from types import SimpleNamespace

import pytest
from mlkata.tracks.model import Kind, call
from mlkata.worker import limits
from mlkata.worker.between import Between, _Callbacks
from mlkata.worker.budget import Budget, Stopped
from mlkata.worker.calls import Calls
from support import case_of


def test_wall_time_is_a_multiple_of_cpu_time():
    budget = Budget(2.0, start_cpu=5.0)
    end = budget.checked_at + 2.0 * limits.WALL_FACTOR
    budget.check(end)
    with pytest.raises(Stopped, match=r"no answer within 20 seconds") as error:
        budget.check(end + 0.01)
    assert error.value.kind is Kind.TIMEOUT


def test_only_cpu_time_of_this_conversation_counts():
    """A dead worker is measured as 0, which does not give back what it has used."""
    budget = Budget(2.0, start_cpu=5.0)
    budget.record(6.5)
    budget.record(0.0)
    assert budget.used == 1.5
    budget.check(budget.checked_at)
    budget.record(7.5)
    with pytest.raises(Stopped, match=r"no answer within 2 CPU seconds"):
        budget.check(budget.checked_at)


def test_a_question_adds_its_wall_time():
    """Kit and worker take turns, and a busy machine delays each turn."""
    budget = Budget(1.0, start_cpu=0.0)
    end = budget.checked_at + limits.WALL_FACTOR
    budget.add_question(end, wall=0.1)
    budget.add_question(end, wall=0.1)
    budget.check(end + 0.2)
    with pytest.raises(Stopped, match=r"no answer within 10\.2 seconds"):
        budget.add_question(end + 0.25, wall=0.1)


def test_only_questions_of_limited_number_add_wall_time():
    """Otherwise a submission could go on for ever by asking and sleeping."""
    assert Calls(case_of(call("double", x=[1.0]))).wall_per_question > 0  # at most limits.MAX_CALLS
    tests, implementation = (SimpleNamespace(cpu_seconds=0.0) for _ in range(2))
    assert Between(tests, implementation, (), cpu=1.0).wall_per_question == 0
    assert _Callbacks(tests, cpu=1.0).wall_per_question == 0
