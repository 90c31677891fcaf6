"""The CSV of a cohort has a line for each submission, and no cell that a spreadsheet takes for a formula."""

import csv
import io

import graded
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlkata.grading.pages import spreadsheet
from mlkata.grading.pages.summary import summarise

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
# A spreadsheet may take \uff1d, \uff0b, \uff0d and \uff20, the full-width forms, for = + - @.
# It may also skip white space (\u00a0 is a no-break space) and a byte order mark (\ufeff).
STARTS = st.sampled_from(
    ["", "=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0-", "\uff1d", "\uff0b", "\ufeff="]
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
REPORT = graded.report()


def rows(text):
    """Return the rows of a CSV file, which begins with a byte order mark."""
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_there_is_a_line_for_each_submission_sorted_by_id():
    wrong = graded.report({graded.TIES: graded.VALUE})
    table = rows(
        spreadsheet.render(
            summarise([graded.record("b", wrong), graded.record("a"), graded.record("c", problem="no, it")])
        )
    )
    assert table == [
        ["id", "status", "score", "max_score", "kmeans.1", "kmeans.2", "seconds", "problem", "sha256"],
        ["a", "pass", "53", "53", "20", "33", "1.5", "", "ab" * 32],
        ["b", "fail", "52", "53", "19", "33", "1.5", "", "ab" * 32],
        ["c", "error", "0", "53", "0", "0", "0", "no, it", "ab" * 32],
    ]


def test_fractions_of_points_have_ten_digits():
    report = graded.report()
    report.update(score=1 / 3)
    table = rows(spreadsheet.render(summarise([graded.record("a", report)])))
    assert table[1][2] == "0.3333333333"  # the score


def test_the_cell_of_a_round_that_a_submission_was_not_judged_on_is_empty():
    text = spreadsheet.render(summarise([graded.record("a", graded.report(rounds=1)), graded.record("b")]))
    assert [row[5] for row in rows(text)[1:]] == ["", "33"]  # the column of kmeans.2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "' x"),
        ("\rx", "'\\rx"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("a=1", "a=1"),
        ("anna-maria", "anna-maria"),
        ("", ""),
    ],
)
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(text, expected):
    assert spreadsheet.safe(text) == expected


@given(name=st.builds(str.__add__, STARTS, ANY_TEXT), problem=st.builds(str.__add__, STARTS, ANY_TEXT))
def test_no_text_adds_a_line_a_cell_or_a_formula(name, problem):
    text = spreadsheet.render(
        summarise([graded.record(name, REPORT) | {"problem": problem}, graded.record("z", REPORT)])
    )
    table = rows(text.encode().decode())
    assert len(table) == text.count("\r\n") == 3  # the head and two submissions
    assert {len(row) for row in table} == {9}  # columns
    for cell in (cell for row in table for cell in row):
        assert not cell.lstrip().startswith(FORMULA_STARTS)
        assert cell.isprintable()
