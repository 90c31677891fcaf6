"""A workflow's log and summary show what a submission says, and do nothing that it says."""

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
    """Read a log as the runner does: the commands on its lines, their properties and what they say."""
    found = []
    for line in re.split("\r\n|\n|\r", text):
        stripped = line.lstrip()
        if stripped.startswith("::") and "::" in stripped[2:]:
            head, _, data = stripped[2:].partition("::")
            name, _, rest = head.partition(" ")
            pairs = dict(one.split("=", 1) for one in rest.strip().split(",") if "=" in one)
            found.append(
                (name, {key: unescaped(one, ":,") for key, one in pairs.items()}, unescaped(data, ""))
            )
        elif "##[" in line:
            found.append(("##[", {}, line))
        elif line.strip():
            found.append(("", {}, line))
    return found


def unescaped(text, more):
    """Undo the runner's escapes, in its order."""
    for c in "\r\n" + more + "%":
        text = text.replace(f"%{ord(c):02X}", c)
    return text


def test_annotations_point_at_the_function():
    """What failed is an error at its line, what is not solved a warning, the points a notice."""
    report = samples.all_sorts()
    *errors, warning, notice = commands(github.render(report, file="src/kmeans.py", lines={"assign": 12}))
    assert [name for name, _, _ in errors] == ["error"] * 3
    assert all(one["file"] == "src/kmeans.py" and one["line"] == "12" for _, one, _ in errors)
    assert errors[0][1]["title"] == "kmeans.1/assign/ties"
    assert errors[0][2].startswith("ties go to the lowest index\nlabels: ")
    assert warning[0] == "warning"
    assert warning[1]["title"] == "kmeans.1 is not solved yet"
    assert notice == ("notice", {"title": "kmeans"}, "1 of 5 points, fail")


def test_a_file_that_cannot_be_loaded_has_one_annotation():
    """Not one for each check."""
    verdicts = [samples.verdict(samples.refused("SyntaxError: line 3"))] * 5
    error, notice = commands(github.render(samples.report(*verdicts)))
    assert error[1] == {"file": "kmeans.py", "line": "1", "title": "kmeans: no check ran"}
    assert "SyntaxError: line 3" in error[2]
    assert notice[0] == "notice"


@settings(max_examples=100, deadline=None)
@given(samples.hostile, samples.hostile)
def test_no_text_is_a_command_of_its_own(text, name):
    """Every line is a command of ours, and says what it would say in plain words."""
    report = samples.all_sorts(text, name)
    written = github.render(report)
    found = commands(written)
    assert [one for one, _, _ in found] == ["error"] * 3 + ["warning", "notice"]
    assert "##[" not in written
    assert all(set(one) == {"file", "line", "title"} for _, one, _ in found[:4])
    assert all(line.isprintable() for _, _, said in found for line in said.split("\n"))
    wanted = unbracketed(printable(name)) or "kmeans.py"
    if name:
        assert found[0][1]["file"] == wanted


def test_lines_are_those_of_the_last_definition():
    """Counted as people count, whatever ends them; what is indented is no function of the contract."""
    source = "import x\r\n\r\ndef a():\r\n    def b(): pass\r\nasync  def c(): pass\ndef a(x): pass\n"
    assert github.lines_of(source) == {"a": 6, "c": 5}
    assert github.lines_of("def a(:\n\x00") == {"a": 1}
    assert github.lines_of("") == {}


def tokens(text):
    """All tokens of a Markdown text, those within lines too."""
    return [inner for one in MARKDOWN.parse(text) for inner in (one, *(one.children or []))]


def test_the_summary_has_a_table_and_what_failed():
    """A row a round; of the failures each text in a fence."""
    found = tokens(github.summary(samples.all_sorts()))
    rows = [one for one in found if one.type == "tr_open"]
    assert len(rows) == 3
    fences = [one.content for one in found if one.type == "fence"]
    wrong = [c for c in checks(samples.all_sorts()) if c["status"] in (Status.FAIL, Status.ERROR)]
    assert fences == [plain(failure.parts(failure.read(check))) + "\n" for check in wrong]


@settings(max_examples=100, deadline=None)
@given(samples.hostile, samples.hostile)
def test_no_text_breaks_out_of_the_summary(text, name):
    """The same elements as for a harmless submission: no link, no HTML, no row more, no fence less."""
    found, harmless = (
        tokens(github.summary(samples.all_sorts(*said))) for said in ((text, name), ("a", "a.py"))
    )
    kinds = [one.type for one in found if one.type != "text"]  # there may be none of it
    assert kinds == [one.type for one in harmless if one.type != "text"]
    fences = [one for one in found if one.type == "fence"]
    assert all(one.markup not in one.content for one in fences)
    html = [one.content for one in found if one.type.startswith("html")]
    assert html == [one.content for one in harmless if one.type.startswith("html")]


def test_a_summary_stays_far_below_a_mebibyte():
    """Of many failures some are shown, the others are counted."""
    verdicts = [samples.verdict(samples.loud("é`" * 5000))] * 100
    text = github.summary(samples.report(*verdicts))
    assert len(text.encode()) < 1 << 18
    assert text.endswith("… and 80 more that did not pass.\n")
