"""`kata test`: right solutions first, then mutants."""

import json
import shutil
from dataclasses import replace
from types import ModuleType

import pytest
from click.testing import CliRunner
from mlkata.cli.test import test as command
from mlkata.judging import practice_tests
from mlkata.judging.outcomes import Catch, Outcome, OwnTestsResult
from mlkata.report import catches
from mlkata.tracks import catalogue, mutants
from mlkata.tracks.model import KataError
from mlkata.worker import tested
from msgspec import structs
from support import MINIATURE

MUTANTS = '''
[[mutant]]
id = "thrice"
round = 1
function = "double"
lesson = "Twice, not three times."
find = "2 * x"
replace = "3 * x"

[[mutant]]
id = "no-zeros"
round = 1
function = "pair"
lesson = "The rows are zeros."
find = "np.zeros((k"
replace = "np.ones((k"

[[mutant]]
id = "for-ever"
round = 1
function = "pair"
lesson = "A loop ends."
find = """    return np.argmax(x, axis=1)"""
replace = """    while True:
        pass
    return np.argmax(x, axis=1)"""

[[mutant]]
id = "cannot-be-imported"
round = 1
function = "double"
lesson = "A typing error."
find = "import numpy as np"
replace = "import numpyy as np"

[[mutant]]
id = "empty-sum"
round = 2
function = "total"
lesson = "Nothing cannot be summed."
find = "if not len(x):"
replace = "if False:"
'''
TESTS = """
import numpy as np
import pytest
from toy import double, pair

def test_double():
    assert double(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]

@pytest.mark.parametrize("k", [1, 3])
def test_zeros(k):
    assert not pair(np.array([[1.0, 2.0]]), k)[1].any()
"""


@pytest.fixture(scope="module")
def track(tmp_path_factory):
    """The toy with bugs, and three right solutions, of which the naive one rounds to float32 now and then."""
    folder = tmp_path_factory.mktemp("tracks")
    shutil.copytree(MINIATURE, folder, dirs_exist_ok=True)
    solutions = folder / "solutions" / "toy"
    reference = (solutions / "reference.py").read_text()
    (solutions / "fast.py").write_text(reference)
    (solutions / "naive.py").write_text(reference.replace("return 2 * x", "return x + x.astype(np.float32)"))
    (solutions / "mutants.toml").write_text(MUTANTS)
    found = catalogue.read(folder / "exercises" / "toy")
    assert found.solutions == solutions
    return found


def judged(track, tmp_path, text, rounds=1):
    file = tmp_path / "test_toy.py"
    file.write_text(text)
    return practice_tests.judge(track, file, track.rounds[:rounds])


@pytest.fixture(scope="module")
def result(track, tmp_path_factory):
    return judged(track, tmp_path_factory.mktemp("tests"), TESTS, rounds=2)


def test_each_bug_has_the_test_that_caught_it(result):
    """A loop without an end and an import that fails are caught as well; what no test asks for survives."""
    assert {one.mutant.id: one.caught_by for one in result.catches} == {
        "thrice": "test_toy.py::test_double",
        "no-zeros": "test_toy.py::test_zeros[1]",
        "for-ever": "a test that did not end",
        "cannot-be-imported": "an import that fails",
        "empty-sum": "",
    }
    assert result.caught == 4
    assert result.rejected == {}
    assert len(result.tests) == 3
    assert result.uncalled == ("total", "draw", "root")


def test_classics_decide(result):
    """All right solutions accepted and the first bugs caught: what comes after costs nothing."""
    assert not result.passed
    assert replace(result, catches=result.catches[:4]).passed
    assert not replace(result, catches=result.catches[:4], right={"naive": Outcome({"test": "said"})}).passed


def test_only_marked_classics_decide(result):
    """Where bugs are marked as classics, the others cost nothing."""
    marked = [
        replace(one, mutant=structs.replace(one.mutant, classic=bool(one.caught_by)))
        for one in result.catches
    ]
    assert replace(result, catches=tuple(marked)).passed
    survivor = replace(marked[-1], mutant=structs.replace(marked[-1].mutant, classic=True))
    assert not replace(result, catches=(*marked[:-1], survivor)).passed


def test_right_solutions_are_those_that_are_there(track, tmp_path):
    """A track without a fast one is judged without it, and one without a plain one by the reference alone."""
    folder = tmp_path / "tracks"
    shutil.copytree(track.exercises.parents[1], folder)
    for name, left in (("fast", ["reference", "naive"]), ("naive", ["reference"])):
        (folder / "solutions" / "toy" / f"{name}.py").unlink()
        found = judged(catalogue.read(folder / "exercises" / "toy"), tmp_path, TESTS)
        assert list(found.right) == left
        assert found.caught == 4


