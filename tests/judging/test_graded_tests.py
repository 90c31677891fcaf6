"""Students' own tests are graded: they cannot see the tested code, and forged outcomes do not score.

Tests score for each mutant (a wrong solution, or bug) that they catch, if they accept all right solutions.
"""

import json
import re
import shutil
from dataclasses import replace

import pytest
from mlkata.grading import run, sources
from mlkata.judging import graded_tests
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError, Kind, Status
from mlkata.worker import tiers
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
id = "for-ever"
round = 1
function = "double"
lesson = "A loop ends."
find = "return 2 * x"
replace = """while True:
        pass"""

[[mutant]]
id = "no-zeros"
round = 1
function = "pair"
lesson = "The rows are zeros."
find = "np.zeros((k"
replace = "np.ones((k"
'''
GOOD = """
import numpy as np
from toy import double

def test_double():
    print("talks a lot")
    assert double(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
"""
# Tests that look for traces of earlier runs, for the source of a mutant, and for the track's solutions.
CURIOUS = """
import inspect, pathlib, sys
import toy

def test_nothing_of_an_earlier_run_is_left():
    for folder in {pathlib.Path().resolve(), pathlib.Path("/tmp"), pathlib.Path.home()}:
        try:
            trace = folder / "trace"
            assert not trace.exists()
            trace.touch()
        except OSError:
            pass

def test_no_code_of_the_mutant_can_be_read():
    assert "3 * x" not in inspect.getsource(toy.double)
    assert 3 not in toy.double.__code__.co_consts
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        assert not file.endswith("/toy.py") or "3 * x" not in open(file).read()
    for folder in (pathlib.Path(), *pathlib.Path().resolve().parents):
        try:
            assert not list(folder.rglob("solutions/toy/*"))
        except OSError:
            pass
"""
# Invalid and hostile tests, and a pattern of the message that every check then has.
HOSTILE = {
    "strict": ("from toy import double\ndef test_many():\n    assert double(0.5) == 2\n", "test_many fails"),
    "exits": ("import os\ndef test_exit():\n    os._exit(0)\n", "exited with status 0"),
    "empty": ("x = 1\n", "no test was run"),
    "broken": ("from toy import nothing\ndef test_it():\n    pass\n", "cannot be run: .*nothing"),
    "system-exit": ("def test_it():\n    raise SystemExit(3)\n", "test_it fails|cannot be run|status"),
    # In a frame that calls the test, the kit has an object `watch` that records which test failed.
    "forges": (
        """
import sys
def test_it():
    frame = sys._getframe()
    while 'watch' not in frame.f_locals:
        frame = frame.f_back
    frame.f_locals['watch'].failed = 'all'
""",
        "broke the protocol",
    ),
    # An object of the class `Served` writes to the process that judges.
    "writes-to-channel": (
        """
import gc
from mlkata.worker import wire
def test_it():
    for value in gc.get_objects():
        if type(value).__name__ == 'Served':
            value.write(wire.frame({'type': 'verdict', 'score': 100}))
""",
        "broke the protocol",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of private tracks: the toy with mutants, and a second right solution that adds."""
    folder = tmp_path_factory.mktemp("private")
    shutil.copytree(MINIATURE, folder, dirs_exist_ok=True)
    solutions = folder / "solutions" / "toy"
    reference = (solutions / "reference.py").read_text()
    (solutions / "naive.py").write_text(reference.replace("return 2 * x", "return x + x"))
    (solutions / "fast.py").write_text("raise ImportError('not run when tests are graded')\n")
    (solutions / "mutants.toml").write_text(MUTANTS)
    return folder


@pytest.fixture(scope="module")
def track(folder):
    """Return the miniature track toy as a track whose checks are its mutants, which tests must catch."""
    return graded_tests.bug_track(catalogue.read(folder / "exercises" / "toy"))


@pytest.fixture(scope="module")
def judge(track):
    """Yield a judge of tests, in the strongest tier of this machine."""
    judge = graded_tests.BugJudge(track, tiers.best())
    yield judge
    judge.close()


def report_on(judge, track, text):
    """Return the report on a file of tests, judged on round 1."""
    return judge.report(text.encode(), "test_toy.py", track.rounds[:1], seed=3)


def test_each_mutant_is_a_check(track):
    """A check is worth one point; the digest of the track covers the mutants. fast.py is not run."""
    assert [check.id for check in track.checks] == [
        "toy.1/double/thrice",
        "toy.1/double/for-ever",
        "toy.1/pair/no-zeros",
    ]
    assert [check.points for check in track.checks] == [1.0, 1.0, 1.0]
    assert track.digest != catalogue.read(track.exercises).digest
    assert list(track.right) == ["naive.py", "reference.py"]


def test_solutions_that_are_packages_are_left_out(toy, tmp_path):
    """Isolated workers get single files only; fast.py is not used either. The digest covers the packages."""
    (tmp_path / "mutants.toml").write_text("mutant = []\n")
    (tmp_path / "loops").mkdir()
    for name in ("naive.py", "fast.py", "loops/__init__.py"):
        (tmp_path / name).write_text("ONE = 1\n")
    track = graded_tests.bug_track(replace(toy, solutions=tmp_path))
    assert track.right == {"naive.py": b"ONE = 1\n"}
    before = track.digest
    (tmp_path / "loops" / "__init__.py").write_text("ONE = 2\n")
    assert graded_tests.bug_track(replace(toy, solutions=tmp_path)).digest != before


def test_a_cohort_of_tests_is_graded_once(folder, tmp_path, capsys):
    """Solutions in the students' folders are ignored; a second run judges nothing again.

    The tests in `good` catch two of three mutants; those in `strict` fail on a right solution.
    """
    for name, text in (("good", GOOD), ("strict", HOSTILE["strict"][0])):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "test_toy.py").write_text(text)
        (tmp_path / "in" / name / "toy.py").write_text("raise SystemExit")
    options = run.Options(
        [str(tmp_path / "in")],
        tmp_path / "out",
        targets=["toy.1"],
        private=folder,
        feedback=tmp_path / "pages",
        seed=3,
        jobs=1,
        tests=True,
    )
    assert run.run(options) == {}
    lines = (tmp_path / "out/results.jsonl").read_text().splitlines()
    reports = {record["id"]: record["report"] for record in map(json.loads, lines)}
    good, strict = reports["good"], reports["strict"]
    assert (good["score"], good["max_score"], strict["score"]) == (2.0, 3.0, 0.0)
    assert {check["id"]: check["message"] for round_ in good["rounds"] for check in round_["checks"]} == {
        "toy.1/double/thrice": "test_double fails: test_toy.py:7: AssertionError",
        "toy.1/double/for-ever": "a test that did not end",
        "toy.1/pair/no-zeros": "no test calls pair",
    }
    page = (tmp_path / "pages" / "good.html").read_text()
    assert "The rows are zeros." in page
    assert "kata hint" not in page
    before = (tmp_path / "out/results.jsonl").read_bytes()
    assert run.run(options) == {}
    assert (tmp_path / "out/results.jsonl").read_bytes() == before
    capsys.readouterr()


@pytest.mark.skipif(
    tiers.best() is tiers.Tier.SUBPROCESS, reason="without isolation the whole disk is visible"
)
def test_tests_cannot_find_out_whether_they_run_on_a_mutant(judge, track):
    """The tests look for source, code and traces of an earlier run. They find none, and catch no mutant."""
    report = report_on(judge, track, CURIOUS)
    assert {verdict.message for verdict in report.verdicts} == {"no test calls double", "no test calls pair"}


@pytest.mark.parametrize("name", HOSTILE)
def test_invalid_and_hostile_tests_score_nothing(judge, track, name):
    """Such tests fail on right solutions, end the process, cannot be imported or forge outcomes."""
    text, message = HOSTILE[name]
    report = report_on(judge, track, text)
    assert report.score == 0
    for verdict in report.verdicts:
        assert verdict.status in (Status.FAIL, Status.ERROR)
        assert verdict.code in (None, Kind.IMPORT)
        assert re.search(message, verdict.message)


def test_which_files_of_a_cohort_are_tests(track, tmp_path, monkeypatch):
    """In each folder the file is test_TRACK.py, or else the only test_*.py."""
    monkeypatch.chdir(tmp_path)
    for name in ("s/alice/test_toy.py", "s/alice/toy.py", "s/bob/test_mine.py", "s/bob/conftest.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    entries = sources.collect(["s"], track, tests=True)
    assert sorted(entry.id for entry in entries) == ["alice", "bob/test_mine"]
    (tmp_path / "samples.jsonl").write_text("{}\n")
    with pytest.raises(KataError, match="is not a submission"):
        sources.collect(["samples.jsonl"], track, tests=True)
    with pytest.raises(KataError, match=r"no submission in .*: expected test_\*\.py files"):
        sources.collect(["s/alice/toy.py"], track, tests=True)


def test_tests_of_a_round_without_mutants_are_refused(folder, tmp_path):
    """There would be no bug to catch."""
    options = run.Options([str(tmp_path)], tmp_path, targets=["toy.2"], private=folder, tests=True)
    with pytest.raises(KataError, match=r"toy\.2 has no bugs for tests to catch"):
        run.run(options)
