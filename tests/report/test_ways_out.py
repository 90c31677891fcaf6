"""No hostile character of a submission passes into anything that the kit writes.

That is: a terminal, files for other tools, a workflow's log, pages, a spreadsheet, a picture's table, and
ids.
"""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import graded
import pytest
import sample_reports as samples
import webpage
from mlkata.grading import entries
from mlkata.grading.pages import cohort_text as cohort
from mlkata.grading.pages import feedback, spreadsheet
from mlkata.grading.pages.summary import summarise
from mlkata.judging.judge import read_submission
from mlkata.judging.outcomes import Outcome, OwnTestsResult
from mlkata.report import as_json, catches, exercism, github, gradescope, junit, terminal
from mlkata.report.page import environment
from mlkata.report.pictures import table as numbers
from mlkata.tracks import catalogue
from mlkata.tracks.model import Report, RoundReport

# Characters that control a terminal, change the direction of text, are invisible, or cannot be encoded.
CHARACTERS = {
    "escape": "\x1b",
    "bell": "\x07",
    "nothing": "\x00",
    "C1 control": "\x9b",
    "next line": "\x85",
    "line separator": "\u2028",
    "right to left": "\u202e",
    "isolate": "\u2067",
    "zero width": "\u200b",
    "no character": "\ufffe",
    "lone surrogate": "\ud800",
    "filler": "\u3164",
    "tag": "\U000e0041",
}
COMMANDS = ("::error::forged", "##[error]forged")


# Each function returns what the kit writes in one format about a submission with this text.


def of_terminal(text):
    verdict = samples.verdict(samples.raised_with_output(text))
    track = catalogue.get("kmeans")
    rounds = (RoundReport(track.rounds[0], (verdict,)),)
    report = Report("kmeans", text, seed=0, isolation="subprocess", rounds=rounds, seconds=1.0)
    return "\n".join(line.plain for line in terminal.render(report, track))


def of_junit(text):
    written = junit.render(samples.all_sorts(text, text))
    root = ET.fromstring(written.encode())  # noqa: S314 - it is the code under test
    return "\n".join(
        [*root.itertext(), *(value for element in root.iter() for value in element.attrib.values())]
    )


def _strings(tree):
    """Return all strings that a reader of JSON gets."""
    if isinstance(tree, str):
        return [tree]
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    return [text for child in inner for text in _strings(child)]


def of_gradescope(text):
    return "\n".join(_strings(json.loads(gradescope.render(samples.all_sorts(text, text)))))


def of_exercism(text):
    return "\n".join(_strings(json.loads(exercism.render(samples.all_sorts(text, text)))))


def of_log(text):
    return github.render(samples.all_sorts(text, text))


def of_summary(text):
    return github.summary(samples.all_sorts(text))


def of_feedback(text):
    report = graded.report({graded.TIES: graded.raised(text, stdout=text)})
    page = feedback.render(graded.record(text, report) | {"name": text})
    webpage.assert_self_contained(page)
    return page.partition("</style>")[2]


def of_page(text):
    return environment.report(text, [text], []).partition("</style>")[2]


def of_cohort(text):
    record = graded.record("a", graded.report() | {"isolation": text})
    return "\n".join(line.plain for line in cohort.render(summarise([record]), {"page": text}, text))


def of_table(text):
    # The first character is the kit's own: a mark by which Excel recognises UTF-8.
    return spreadsheet.render(summarise([graded.record(text, problem=text)])).removeprefix("\ufeff")


def of_ids(text):
    entry = entries.refused(f"a/{text}", f"cohort.zip/{text}", text)
    return f"{entry.id}{entry.name}{entry.origin}"


def of_own_tests(text):
    track, file = catalogue.get("kmeans"), Path("test_kmeans.py")
    result = OwnTestsResult((), {"naive": Outcome(failed={"test_kmeans.py::test_x": text})})
    return "\n".join(line.plain for line in catches.render(result, track, file, lessons=False))


def of_picture(text):
    return numbers._short([text])


OUTPUTS = {
    output.__name__: output
    for output in (
        of_terminal, of_junit, of_gradescope, of_exercism, of_log, of_summary,
        of_feedback, of_page, of_cohort, of_table, of_ids, of_own_tests, of_picture,
    )
}  # fmt: skip


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
@pytest.mark.parametrize("c", CHARACTERS.values(), ids=CHARACTERS)
def test_no_hostile_character_is_written(c, output):
    """Each format shows it as Python would, such as \\x1b, and everything else is printable."""
    shown = output(f"x{c}[2Jy")
    assert c not in shown
    assert all(line.isprintable() for line in shown.replace("\r\n", "\n").split("\n"))
    assert f"x{c.encode('unicode_escape').decode()}[2Jy" in shown


@pytest.mark.parametrize("output", [of_terminal, of_log, of_cohort, of_own_tests])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_line_of_a_log_is_a_command(output, command):
    """GitHub's runner executes lines of standard output that begin with `::` or contain `##[`."""
    shown = output(f"{command}\n{command}")
    assert "##[" not in shown
    assert not [line for line in shown.split("\n") if line.lstrip().startswith("::error::forged")]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_report_on_standard_output_is_no_command(command):
    """JSON in a workflow's log has no line that GitHub's runner executes, and is read back as it was."""
    report = samples.all_sorts(command)
    written = as_json.render(report)
    assert json.loads(written) == report
    assert "##[" not in written
    assert not [line for line in written.split("\n") if line.lstrip().startswith("::")]


def test_the_name_of_a_file_is_escaped_when_it_is_read(tmp_path):
    """Everything printed about the submission later uses this name."""
    path = tmp_path / "a\x1b[2J\n\u202eb.py"
    path.write_text("", encoding="utf-8")
    assert read_submission(path).name == r"a\x1b[2J\n\u202eb.py"
