"""The pytest plugin, each test in a separate pytest process.

A grading run judges one file (`--kata-track`, `--kata-submission`); in a workspace, test_kata.py has a test
for each check of the candidate's files.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from mlkata.tracks import catalogue
from mlkata.worker import tiers

DRAWN = 5
"""The number of rows that the check one-feature draws."""
CHECKS = len(catalogue.get("kmeans").checks)
"""The number of checks of all rounds."""


@pytest.fixture
def run_pytest(tmp_path, cache):
    """Return a function that runs pytest in `tmp_path` and returns the completed process."""

    def run(*arguments):
        environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "COLUMNS": "120"}
        environment.pop("PYTEST_XDIST_WORKER", None)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=3000, check=False
        )

    return run


def grading(path, *options):
    """Return the arguments of a grading run."""
    return ("--kata-track", "kmeans", f"--kata-submission={path}", *options)


def test_the_reference_passes_every_check(run_pytest, reference):
    result = run_pytest(*grading(reference))
    assert result.returncode == 0
    assert f"{CHECKS} passed" in result.stdout
    assert re.search(rf"seed \d+, isolation {re.escape(tiers.best())}", result.stdout)


def test_a_mutant_fails_at_the_check_whose_rule_it_breaks(run_pytest, wrong):
    """The failure has the kit's message."""
    result = run_pytest(*grading(wrong), "-k", "update")
    assert result.returncode == 1
    assert "FAIL kmeans.1/update/empty-cluster" in result.stdout
    assert "rule      an empty cluster keeps its previous centre" in result.stdout


def test_a_stub_fails_as_unsolved(run_pytest, stub):
    result = run_pytest(*grading(stub), "-k", "silhouette")
    assert result.returncode == 1
    assert "UNSOLVED kmeans.4/silhouette" in result.stdout


def test_junit_is_written_from_several_processes(run_pytest, tmp_path, wrong):
    """-n and --junitxml work together; verdicts are properties of the test cases."""
    result = run_pytest(*grading(wrong), "-k", "kmeans.1", "-n", "2", "--junitxml", "out.xml")
    assert result.returncode == 1
    cases = {case.get("name"): case for case in ET.parse(tmp_path / "out.xml").iter("testcase")}  # noqa: S314 - our own file
    checks = [check for check in catalogue.get("kmeans").checks if check.round_id == "kmeans.1"]
    assert set(cases) == {check.id for check in checks}
    failed = cases["kmeans.1/update/empty-cluster"]
    properties = {element.get("name"): element.get("value") for element in failed.iter("property")}
    assert properties["status"] == "fail"
    assert properties["rule"] == "an empty cluster keeps its previous centre"
    assert failed.find("failure") is not None
    assert failed.get("classname") == "kmeans"


def test_pytest_imports_neither_a_conftest_nor_tests_nor_the_submission(run_pytest, tmp_path, reference):
    """Each would write a file if a process with pytest imported it; the submission's worker has no pytest."""
    mark = (
        "\nimport pathlib, sys\n"
        "if 'pytest' in sys.modules:\n"
        "    pathlib.Path(__file__).with_suffix('.ran').touch()\n"
    )
    (tmp_path / "conftest.py").write_text(mark)
    (tmp_path / "test_more.py").write_text(mark)
    (tmp_path / "s.py").write_text(reference.read_text() + mark)
    result = run_pytest(*grading("s.py"), "-k", "assign")
    assert result.returncode == 0
    assert not list(tmp_path.glob("*.ran"))


