"""`kata check --as` writes a report in the formats of other tools: JUnit, Gradescope, Exercism, GitHub."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml


def test_all_formats_of_one_run(kata, tmp_path, wrong):
    """The files agree with the JSON; standard output has annotations and nothing else."""
    step = tmp_path / "summary.md"
    options = [f"--as={name}={tmp_path / name}" for name in ("junit", "gradescope", "exercism")]
    result = kata(
        "check", "kmeans.1", "--submission", wrong, *options, "--as", "github=-", "--json", tmp_path / "json",
        GITHUB_STEP_SUMMARY=str(step), GITHUB_WORKSPACE=str(tmp_path),
    )  # fmt: skip
    assert result.returncode == 1
    report = json.loads((tmp_path / "json").read_text())
    failed = [
        check["id"] for round_ in report["rounds"] for check in round_["checks"] if check["status"] == "fail"
    ]
    assert failed
    # The mutant's `update` is wrong, so all errors are at its first line.
    line = 1 + wrong.read_text().splitlines().index("def update(X, labels, centers):")
    *errors, last = result.stdout.splitlines()
    assert [error.split("::")[1] for error in errors] == [
        f"error file=wrong.py,line={line},title={check}" for check in failed
    ]
    assert last.startswith("::notice title=kmeans::")
    [suite] = JUnitXml.fromfile(str(tmp_path / "junit"))
    assert [case.name for case in suite if case.result] == failed
    gradescope = json.loads((tmp_path / "gradescope").read_text())
    assert [test["name"] for test in gradescope["tests"] if test["status"] == "failed"] == failed
    assert (gradescope["score"], gradescope["extra_data"]["contract"]) == (
        report["score"],
        report["contract"],
    )
    exercism = json.loads((tmp_path / "exercism").read_text())
    named = [test["name"] for test in exercism["tests"] if test["status"] == "fail"]
    assert [name.rpartition("(")[2].rstrip(")") for name in named] == failed
    summary = html.unescape(step.read_text())
    assert all(f"<summary>FAIL <code>{check}</code></summary>" in summary for check in failed)


def test_gradescope_can_hide_inputs_and_answers(kata, tmp_path, wrong):
    """The rule and the kind of failure stay; the teacher's JSON has everything."""
    options = (
        "--as",
        f"gradescope={tmp_path / 'gradescope'}",
        "--json",
        tmp_path / "json",
        "--hide-expected",
    )
    kata("check", "kmeans.1", "--submission", wrong, *options)
    rounds = json.loads((tmp_path / "json").read_text())["rounds"]
    checks = [check for round_ in rounds for check in round_["checks"]]
    tests = json.loads((tmp_path / "gradescope").read_text())["tests"]
    failed = [(check, test["output"]) for check, test in zip(checks, tests, strict=True) if check["message"]]
    assert failed
    for check, output in failed:
        assert check["rule"] in output
        assert "expected" in check
        assert "yours" not in output
        assert check["message"] not in output


def shape(file):
    """Return what a suite holds, except clocks and texts: each case's names, properties and results."""
    [suite] = ET.parse(file).getroot()  # noqa: S314 - written a moment ago
    cases = {}
    for case in suite.iter("testcase"):
        properties = {element.get("name"): element.get("value") for element in case.iter("property")}
        common = {name: properties.get(name) for name in ("rule", "status", "code", "score", "cost")}
        results = [(element.tag, set(element.attrib)) for element in case if element.tag != "properties"]
        cases[case.get("classname"), case.get("name")] = (set(case.attrib), common, results)
    counts = {name: suite.get(name) for name in ("errors", "failures", "skipped", "tests")}
    return suite.tag, counts, cases


def test_junit_is_as_pytest_writes_it(kata, tmp_path, cache, wrong):
    """Suite, cases, results and shared properties are the same; `kata check` writes more properties."""
    kata("check", "kmeans.1", "--submission", wrong, "--as", f"junit={tmp_path / 'ours.xml'}")
    command = [
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--kata-track", "kmeans",
        f"--kata-submission={wrong}", "-k", "kmeans.1", "--junitxml", str(tmp_path / "theirs.xml"),
    ]  # fmt: skip
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=3000, check=False)
    assert shape(tmp_path / "ours.xml") == shape(tmp_path / "theirs.xml")
    assert shape(tmp_path / "ours.xml")[1]["failures"] != "0"


def test_a_syntax_error_is_one_annotation_and_no_test_of_exercism(kata, tmp_path):
    """Nothing ran, and the message says why. %3A is a colon, as GitHub wants it in a title."""
    (tmp_path / "broken.py").write_text("def assign(X, centers:\n    pass\n")
    result = kata(
        "check", "kmeans.1", "--submission", "broken.py", "--as", "github=-", "--as", "exercism=results.json"
    )
    error, _ = result.stdout.splitlines()
    assert error.startswith("::error file=broken.py,line=1,title=kmeans%3A no check ran::")
    results = json.loads((tmp_path / "results.json").read_text())
    assert (results["status"], results["tests"]) == ("error", [])
    assert "line 1" in results["message"]


def test_a_submission_cannot_print_workflow_commands(kata, tmp_path):
    """To GitHub a line that begins with `::` or has `##[` is a command. What a submission prints is none."""
    print_it = 'print("::set-output name=result::forged\\n##[add-mask]1")'
    (tmp_path / "loud.py").write_text(f"def assign(X, centers):\n    {print_it}\n    return 1\n")
    command = ("check", "kmeans", "--submission", "loud.py", "--case", "kmeans.1/assign/ties")
    shown = kata(*command).stdout
    assert "::set-output name=result::forged" in shown
    assert not [line for line in shown.splitlines() if line.strip().startswith("::") or "##[" in line]
    shown = kata(*command, "--as", "github=-").stdout.splitlines()
    assert [line.split(" ")[0] for line in shown] == ["::error", "::notice"]


def test_formats_are_written_in_a_workspace(kata, tmp_path):
    """Rounds that are not open yet are left out, as in the report."""
    kata("init", "here")
    result = kata("check", "--as", "junit=out.xml", "--as", "github=out.txt", cwd=tmp_path / "here")
    assert result.returncode == 1
    assert "UNSOLVED" in result.stdout
    [suite] = JUnitXml.fromfile(str(tmp_path / "here" / "out.xml"))
    assert suite.tests == suite.failures > 10  # all checks of round 1, which are unsolved
    assert (tmp_path / "here" / "out.txt").read_text().startswith("::warning file=")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--as", "xunit=a"),
            "kata: unknown format 'xunit': expected one of junit, gradescope, exercism, github",
        ),
        (("--as", "junit=no/a.xml"), "kata: no folder no: expected an existing folder for a.xml"),
        (("--json", "no/a.json"), "kata: no folder no: expected an existing folder for a.json"),
        (
            ("--hide-expected", "--as", "junit=a.xml"),
            "kata: --hide-expected works with --as gradescope=FILE only",
        ),
        (("--json", "-", "--as", "github=-"), "kata: - is named for two formats: expected a file for each"),
    ],
)
def test_bad_requests_are_refused_before_anything_is_judged(kata, options, message):
    """The submission, which does not exist, is not mentioned."""
    result = kata("check", "kmeans", "--submission", "missing.py", *options)
    assert (result.returncode, result.stdout, result.stderr) == (2, "", message + "\n")
