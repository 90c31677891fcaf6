"""Write a report as JUnit XML, which most CI systems read, with the elements that pytest writes.

Each check, i.e. one rule judged on drawn inputs, becomes a test case. An unsolved check, whose function is
still the stub's, is a failure. An open check, which ends in a score instead of a pass, passes with its score
and its cost as properties. There is no timestamp and no host name, so the same report makes the same file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from mlkata.report import failure
from mlkata.report.as_json import checks
from mlkata.report.labelled import plain
from mlkata.tracks.harmless import one_line
from mlkata.tracks.model import FINE, Status

_TAGS = {
    Status.FAIL: "failure",
    Status.UNSOLVED: "failure",
    Status.ERROR: "error",
    Status.SKIP: "skipped",
}


def render(report: Mapping[str, Any]) -> str:
    """Return a report in the schema `mlkata.report/1` as one test suite, with a test case for each check."""
    track = report["track"]
    judged = checks(report)
    tags = [_TAGS[check["status"]] for check in judged if check["status"] not in FINE]
    root = ET.Element("testsuites", name="mlkata")
    suite = ET.SubElement(
        root,
        "testsuite",
        name=track,
        errors=str(tags.count("error")),
        failures=str(tags.count("failure")),
        skipped=str(tags.count("skipped")),
        tests=str(len(judged)),
        time=f"{report['seconds']:.3f}",
    )
    names = ("submission", "seed", "isolation", "contract", "score", "max_score")
    _properties(suite, {name: report[name] for name in names})
    for check in judged:
        suite.append(_case(track, check))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(track: str, check: Mapping[str, Any]) -> ET.Element:
    case = ET.Element("testcase", classname=track, name=check["id"], time=f"{check['seconds']:.3f}")
    names = ("rule", "status", "code", "points", "max_points")
    _properties(case, {name: check[name] for name in names} | (check["score"] or {}))
    if check["status"] not in FINE:
        facts = failure.read(check)
        outcome = ET.SubElement(case, _TAGS[facts.status], message=facts.reason)
        outcome.text = plain(failure.parts(facts))
    return case


def _properties(parent: ET.Element, values: Mapping[str, Any]) -> None:
    """Add properties, except those that are None."""
    properties = ET.SubElement(parent, "properties")
    for name, value in values.items():
        if value is not None:  # one_line also removes the characters that XML forbids
            ET.SubElement(properties, "property", name=name, value=one_line(str(value)))
