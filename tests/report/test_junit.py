"""A report as JUnit XML, read by junitparser."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import sample_reports as samples
from hypothesis import given, settings
from junitparser import Error, Failure, JUnitXml, Properties, Skipped
from mlkata.report import failure, junit
from mlkata.report.as_json import checks
from mlkata.report.labelled import plain


def read(report):
    """Let junitparser read a report's suite."""
    [suite] = JUnitXml.fromstring(junit.render(report).encode())
    return suite


def results(suite):
    """The classes of each case's results."""
    return [[type(one) for one in case.result] for case in suite]


def test_what_is_unsolved_fails_and_what_is_open_passes():
    """Six verdicts, and the suite counts them."""
    suite = read(samples.all_sorts())
    assert results(suite) == [[], [Failure], [Failure], [Error], [Failure], []]
    assert (suite.tests, suite.failures, suite.errors, suite.skipped, suite.time) == (6, 3, 1, 0, 1.25)


def test_a_skipped_round_is_skipped():
    """In a workspace; the reason is its message."""
    suite = read(samples.report(samples.skipped()))
    assert results(suite) == [[Skipped]]
    assert suite.skipped == 1
    assert next(iter(suite)).result[0].message == "needs kmeans.0"


def test_cases_have_their_properties():
    """The rule, the points, and of an open check its score and cost."""
    cases = [case.child(Properties) for case in read(samples.all_sorts())]
    first, *_, last = ({one.name: one.value for one in properties} for properties in cases)
    assert first["rule"] == "ties go to the lowest index"
    assert (first["points"], first["max_points"]) == ("1.0", "1.0")
    assert (last["status"], last["score"], last["cost"]) == ("open", "0.75", "2.5")
    assert {"seed", "isolation", "contract"} <= {one.name for one in read(samples.all_sorts()).properties()}


def test_no_clock_and_no_host_get_in():
    """The same report gives the same file anywhere."""
    text = junit.render(samples.all_sorts())
    assert text == junit.render(samples.all_sorts())
    assert "timestamp" not in text
    assert "hostname" not in text


@settings(max_examples=50, deadline=None)
@given(samples.hostile, samples.hostile)
def test_hostile_text_stays_text(text, name):
    """Whatever is said the file is read, its parts are those of any report, and the words come through."""
    report = samples.all_sorts(text, name)
    suite = read(report)
    assert results(suite) == results(read(samples.all_sorts()))
    root = ET.fromstring(junit.render(report).encode())  # noqa: S314 - it is what is tested
    tags = [one.tag for one in root.iter()]
    assert tags == [one.tag for one in ET.fromstring(junit.render(samples.all_sorts())).iter()]  # noqa: S314
    wrong = [check for check in checks(report) if check["status"] in ("fail", "error", "unsolved")]
    shown = [case.result[0].text for case in suite if case.result]
    assert shown == [plain(failure.parts(failure.read(check))) for check in wrong]
