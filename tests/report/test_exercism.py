"""A report as Exercism's results.json follows a schema that was written from Exercism's documentation."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import sample_reports as samples
from hypothesis import given, settings
from mlkata.report import exercism
from mlkata.report.as_json import checks
from mlkata.tracks.model import Answer, Kind

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "exercism.json").read_text())


def read(report):
    """Return the content of the results.json of a report, validated by the schema."""
    results = json.loads(exercism.render(report))
    jsonschema.validate(results, SCHEMA)
    assert len((results["message"] or "").encode()) <= exercism.MAX_MESSAGE
    return results


def test_the_schema_refuses_what_the_website_refuses():
    """A schema that accepts everything would test nothing."""
    failed = {"name": "a", "status": "fail"}
    wrong_results = {
        "a failed test in results that pass": {"version": 3, "status": "pass", "tests": [failed]},
        "an error without a message": {"version": 3, "status": "error", "tests": []},
        "a message that is not about an error": {
            "version": 3, "status": "fail", "message": "a", "tests": [failed],
        },
        "more than 500 characters of output": {
            "version": 3, "status": "fail", "tests": [failed | {"output": "a" * 501}],
        },
        "an earlier version of the interface": {"version": 2, "status": "fail", "tests": [failed]},
    }  # fmt: skip
    for wrong in wrong_results.values():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


def test_tests_are_in_the_order_of_the_track():
    """Their order matters because the website shows the first failure only."""
    report = samples.all_sorts()
    tests = read(report)["tests"]
    # A right answer, a wrong one, an exception, a crash, an unsolved check and an open one.
    assert [test["status"] for test in tests] == ["pass", "fail", "fail", "error", "fail", "pass"]
    ids = [check["id"] for check in checks(report)]
    assert all(f"({check_id})" in test["name"] for check_id, test in zip(ids, tests, strict=True))
    assert [test["task_id"] for test in tests] == [1, 1, 1, 1, 1, 9]  # the numbers of the rounds
    assert tests[1]["test_code"] == "# ties go to the lowest index\nassign(X, centers)"


def test_an_open_check_does_not_prevent_a_pass():
    assert read(samples.report(samples.right(), samples.opened()))["status"] == "pass"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Kind.IMPORT, "kmeans.py cannot be imported: SyntaxError: line 3"),
        (Kind.POLICY, "kmeans.py: line 2 imports sklearn"),
        (Kind.CRASHED, "while importing kmeans.py: its process ended"),
        (Kind.MEMORY, "kmeans.py cannot be imported: it needs more memory than is available"),
    ],
)
def test_the_status_is_error_if_no_check_ran(kind, message):
    """The file could not be loaded, so all three checks have one message, which alone is shown."""
    results = read(samples.report(*[samples.verdict(Answer(kind, message=message))] * 3))
    assert (results["status"], results["message"], results["tests"]) == ("error", message, [])


def test_a_crash_after_the_import_is_an_error_of_its_test_only():
    results = read(samples.report(*[samples.verdict(Answer(Kind.CRASHED, message="its process ended"))] * 3))
    assert results["status"] == "fail"
    assert [test["status"] for test in results["tests"]] == ["error"] * 3
    # A file that cannot be loaded gives every check the same message. Here the messages differ: the file was
    # loaded for each check, and only then tried a forbidden import.
    denied = [samples.verdict(Answer(Kind.POLICY, message=f"PolicyError: {name}")) for name in ("os", "re")]
    assert read(samples.report(*denied))["status"] == "fail"
    # One check passes, so the file can be loaded.
    mixed = [samples.verdict(samples.refused("x")), samples.right()]
    assert read(samples.report(*mixed))["status"] == "fail"


def test_output_is_cut_at_500_characters():
    """Output that is cut ends with a note, worded as in Exercism's documentation."""
    for size in (499, 500, 501, 10_000):
        answer = Answer(Kind.CRASHED, message="gone", stdout="é" * size)
        output = read(samples.report(samples.verdict(answer)))["tests"][0]["output"]
        assert len(output) == min(size, 500)
        assert output.endswith("Please limit to 500 chars") == (size > 500)


def test_a_long_message_is_cut_between_characters():
    """The limit is 65,535 bytes, and some characters take several."""
    message = read(samples.report(samples.verdict(samples.refused("é" * 40_000))))["message"]
    assert 65_530 < len(message.encode()) <= 65_535
    assert message.endswith("é")


@settings(max_examples=50)
@given(samples.hostile, samples.hostile)
def test_hostile_text_keeps_to_the_schema(text, name):
    assert len(read(samples.all_sorts(text, name))["tests"]) == 6
    read(samples.report(samples.verdict(samples.refused(text)), name=name))
