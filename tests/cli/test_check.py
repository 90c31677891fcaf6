"""`kata check` on a file: status, JSON, text, bad usage."""

from __future__ import annotations

import json

import pytest
from mlkata.tracks import catalogue
from mlkata.worker import tiers

KEYS = {
    "schema", "versions", "track", "contract", "submission", "seed", "isolation", "status", "score",
    "max_score", "seconds", "rounds",
}  # fmt: skip
CHECK_KEYS = {
    "id", "function", "status", "code", "rule", "message", "arguments", "expected", "got", "replay",
    "stdout", "seconds", "peak_bytes", "score", "points", "max_points",
}  # fmt: skip


def refuse(constant):
    """Raise AssertionError for NaN and infinity, which strict JSON does not have."""
    raise AssertionError(f"not strict JSON: {constant}")


def report_of(result):
    """Return the JSON that a run printed; fail if it printed anything else."""
    return json.loads(result.stdout, parse_constant=refuse)


def checks_of(report):
    """Return the checks of all rounds."""
    return [check for round_ in report["rounds"] for check in round_["checks"]]


def pass_or_fail_checks_of(report):
    """Return the checks that give a point each: those of the open round get a score instead."""
    return [check for check in checks_of(report) if check["status"] != "open"]


def test_reference_passes_with_status_0(kata, reference):
    """Our solution passes everything, and the JSON has the documented keys."""
    result = kata("check", "kmeans", "--submission", reference, "--json", "-")
    report = report_of(result)
    assert result.returncode == 0
    assert set(report) == KEYS
    assert report["schema"] == "mlkata.report/1"
    assert report["status"] == "pass"
    assert report["score"] == report["max_score"] == len(pass_or_fail_checks_of(report))
    assert len(checks_of(report)) > 80  # those of all rounds of the track
    assert report["isolation"] == tiers.best()
    assert all(set(check) == CHECK_KEYS for check in checks_of(report))
    assert {"mlkata", "numpy", "scikit-learn", "numba"} <= set(report["versions"])


def test_mutant_fails_with_status_1(kata, wrong):
    """A mutant (a wrong solution) fails at the check whose rule it breaks; other checks are still judged."""
    result = kata("check", "kmeans", "--submission", wrong, "--json", "-")
    report = report_of(result)
    failed = [check for check in checks_of(report) if check["status"] == "fail"]
    assert result.returncode == 1
    assert report["status"] == "fail"
    assert failed[0]["id"] == "kmeans.1/update/empty-cluster"
    assert failed[0]["rule"] == "an empty cluster keeps its previous centre"
    assert failed[0]["expected"] != failed[0]["got"]
    assert f"--seed {report['seed']} --case kmeans.1/update/empty-cluster" in failed[0]["replay"]
    assert report["max_score"] == len(pass_or_fail_checks_of(report))
    assert 0 < report["score"] < report["max_score"]


def test_stub_is_unsolved_with_status_1(kata, stub):
    """Functions that are not written yet are not wrong."""
    result = kata("check", "kmeans", "--submission", stub, "--json", "-")
    report = report_of(result)
    assert result.returncode == 1
    assert report["status"] == "unsolved"
    assert {check["status"] for check in checks_of(report)} == {"unsolved"}
    assert report["score"] == 0.0


def test_a_failure_has_its_parts_in_order(kata, wrong):
    """The parts are the rule, the input, yours, expected, why, and the command to replay, in 80 columns."""
    result = kata("check", "kmeans.1", "--submission", wrong)
    lines = result.stdout.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("FAIL kmeans.1/update/empty-cluster"))
    labels = [line[2:12].strip() for line in lines[first + 1 :] if line[2:12].strip()]
    assert labels[:6] == ["rule", "update", "yours", "expected", "because", "replay"]
    assert all(len(line) <= 80 for line in lines if "replay" not in line)
    assert "\x1b" not in result.stdout


def test_the_option_case_judges_one_check(kata, wrong):
    """The mutant passes this check, so the status is 0 although others would fail."""
    result = kata("check", "kmeans", "--submission", wrong, "--case", "kmeans.1/assign/ties", "--json", "-")
    assert [check["id"] for check in checks_of(report_of(result))] == ["kmeans.1/assign/ties"]
    assert result.returncode == 0


def test_the_seed_changes_the_inputs(kata, wrong):
    """Another seed draws other inputs; the same one draws the same."""
    command = (
        "check",
        "kmeans",
        "--submission",
        wrong,
        "--case",
        "kmeans.1/update/empty-cluster",
        "--json",
        "-",
    )
    inputs = [checks_of(report_of(kata(*command, "--seed", seed)))[0]["arguments"] for seed in (1, 1, 2)]
    assert inputs[0] == inputs[1] != inputs[2]


def test_json_into_a_file(kata, tmp_path, reference):
    """With --json FILE the report is written to the file as JSON and printed as text."""
    result = kata("check", "kmeans.4", "--submission", reference, "--json", tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["status"] == "pass"
    assert "kmeans.4" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "kmeanz", "--submission", "a.py"), "kata: no track 'kmeanz': expected one of kmeans"),
        (("check", "kmeans.99", "--submission", "a.py"), "kata: no round 'kmeans.99'"),
        (
            ("check", "kmeans", "--submission", "missing.py"),
            "kata: no file missing.py: expected a Python file",
        ),
        (
            ("check", "--submission", "a.py"),
            "kata: which track? expected `kata check TRACK --submission FILE`",
        ),
        (  # control characters are escaped, and a space disarms ##[error], a command of CI logs
            ("check", "kmeans", "--submission", "\x1b[2J##[error].py"),
            "kata: no file \\x1b[2J## [error].py: expected a Python file",
        ),
        (("check", "kmeans", "--submission", "a.py", "--case", "x"), "kata: no check 'x': expected an id"),
        (("check",), "kata: not a workspace: expected .kata in"),
        (("chek",), "kata: No such command 'chek'"),
        (("check", "kmeans", "--seed", "-1"), "kata: Invalid value for '--seed'"),
        (("hint",), "kata: not a workspace"),
    ],
)
def test_bad_usage_is_an_error_of_one_line_with_status_2(invoke, tmp_path, arguments, message):
    (tmp_path / "a.py").write_text("")
    status, printed = invoke(*arguments)
    assert status == 2
    assert printed.err.startswith(message)
    assert len(printed.err.strip().splitlines()) == 1
    assert printed.out == ""


