"""`kata test` runs a candidate's own tests on right solutions first, then on mutants (wrong solutions).

A test that fails on a mutant has caught it; a mutant that no test catches survives.
"""

import json
import shutil
from dataclasses import replace
from types import ModuleType

import pytest
from click.testing import CliRunner
from mlkata.cli.test import test as command
from mlkata.judging import practice_tests
from mlkata.judging.outcomes import Outcome
from mlkata.report import catches
from mlkata.tracks import catalogue
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
lesson = "The total of an empty array is an error."
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
    """Return the miniature track toy with mutants and three right solutions; naive.py rounds to float32."""
    folder = tmp_path_factory.mktemp("tracks")
    shutil.copytree(MINIATURE, folder, dirs_exist_ok=True)
    solutions = folder / "solutions" / "toy"
    reference = (solutions / "reference.py").read_text()
    (solutions / "fast.py").write_text(reference)
    (solutions / "naive.py").write_text(reference.replace("return 2 * x", "return x + x.astype(np.float32)"))
    (solutions / "mutants.toml").write_text(MUTANTS)
    toy = catalogue.read(folder / "exercises" / "toy")
    assert toy.solutions == solutions
    return toy


def judged(track, tmp_path, text, rounds=1):
    """Return the result of a file of tests, judged on the first `rounds` rounds."""
    file = tmp_path / "test_toy.py"
    file.write_text(text)
    return practice_tests.judge(track, file, track.rounds[:rounds])


@pytest.fixture(scope="module")
def result(track, tmp_path_factory):
    """Return the result of TESTS on both rounds."""
    return judged(track, tmp_path_factory.mktemp("tests"), TESTS, rounds=2)


def test_the_result_names_the_test_that_caught_each_bug(result):
    """Endless loops and failed imports count as caught; a mutant of a function without a test survives."""
    assert {catch.mutant.id: catch.caught_by for catch in result.catches} == {
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


def test_tests_pass_if_they_accept_right_solutions_and_catch_the_classics(result):
    """No mutant is marked as classic, so the first ones count as classics: here all five.

    The tests catch the first four.
    """
    assert not result.passed
    assert replace(result, catches=result.catches[:4]).passed
    rejecting = {"naive": Outcome(failed={"test": "AssertionError"})}
    assert not replace(result, catches=result.catches[:4], right=rejecting).passed


def test_if_mutants_are_marked_as_classics_the_others_may_survive(result):
    """Tests pass if all mutants with the mark are caught, and fail if the survivor has the mark."""
    marked = [
        replace(catch, mutant=structs.replace(catch.mutant, classic=bool(catch.caught_by)))
        for catch in result.catches
    ]
    assert replace(result, catches=tuple(marked)).passed
    survivor = replace(marked[-1], mutant=structs.replace(marked[-1].mutant, classic=True))
    assert not replace(result, catches=(*marked[:-1], survivor)).passed


def test_fast_and_naive_solutions_are_optional(track, tmp_path):
    """Tests run on those right solutions that the track has; only reference.py is required."""
    folder = tmp_path / "tracks"
    shutil.copytree(track.exercises.parents[1], folder)
    for name, remaining in (("fast", ["reference", "naive"]), ("naive", ["reference"])):
        (folder / "solutions" / "toy" / f"{name}.py").unlink()
        result = judged(catalogue.read(folder / "exercises" / "toy"), tmp_path, TESTS)
        assert list(result.right) == remaining
        assert result.caught == 4


def test_survivors_are_hinted_at_before_they_are_named(result, track, tmp_path):
    """By default only the function is named; with `--lessons` the lesson is shown."""
    hinted = [str(line) for line in catches.render(result, track, tmp_path / "test_toy.py", lessons=False)]
    assert hinted[0] == "test_toy.py · 3 tests · 5 bugs of toy"
    assert "  toy.2  total: a bug survives" in hinted
    assert "no test calls total, draw, root" in hinted
    assert "The total of an empty array is an error." not in "\n".join(hinted)
    named = [str(line) for line in catches.render(result, track, tmp_path / "test_toy.py", lessons=True)]
    assert "  toy.2  total: The total of an empty array is an error." in named


def test_a_test_that_fails_on_a_right_solution_does_not_count(track, tmp_path):
    """The result names the test and the solution; the mutants that only this test catches survive."""
    strict = TESTS.replace(
        "assert double(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]",
        "assert double(np.array([0.1])).tolist() == [0.2]",
    )
    result = judged(track, tmp_path, strict)
    assert list(result.rejected) == ["naive"]
    assert list(result.rejected["naive"]) == ["test_toy.py::test_double"]
    assert not next(catch.caught_by for catch in result.catches if catch.mutant.id == "thrice")
    text = "\n".join(str(line) for line in catches.render(result, track, tmp_path / "t.py", lessons=False))
    assert "OVER-SPECIFIED test_double" in text
    assert "it fails on right solutions (naive)" in text


def test_a_test_whose_name_begins_like_a_rejected_one_still_counts(track, tmp_path):
    """Names are compared as a whole, so that rejecting test_double does not reject test_double_again."""
    tests = """
import numpy as np
from toy import double

def test_double():
    assert double(np.array([0.1])).tolist() == [0.2]

def test_double_again():
    assert double(np.array([1.0])).tolist() == [2.0]
"""
    result = judged(track, tmp_path, tests)
    assert list(result.rejected["naive"]) == ["test_toy.py::test_double"]
    assert result.catches[0].caught_by == "test_toy.py::test_double_again"


def test_a_function_called_only_by_another_one_is_not_called_by_a_test():
    """Only calls from outside the module count, also after the first call of a function."""
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
def test_a_file_whose_tests_cannot_be_run_is_an_error_of_one_line(track, tmp_path, text, message):
    """The file has no tests, is not valid Python, ends the process or cannot be imported."""
    with pytest.raises(KataError, match=message) as caught:
        judged(track, tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_an_error(track, tmp_path):
    """The message names the file."""
    with pytest.raises(KataError, match=r"cannot read .*test_toy.py \(No such file or directory\)"):
        practice_tests.judge(track, tmp_path / "test_toy.py", track.rounds)


def test_the_command_judges_all_rounds_and_writes_json(track, result, tmp_path, monkeypatch):
    """It gets a track and a file of tests. The exit status is 1 if the tests do not pass."""
    calls = []
    monkeypatch.setattr(catalogue, "get", lambda name: track)
    monkeypatch.setattr(
        practice_tests, "judge", lambda *arguments, **options: calls.append(arguments) or result
    )
    file = tmp_path / "test_toy.py"
    done = CliRunner().invoke(command, ["toy", str(file), "--json", "-"], standalone_mode=False)
    assert done.return_value == 1
    assert calls == [(track, file, track.rounds)]
    document = json.loads(done.output)
    assert (document["caught"], document["of"], document["passed"]) == (4, 5, False)
    assert document["bugs"][-1] == {
        "id": "empty-sum",
        "round": "toy.2",
        "function": "total",
        "caught_by": None,
    }
    nowhere = str(tmp_path / "gone" / "result.json")  # in a missing folder
    done = CliRunner().invoke(command, ["toy", str(file), "--json", nowhere], standalone_mode=False)
    assert "cannot write" in str(done.exception)