def test_survivors_are_hinted_at_before_they_are_named(result, track, tmp_path):
    """Where a bug lives comes first; the lesson on request."""
    nudged = [str(line) for line in catches.render(result, track, tmp_path / "test_toy.py", lessons=False)]
    assert nudged[0] == "test_toy.py · 3 tests · 5 bugs of toy"
    assert "  toy.2  total: a bug survives" in nudged
    assert "no test calls total, draw, root" in nudged
    assert "Nothing cannot be summed." not in "\n".join(nudged)
    named = [str(line) for line in catches.render(result, track, tmp_path / "test_toy.py", lessons=True)]
    assert "  toy.2  total: Nothing cannot be summed." in named


def test_a_test_that_asks_too_much_counts_for_nothing(track, tmp_path):
    """Which test, on which solution; the bugs that it alone would catch survive."""
    strict = TESTS.replace(
        "assert double(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]",
        "assert double(np.array([0.1])).tolist() == [0.2]",
    )
    found = judged(track, tmp_path, strict)
    assert list(found.rejected) == ["naive"]
    assert list(found.rejected["naive"]) == ["test_toy.py::test_double"]
    assert not next(one.caught_by for one in found.catches if one.mutant.id == "thrice")
    said = "\n".join(str(line) for line in catches.render(found, track, tmp_path / "t.py", lessons=False))
    assert "OVER-SPECIFIED test_double" in said
    assert "it fails on right solutions (naive)" in said


def test_a_test_whose_name_begins_like_a_rejected_one_counts_on(track, tmp_path):
    """It is another test."""
    tests = """
import numpy as np
from toy import double

def test_double():
    assert double(np.array([0.1])).tolist() == [0.2]

def test_double_again():
    assert double(np.array([1.0])).tolist() == [2.0]
"""
    found = judged(track, tmp_path, tests)
    assert list(found.rejected["naive"]) == ["test_toy.py::test_double"]
    assert found.catches[0].caught_by == "test_toy.py::test_double_again"


def test_what_a_function_calls_is_not_called_by_a_test():
    """Only calls from outside count, again and again."""
    module = ModuleType("nested")
    exec("def inner(x):\n    return x\n\ndef outer(x):\n    return inner(x)\n", vars(module))  # noqa: S102
    called = set()
    tested._count(module, ["inner", "outer"], called)
    assert module.outer(1) == 1
    assert called == {"outer"}
    assert module.inner(2) == 2
    assert called == {"outer", "inner"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "test_toy.py has no tests yet"),
        ("def test_(:\n", "test_toy.py cannot be run: "),
        ("import os\ndef test_exit():\n    os._exit(0)\n", "test_toy.py cannot be run: "),
        ("from toy import triple\n", "test_toy.py cannot be run: .*triple"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(track, tmp_path, text, message):
    """There is nothing to grade."""
    with pytest.raises(KataError, match=message) as caught:
        judged(track, tmp_path, text)
    assert "\n" not in str(caught.value)


def test_no_file(track, tmp_path):
    """It is named."""
    with pytest.raises(KataError, match=r"cannot read .*test_toy.py \(No such file or directory\)"):
        practice_tests.judge(track, tmp_path / "test_toy.py", track.rounds)


def test_the_command(track, result, tmp_path, monkeypatch):
    """A track and a file: all rounds; the status says whether the classics are caught."""
    asked = []
    monkeypatch.setattr(catalogue, "get", lambda name: track)
    monkeypatch.setattr(practice_tests, "judge", lambda *what, **how: asked.append(what) or result)
    file = tmp_path / "test_toy.py"
    done = CliRunner().invoke(command, ["toy", str(file), "--json", "-"], standalone_mode=False)
    assert done.return_value == 1
    assert asked == [(track, file, track.rounds)]
    found = json.loads(done.output)
    assert (found["caught"], found["of"], found["passed"]) == (4, 5, False)
    assert found["bugs"][-1] == {"id": "empty-sum", "round": "toy.2", "function": "total", "caught_by": None}
    nowhere = str(tmp_path / "gone" / "result.json")
    done = CliRunner().invoke(command, ["toy", str(file), "--json", nowhere], standalone_mode=False)
    assert "cannot write" in str(done.exception)


def test_a_track_that_marks_no_classics_asks_for_its_first_bugs():
    """As before there were marks: twelve, in the file's order."""
    bug = mutants.Mutant("a", "A slip.", "x", "y", "double", 1)
    caught, missed = Outcome(failed={"test_a": "assert"}), Outcome(passed=("test_a",))
    catches_ = tuple(Catch(bug, caught if number < 12 else missed) for number in range(20))
    result = OwnTestsResult(("double",), {"reference": Outcome(passed=("test_a",))}, catches_)
    assert len(result.classics) == 12
    assert result.passed
    marked = (Catch(structs.replace(bug, classic=True), missed), *catches_)
    assert not replace(result, catches=marked).passed
