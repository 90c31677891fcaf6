"""A report as Gradescope's results.json follows a schema that was written from Gradescope's specification."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import sample_reports as samples
from hypothesis import given, settings
from mlkata.report import gradescope
from mlkata.tracks.model import Answer, Kind

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "gradescope.json").read_text())


def read(report, **options):
    """Return the content of the results.json of a report, validated by the schema."""
    results = json.loads(gradescope.render(report, **options))
    jsonschema.validate(results, SCHEMA)
    return results


def test_the_schema_refuses_what_gradescope_refuses():
    """A schema that accepts everything would test nothing."""
    for wrong in (
        {},  # no score
        {"tests": [{"max_score": 1.0}]},  # no score, and none of the test to sum up
        {"score": 1, "tests": [{"number": 1.3}]},  # a number is text, such as "1.3"
        {"score": 1, "visibility": "seen"},  # an unknown word
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


def test_points_add_up():
    """The total score is the sum of the tests' scores; an open check has no points."""
    results = read(samples.all_sorts())
    assert [test["status"] for test in results["tests"]] == ["passed", *["failed"] * 4, "passed"]
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 1.0
    assert [test["max_score"] for test in results["tests"]] == [1.0] * 5 + [0.0]
    assert [test["number"] for test in results["tests"]] == ["1.1", "1.2", "1.3", "1.4", "1.5", "9.1"]
    assert results["extra_data"]["seed"] == 7
    assert results["execution_time"] == 1.25


def test_a_wrong_answer_is_shown_in_full():
    output = read(samples.all_sorts())["tests"][1]["output"]
    labels = [line[:9].rstrip() for line in output.splitlines()]
    # The input has two lines; the second has no label.
    assert labels == ["rule", "assign", "", "yours", "expected", "because"]
    assert "expected  [1, 0, 0]" in output


def test_only_open_checks_are_on_the_leaderboard():
    """A higher score and a lower cost are better."""
    assert "leaderboard" not in read(samples.report(samples.right()))
    score, cost = read(samples.all_sorts())["leaderboard"]
    assert (score["value"], score["order"], cost["value"], cost["order"]) == (0.75, "desc", 2.5, "asc")


@settings(max_examples=50)
@given(samples.hostile, samples.hostile)
def test_hostile_text_keeps_to_the_schema(text, name):
    """The output is printable text."""
    results = read(samples.all_sorts(text, name))
    for test in results["tests"]:
        assert all(line.isprintable() for line in test["output"].split("\n"))


@settings(max_examples=50)
@given(samples.hostile)
def test_hidden_results_do_not_depend_on_the_text_of_the_submission(text):
    """A submission could copy its input into exceptions, their names, output and answers: none is shown."""
    hidden = gradescope.render(samples.all_sorts(text), hide_expected=True)
    assert hidden == gradescope.render(samples.all_sorts("something else"), hide_expected=True)


def test_hidden_results_have_no_values():
    """They show no answer, no input, and no message of the judge, which quotes the answers."""
    shown, hidden = (read(samples.all_sorts(), hide_expected=hide)["tests"][1] for hide in (False, True))
    assert hidden["output"] == "rule      ties go to the lowest index\nbecause   a wrong answer"
    assert "[1, 0, 0]" in shown["output"]
    assert "[[" in shown["output"]


def test_a_failed_import_is_explained_even_if_results_are_hidden():
    """No check ran, so the submission has seen no input that the message could reveal."""
    verdicts = [samples.verdict(samples.refused("SyntaxError: line 3"))] * 2
    output = read(samples.report(*verdicts), hide_expected=True)["tests"][0]["output"]
    assert "SyntaxError: line 3" in output
    # Here one check could load the file, so the submission may have seen inputs when the other import failed.
    mixed = [samples.verdict(samples.refused("array([1, 0, 0])")), samples.right()]
    output = read(samples.report(*mixed), hide_expected=True)["tests"][0]["output"]
    assert output.endswith("because   the file could not be imported")


def test_a_policy_error_that_could_be_forged_is_not_shown():
    """Forbidden code is reported by the submission's process, which may have seen inputs."""
    answer = Answer(Kind.POLICY, message="PolicyError: [1, 0, 0]")
    output = read(samples.report(samples.verdict(answer)), hide_expected=True)["tests"][0]["output"]
    assert "[1, 0, 0]" not in output
    assert "importing anything but numpy, numba and the standard library" in output
