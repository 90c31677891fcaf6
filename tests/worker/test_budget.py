"""The time limits of one conversation with a worker."""

import pytest
from mlkata.tracks.model import Kind
from mlkata.worker import limits
from mlkata.worker.budget import Budget, Stopped


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


def test_each_call_of_dist_adds_wall_time():
    """Some checks pass the function `dist` to the submission; the kit answers each call.

    So kit and worker take turns, and a busy machine delays each call.
    """
    budget = Budget(1.0, start_cpu=0.0)
    end = budget.checked_at + limits.WALL_FACTOR
    budget.add_call(end)
    budget.add_call(end)
    budget.check(end + 2 * limits.CALL_WALL_SECONDS)
    with pytest.raises(Stopped, match=r"no answer within 10\.2 seconds"):
        budget.add_call(end + 2.5 * limits.CALL_WALL_SECONDS)