@pytest.mark.parametrize(
    ("course", "arguments", "message"),
    [
        (None, (), "cannot read course.toml: No such file"),
        ("rounds = [", (), "course.toml: not valid TOML: "),
        ('rounds = ["kmeans"]', (), "course.toml: rounds = ['kmeans']: expected rounds of one track"),
        ('rounds = ["nonesuch.1"]', (), "no track 'nonesuch': expected one of kmeans"),
        ('rounds = ["kmeans.99"]', (), "no round 'kmeans.99': kmeans has kmeans.1 to"),
        (
            'rounds = ["kmeans.1"]\n[points]\n"kmeans.1" = -2',
            (),
            "course.toml: points: kmeans.1 = -2: expected a number, at least 0",
        ),
        (
            'rounds = ["kmeans.1"]\n[weights]\n"kmeans.1/assign/none" = 2',
            (),
            "no check 'kmeans.1/assign/none': expected an id",
        ),
        (
            'rounds = ["kmeans.1"]',
            ("kmeans",),
            "a course sets the rounds to judge: expected kmeans or --course, not both",
        ),
    ],
)
def test_a_bad_course_is_an_error_of_one_line_with_status_2(invoke, tmp_path, course, arguments, message):
    """A bad course is reported before anything is judged."""
    (tmp_path / "a.py").write_text("")
    if course is not None:
        (tmp_path / "course.toml").write_text(course)
    status, printed = invoke("check", *arguments, "--course", "course.toml", "--submission", "a.py")
    assert (status, printed.out) == (2, "")
    assert printed.err.startswith(f"kata: {message}")
    assert len(printed.err.strip().splitlines()) == 1


def test_a_course_needs_a_submission(invoke, tmp_path):
    """A workspace has its own course.toml, if any."""
    (tmp_path / "course.toml").write_text('rounds = ["kmeans.1"]')
    message = "kata: --course works with --submission FILE only\n"
    assert invoke("check", "--course", "course.toml") == (2, ("", message))


def test_a_course_sets_rounds_points_and_seed(kata, tmp_path, reference):
    """The checks of a round share its points, here 7. Only one is judged, so its share is the max_score."""
    (tmp_path / "course.toml").write_text('rounds = ["kmeans.1"]\nseed = 11\n[points]\n"kmeans.1" = 7\n')
    case = ("--case", "kmeans.1/assign/ties", "--json", "-")
    report = report_of(kata("check", "--course", "course.toml", "--submission", reference, *case))
    checks = [check for check in catalogue.get("kmeans").checks if check.round_id == "kmeans.1"]
    assert (report["seed"], [round_["id"] for round_ in report["rounds"]]) == (11, ["kmeans.1"])
    assert report["max_score"] == pytest.approx(7 / len(checks), abs=1e-6)


def test_a_function_defined_twice_is_an_error_of_one_line(kata, tmp_path):
    """The line names both places."""
    (tmp_path / "twice.py").write_text(
        "def assign(X, centers):\n    pass\n\ndef assign(X, centers):\n    pass\n"
    )
    result = kata("check", "kmeans", "--submission", "twice.py")
    assert result.returncode == 2
    assert result.stderr == "kata: twice.py: assign is defined twice, in lines 1 and 4: keep one\n"


def test_a_syntax_error_names_the_line(kata, tmp_path):
    """Every check is listed, with the line of the syntax error."""
    (tmp_path / "broken.py").write_text("import numpy as np\n\ndef assign(X, centers:\n    pass\n")
    result = kata("check", "kmeans.1", "--submission", "broken.py")
    assert result.returncode == 1
    assert "[import]" in result.stdout
    assert "broken.py, line 3" in result.stdout


def test_output_is_shown_without_control_characters(kata, tmp_path):
    """What the candidate printed is shown under the failing check."""
    source = "def assign(X, centers):\n    print('\\x1b[31mlook', len(X))\n    return None\n"
    (tmp_path / "printing.py").write_text(source)
    result = kata("check", "kmeans.1", "--submission", "printing.py")
    assert "\\x1b[31mlook 5" in result.stdout  # the failing check draws 5 rows
    assert "\x1b" not in result.stdout
    assert "is a `return` missing?" in result.stdout


def test_no_color_wins_over_force_color(kata, reference):
    result = kata("check", "kmeans.4", "--submission", reference, NO_COLOR="1", FORCE_COLOR="1")
    assert "\x1b[3" not in result.stdout  # codes of colours begin so; bold and dim have others


def test_a_round_is_shown_as_a_prompt_outside_a_workspace(kata):
    result = kata("show", "kmeans.1", "--prompt")
    assert result.returncode == 0
    assert result.stdout.startswith(
        "# k-means, round 1: Steps\n\nWrite one Python file that defines `assign`, "
    )
    assert result.stdout.endswith('"""\n```\n')
    result = kata("show", "kmeans.99", "--prompt")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("kata: no round 'kmeans.99'")
