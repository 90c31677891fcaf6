"""The results of a cohort on a terminal: which lines there are, and that they fit the width.

The checks of `graded` are real checks of k-means; the answers, and so the points, are made up.
"""

from pathlib import Path

import graded
from graded import EMPTY, MEANS, TIES
from mlkata.grading.pages import cohort_text
from mlkata.grading.pages.summary import summarise

WRONG = {TIES: graded.raised("\x1b[2J"), MEANS: graded.VALUE, EMPTY: graded.VALUE}


def lines(records, void=(), width=80):
    """Return the lines on a cohort with these records; `void` has the checks that do not count."""
    files = {"page": Path("out/index.html"), "table": Path("out/results.csv")}
    return [
        line.plain for line in cohort_text.render(summarise(records, void), files, "open the page", width)
    ]


def test_the_lines_have_the_results_the_files_and_what_to_do_next():
    records = [
        graded.record("a"),
        graded.record("b", graded.report(WRONG)),
        graded.record("c", graded.report({MEANS: graded.VALUE})),
        graded.record("d", problem="it is no Python file"),
    ]
    assert lines(records) == [
        "4 submissions · track kmeans · seed 7 · isolation bwrap+seccomp",
        "  verdicts  1 passed, 2 failed, 1 could not be read",
        "  score     mean 51.67, median 52 of 53 points",
        "  most fail kmeans.1/update/means  2 failed",
        "            kmeans.1/assign/ties  1 failed",
        "            kmeans.1/update/empty-cluster  1 failed",
        "  page      out/index.html",
        "  table     out/results.csv",
        "next: open the page",
    ]


def test_void_checks_are_named():
    assert f"  void      {TIES}" in lines([graded.record("a")], {TIES})


def test_scores_are_shares_if_submissions_were_judged_on_different_rounds():
    records = [graded.record("a"), graded.record("b", graded.report(rounds=1))]
    assert "  score     mean 100 %, median 100 % of the points" in lines(records)


def test_a_cohort_without_any_readable_submission_has_lines():
    assert lines([])[0] == "0 submissions"
    assert "  score     no submission could be read" in lines([graded.record("a", problem="no")])


def test_long_lists_stay_within_the_width():
    """Here twenty seeds, and four void checks."""
    records = [graded.record(f"{n}", graded.report() | {"seed": n * 10**9}) for n in range(20)]
    assert max(len(line) for line in lines(records, {TIES, MEANS, EMPTY, "kmeans.1/update/wine"}, 60)) <= 60
