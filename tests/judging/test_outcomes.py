"""The result of a candidate's own tests: failures in one line, and the classics, the bugs to be caught."""

from dataclasses import replace

import pytest
from mlkata.judging import outcomes
from mlkata.judging.outcomes import Catch, Outcome, OwnTestsResult
from mlkata.tracks import mutants
from msgspec import structs


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("E  boom\n/opt/the kit/mlkata/worker/remote.py:66: TypeError", "remote.py:66: TypeError"),
        ("/opt/lib: a ratio of 1/2", "/opt/lib: a ratio of 1/2"),
        (" ", "no reason given"),
    ],
)
def test_paths_of_the_kit_are_not_shown(reason, shown):
    """If a traceback ends in a file of the kit, only the name of the file is shown, without its folder."""
    assert outcomes.Outcome({"test_toy.py::test_it": reason}).first_failure == f"test_it fails: {shown}"


def test_without_marks_the_first_twelve_mutants_are_the_classics():
    """Tests that catch these twelve of twenty pass. If one bug is marked as classic, only that one counts."""
    bug = mutants.Mutant("a", "A slip.", find="x", replace="y", function="double", round=1)
    caught, missed = Outcome(failed={"test_a": "assert"}), Outcome(passed=("test_a",))
    catches_ = tuple(Catch(bug, caught if number < 12 else missed) for number in range(20))
    accepted = {"reference": Outcome(passed=("test_a",))}
    result = OwnTestsResult(functions=("double",), right=accepted, catches=catches_)
    assert len(result.classics) == 12
    assert result.passed
    marked = (Catch(structs.replace(bug, classic=True), missed), *catches_)
    assert not replace(result, catches=marked).passed
