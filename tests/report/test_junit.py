"""A report as JUnit XML, as the package junitparser reads it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import sample_reports as samples
from hypothesis import given, settings
from junitparser import Error, Failure, JUnitXml, Properties, Skipped
from mlkata.report import failure, junit
from mlkata.report.as_json import checks
from mlkata.report.labelled import plain


def read(report):
    """Return a report's suite as junitparser reads it."""
    [suite] = JUnitXml.fromstring(junit.render(report).encode())
    return suite


def results(suite):
    """Return the classes of each case's results; a case that passes has none."""
    return [[type(result) for result in case.result] for case in suite]


def test_an_unsolved_check_fails_and_an_open_one_passes():
    """The report `all_sorts` has six verdicts: right, wrong, an exception, a crash, unsolved, open."""
    suite = read(samples.all_sorts())
    assert results(suite) == [[], [Failure], [Failure], [Error], [Failure], []]
    assert (suite.tests, suite.failures, suite.errors, suite.skipped, suite.time) == (6, 3, 1, 0, 1.25)


def test_a_skipped_round_is_skipped():
    """A workspace skips a round that needs another one which has not passed; the message says which."""
    suite = read(samples.report(samples.skipped()))
    assert results(suite) == [[Skipped]]
    assert suite.skipped == 1
    assert next(iter(suite)).result[0].message == "needs kmeans.0"


def test_cases_have_their_properties():
    """Properties are the rule and the points, and for an open check its score and cost."""
    cases = [case.child(Properties) for case in read(samples.all_sorts())]
    first, *_, last = ({property_.name: property_.value for property_ in properties} for properties in cases)
    assert first["rule"] == "ties go to the lowest index"
    assert (first["points"], first["max_points"]) == ("1.0", "1.0")
    assert (last["status"], last["score"], last["cost"]) == ("open", "0.75", "2.5")
    assert {"seed", "isolation", "contract"} <= {
        property_.name for property_ in read(samples.all_sorts()).properties()
    }


def test_the_file_has_no_timestamp_and_no_host_name():
    """The same report becomes the same file anywhere."""
    text = junit.render(samples.all_sorts())
    assert text == junit.render(samples.all_sorts())
    assert "timestamp" not in text
    assert "hostname" not in text


@settings(max_examples=50)
@given(samples.hostile, samples.hostile)
def test_hostile_text_stays_text(text, name):
    """The file is valid XML with the elements of a harmless report, and contains the text."""
    report = samples.all_sorts(text, name)
    suite = read(report)
    assert results(suite) == results(read(samples.all_sorts()))
    root = ET.fromstring(junit.render(report).encode())  # noqa: S314 - it is the code under test
    tags = [element.tag for element in root.iter()]
    assert tags == [element.tag for element in ET.fromstring(junit.render(samples.all_sorts())).iter()]  # noqa: S314
    wrong = [check for check in checks(report) if check["status"] in ("fail", "error", "unsolved")]
    shown = [case.result[0].text for case in suite if case.result]
    assert shown == [plain(failure.parts(failure.read(check))) for check in wrong]
