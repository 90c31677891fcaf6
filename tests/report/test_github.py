"""A GitHub workflow's log and summary show the text of a submission, and never execute it.

The log has annotations: lines such as `::error file=a.py,line=1::message`, which GitHub's runner reads as
commands.
"""

from __future__ import annotations

import re

import sample_reports as samples
from hypothesis import given, settings
from markdown_it import MarkdownIt
from mlkata.report import failure, github
from mlkata.report.as_json import checks
from mlkata.report.labelled import plain
from mlkata.tracks.harmless import printable, unbracketed
from mlkata.tracks.model import Status

MARKDOWN = MarkdownIt("commonmark").enable("table")


def commands(text):
    """Return the lines of a log as the runner reads them: (command, its properties, its message).

    A line without a command has an empty one.
    """
    parsed = []
    for line in re.split("\r\n|\n|\r", text):
        stripped = line.lstrip()
        if stripped.startswith("::") and "::" in stripped[2:]:
            head, _, data = stripped[2:].partition("::")
            name, _, rest = head.partition(" ")
            pairs = dict(pair.split("=", 1) for pair in rest.strip().split(",") if "=" in pair)
            parsed.append(
                (name, {key: unescaped(value, ":,") for key, value in pairs.items()}, unescaped(data))
            )
        elif "##[" in line:  # the runner's older syntax of commands, ##[command]
            parsed.append(("##[", {}, line))
        elif line.strip():
            parsed.append(("", {}, line))
    return parsed


def unescaped(text, more_characters=""):
    """Undo the escapes of a command, such as %0A, in the order in which the runner does.

    In properties more characters are escaped than in messages.
    """
    for c in "\r\n" + more_characters + "%":
        text = text.replace(f"%{ord(c):02X}", c)
    return text


def test_annotations_point_at_the_function():
    """A failure is an error at its line, an unsolved round a warning, the points are a notice."""
    report = samples.all_sorts()
    *errors, warning, notice = commands(github.render(report, file="src/kmeans.py", lines={"assign": 12}))
    assert [name for name, _, _ in errors] == ["error"] * 3
    assert all(
        properties["file"] == "src/kmeans.py" and properties["line"] == "12" for _, properties, _ in errors
    )
    assert errors[0][1]["title"] == "kmeans.1/assign/ties"
    assert errors[0][2].startswith("ties go to the lowest index\nlabels: ")
    assert warning[0] == "warning"
    assert warning[1]["title"] == "kmeans.1 is not solved yet"
    assert notice == ("notice", {"title": "kmeans"}, "1 of 5 points, fail")


def test_a_file_that_cannot_be_imported_has_one_annotation():
    verdicts = [samples.verdict(samples.refused("SyntaxError: line 3"))] * 5
    error, notice = commands(github.render(samples.report(*verdicts)))
    assert error[1] == {"file": "kmeans.py", "line": "1", "title": "kmeans: no check ran"}
    assert "SyntaxError: line 3" in error[2]
    assert notice[0] == "notice"


@settings(max_examples=100)
@given(samples.hostile, samples.hostile)
def test_no_text_of_a_submission_becomes_a_command(text, name):
    """Every line is one of the commands that the kit writes, with printable text only."""
    report = samples.all_sorts(text, name)
    written = github.render(report)
    parsed = commands(written)
    assert [kind for kind, _, _ in parsed] == ["error"] * 3 + ["warning", "notice"]
    assert "##[" not in written
    assert all(
        set(properties) == {"file", "line", "title"} for _, properties, _ in parsed[:4]
    )  # errors and warning
    assert all(line.isprintable() for _, _, message in parsed for line in message.split("\n"))
    if name:
        assert parsed[0][1]["file"] == unbracketed(printable(name))  # without `##[` and invisible characters


def test_a_functions_line_is_that_of_its_last_definition():
    """Lines may end as on Windows; an indented definition is not a function of the exercise."""
    source = "import x\r\n\r\ndef a():\r\n    def b(): pass\r\nasync  def c(): pass\ndef a(x): pass\n"
    assert github.lines_of(source) == {"a": 6, "c": 5}
    assert github.lines_of("def a(:\n\x00") == {"a": 1}
    assert github.lines_of("") == {}


def tokens(text):
    """Return all tokens of a Markdown text, including those within lines."""
    return [inner for token in MARKDOWN.parse(text) for inner in (token, *(token.children or []))]


def test_the_summary_has_a_table_and_the_failures():
    """The table has a head and a row for each of two rounds; each failure is in a code fence."""
    parsed = tokens(github.summary(samples.all_sorts()))
    rows = [token for token in parsed if token.type == "tr_open"]
    assert len(rows) == 3
    fences = [token.content for token in parsed if token.type == "fence"]
    wrong = [c for c in checks(samples.all_sorts()) if c["status"] in (Status.FAIL, Status.ERROR)]
    assert fences == [plain(failure.parts(failure.read(check))) + "\n" for check in wrong]


@settings(max_examples=100)
@given(samples.hostile, samples.hostile)
def test_no_text_breaks_out_of_the_summary(text, name):
    """The elements are those of a harmless submission: no further link, HTML, row or end of a fence."""
    hostile, harmless = (
        tokens(github.summary(samples.all_sorts(*arguments))) for arguments in ((text, name), ("a", "a.py"))
    )
    kinds = [token.type for token in hostile if token.type != "text"]  # an empty text has no token
    assert kinds == [token.type for token in harmless if token.type != "text"]
    fences = [token for token in hostile if token.type == "fence"]
    assert all(token.markup not in token.content for token in fences)
    html = [token.content for token in hostile if token.type.startswith("html")]
    assert html == [token.content for token in harmless if token.type.startswith("html")]


def test_a_summary_stays_far_below_a_mebibyte():
    """GitHub shows no summary above a mebibyte. Of 100 failures with long output, only 20 are shown."""
    verdicts = [samples.verdict(samples.raised_with_output("é`" * 5000))] * 100
    text = github.summary(samples.report(*verdicts))
    assert len(text.encode()) < 1 << 18
    assert text.endswith("… and 80 more that did not pass.\n")
