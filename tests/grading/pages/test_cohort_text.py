"""The lines of a cohort fit the terminal and contain no control characters."""

from pathlib import Path

import graded
from graded import EMPTY, MEANS, TIES
from mlkata.grading.pages import cohort_text
from mlkata.grading.pages.summary import summarise

WRONG = {TIES: graded.raised("\x1b[2J"), MEANS: graded.VALUE, EMPTY: graded.VALUE}


def lines(records, void=(), width=80):
    """Return the printed lines on a cohort of these records."""
    files = {"page": Path("out/cohort.html"), "table": Path("out/results.csv")}
    return [
        line.plain
        for line in cohort_text.render(summarise(records, void), files, "kata show kmeans.1", width)
    ]


def test_the_lines_have_the_results_and_the_next_command():
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
        "  page      out/cohort.html",
        "  table     out/results.csv",
        "next: kata show kmeans.1",
    ]


def test_void_checks_are_named():
    assert f"  void      {TIES}" in lines([graded.record("a")], {TIES})


def test_scores_of_different_rounds_are_shares():
    shown = lines([graded.record("a"), graded.record("b", graded.report(rounds=1))])
    assert "  score     mean 100 %, median 100 % of the points" in shown


def test_cohorts_without_a_score_have_lines():
    assert lines([])[0] == "0 submissions"
    assert "  score     no submission could be read" in lines([graded.record("a", problem="no")])


def test_many_settings_stay_within_the_width():
    records = [graded.record(f"{n}", graded.report() | {"seed": n * 10**9}) for n in range(20)]
    assert max(len(line) for line in lines(records, {TIES, MEANS, EMPTY, "kmeans.1/update/wine"}, 60)) <= 60