def test_settings_beside_the_submission_are_refused(run_pytest, tmp_path, reference):
    """A pytest.ini beside the submission would change pytest; one line says how to avoid it.

    pytest looks for settings beside each argument that is a path. With an equals sign the submission's path
    is part of an option, so pytest does not look beside it.
    """
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "s.py").write_text(reference.read_text())
    refused = run_pytest("--kata-track", "kmeans", "--kata-submission", "theirs/s.py")
    assert refused.returncode == 4
    assert "write --kata-submission=theirs/s.py with an equals sign" in refused.stderr
    assert run_pytest(*grading("theirs/s.py"), "-k", "assign").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--kata-track", "kmeans"),
            "a grading run needs both --kata-track TRACK and --kata-submission FILE",
        ),
        (("--kata-track", "kmeanz", "--kata-submission=s.py"), "no track 'kmeanz': expected one of kmeans"),
        (("--kata-track", "kmeans", "--kata-submission=none.py"), "no file none.py"),
    ],
)
def test_bad_usage_is_an_error_of_one_line(run_pytest, arguments, message):
    """The status is pytest's own for wrong usage."""
    result = run_pytest(*arguments)
    assert result.returncode == 4
    assert message in result.stderr


def test_a_workspace_shows_every_check(run_pytest, kata, tmp_path, reference):
    """A skipped check says why: it is unsolved, or its round is not open."""
    kata("init", ".")
    result = run_pytest("-rs")
    assert result.returncode == 0
    assert f"{CHECKS} skipped" in result.stdout
    assert "is not solved yet" in result.stdout
    assert "kmeans.2 is not open yet: run kata open kmeans.2" in result.stdout
    (tmp_path / "kmeans.py").write_text(reference.read_text())
    first = sum(check.round_id == "kmeans.1" for check in catalogue.get("kmeans").checks)
    assert f"{first} passed, {CHECKS - first} skipped" in run_pytest().stdout


def test_a_workspace_shows_the_first_failure_minimised(run_pytest, kata, tmp_path, reference):
    """Its input is kept; later failures are shown as they were drawn."""
    kata("init", ".")
    right = reference.read_text()
    (tmp_path / "kmeans.py").write_text(f"{right}\nassign = lambda X, centers: np.zeros(len(X), dtype=int)\n")
    result = run_pytest("-k", "one-feature or off-the-origin")
    assert "2 failed" in result.stdout
    names = [path.name for path in (tmp_path / ".kata" / "counterexamples").iterdir()]
    assert names == ["kmeans.1_assign_one-feature-0.bin"]
    first = result.stdout.split("FAIL kmeans.1/assign/")[1]
    shown = re.search(r"X = \[([^=]*)\]   centers", first)
    assert shown
    assert shown[1].count("[") < DRAWN  # minimising has a time limit, so a busy machine keeps more rows


@pytest.mark.parametrize("where", [".", "ws"])
def test_an_editor_finds_every_check_of_a_fresh_workspace(run_pytest, kata, where):
    """An editor's test panel collects from the workspace, or from the folder above."""
    kata("init", where)
    result = run_pytest("--collect-only", "-q", "--rootdir", where, where)
    assert result.returncode == 0
    assert result.stdout.count("test_kata.py::test_kata[kmeans.") == CHECKS
    assert f"{CHECKS} tests collected" in result.stdout


def test_a_project_around_a_workspace_does_not_change_its_settings(run_pytest, kata, tmp_path):
    """The project's import mode would hide kmeans.py from the candidate's tests, its filters fail them."""
    settings = 'addopts = ["--import-mode=importlib"]\nfilterwarnings = ["error"]\n'
    (tmp_path / "pyproject.toml").write_text(f"[tool.pytest.ini_options]\n{settings}")
    kata("init", "ws")
    own_test = (
        "import warnings\n\ndef test_own(kmeans):\n    warnings.warn('fine')\n    assert kmeans.assign\n"
    )
    with (tmp_path / "ws" / "test_kmeans.py").open("a") as file:
        file.write(own_test)
    assert "1 passed" in run_pytest("ws/test_kmeans.py").stdout


def test_a_workspace_in_a_project_leaves_its_settings_alone(kata, tmp_path):
    """No pytest.ini is written there: it would take precedence over the project's pyproject.toml."""
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    kata("init", ".")
    assert not (tmp_path / "pytest.ini").exists()


def test_unrelated_tests_are_left_alone(run_pytest, tmp_path):
    """Without the kit's options the plugin does nothing."""
    (tmp_path / "test_plain.py").write_text("def test_one():\n    pass\n")
    result = run_pytest()
    assert result.returncode == 0
    assert "1 passed" in result.stdout
    assert "kata:" not in result.stdout
