"""The page of a cohort shows what was graded and the results, for four submissions and for ten thousand.

The checks of `graded` are real checks of k-means; the answers, and so the points, are made up.
"""

from dataclasses import replace

import graded
import pytest
import webpage
from graded import MEANS, TIES
from hypothesis import given, settings
from hypothesis import strategies as st
from mlkata.grading.pages import feedback, overview
from mlkata.grading.pages.summary import summarise

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
WRONG = graded.report({TIES: graded.raised("no"), MEANS: graded.VALUE})


def cohort():
    """Yield four records: all right, two checks wrong, only round 1 begun, and unreadable."""
    yield graded.record("anna")
    yield graded.record("ben", WRONG)
    yield graded.record("cleo", graded.report(begun=1))
    yield graded.record("../dora", problem="it has 2 <b>bytes</b>")


def words(text):
    """Return the text of a page."""
    return " ".join(webpage.parsed(text).words)


def test_the_page_loads_nothing():
    """Its only link that leaves the page is an empty icon, so that browsers ask for none."""
    reader = webpage.assert_self_contained(overview.render(summarise(cohort())))
    assert {link for link in reader.links if not link.startswith("#")} == {"data:,"}


def test_the_page_shows_what_was_graded_and_the_results():
    shown = words(overview.render(summarise(cohort(), {"kmeans.1/update/wine"})))
    for phrase in (
        "4 submissions · track kmeans · seed 7 · isolation bwrap+seccomp",
        "1 submission could not be read",
        "it has 2 <b>bytes</b>",
        "Submissions as a whole: 1 passed, 1 failed, 1 unsolved.",
        "Scores: mean 40.33, median 50 of 52 points.",  # of those that could be read: 52, 50 and 19
        "kmeans.1/update/wine",
        "void checks",
        "ties go to the lowest index",
        "Like scikit-learn",
        graded.report()["contract"],
    ):
        assert phrase in shown


def test_unreadable_submissions_come_first_and_only_if_there_are_any():
    text = overview.render(summarise(cohort()))
    assert text.index("Could not be read</h2>") < text.index("Results</h2>") < text.index("Submissions</h2>")
    assert "Could not be read</h2>" not in overview.render(summarise([graded.record("anna")]))


def test_checks_are_sorted_by_how_often_they_fail():
    means_wrong = [graded.record(f"more{n}", graded.report({MEANS: graded.VALUE})) for n in range(2)]
    text = overview.render(summarise([*cohort(), *means_wrong]))
    section = text[text.index('id="failing"') :]
    assert section.index(MEANS) < section.index(TIES)
    assert f"{MEANS}: the mean of its rows; 3 failed" in section


def test_weak_isolation_and_settings_that_differ_are_marked():
    weak = graded.report() | {"isolation": "subprocess"}
    assert "limits only" in words(overview.render(summarise([graded.record("a", weak)])))
    mixed = summarise([graded.record("a", weak), graded.record("b")])
    assert "different values: subprocess, bwrap+seccomp" in words(overview.render(mixed))


def test_ids_link_to_pages_of_feedback_if_there_are_any():
    text = overview.render(summarise(cohort()), feedback="feed back")
    links = {link for link in webpage.parsed(text).links if link.endswith(".html")}
    names = ("anna", "ben", "cleo", "../dora")
    assert links == {f"feed%20back/{feedback.file_name(name)}" for name in names}


def test_samples_of_a_model_have_pass_at_k_for_each_task():
    """One of four samples passed for kmeans.1, and the only one for a/b, which has no pass@2."""
    records = [graded.record(f"kmeans.1/draw/{n}", WRONG if n else graded.report()) for n in range(4)]
    records.append(
        graded.record("a/b/0", graded.report() | {"status": "open"})
    )  # an open round counts as passed
    records.append(graded.record("no sample"))
    passes = {"kmeans.1": {1: 0.25, 2: 0.5}, "a/b": {1: 1.0}}
    shown = words(overview.render(summarise(records), passes=passes))
    assert "kmeans.1 4 1 25.0 % 50.0 %" in shown
    assert "a/b 1 1 100.0 % –" in shown  # noqa: RUF001 - a dash, as in print
    assert "all tasks, mean 5 2 62.5 % –" in shown  # noqa: RUF001 - as above
    assert "pass@" not in words(overview.render(summarise(records)))


@pytest.mark.parametrize(
    "records",
    [
        [],
        [graded.record("a", problem="no")],
        [graded.record("a")],
        [graded.record("a") | {"report": graded.report() | {"rounds": [], "score": 0.0, "max_score": 0.0}}],
    ],
    ids=["no submission", "none could be read", "all right", "no points"],
)
def test_cohorts_with_nothing_to_draw_have_a_page(records):
    webpage.assert_self_contained(overview.render(summarise(records), feedback="f", passes={}))


@settings(max_examples=40)
@given(name=ANY_TEXT, problem=ANY_TEXT, task=ANY_TEXT)
def test_no_text_becomes_markup(name, problem, task):
    summary = summarise([graded.record(name, WRONG), graded.record(task, problem=problem or "no")])
    webpage.assert_self_contained(overview.render(summary, feedback="f", passes={task: {1: 0.5}}))


def test_a_page_of_ten_thousand_stays_small_and_mentions_the_csv():
    """Ids and problems are long, and each of their characters takes five in HTML."""
    summary = summarise([graded.record("a", problem="no")])
    rows = tuple(
        replace(summary.rows[0], id=f"{n:05}{chr(34) * 300}", problem='"' * 300) for n in range(10_000)
    )
    text = overview.render(replace(summary, rows=rows), feedback="feedback")
    assert len(text.encode()) < 5_000_000
    shown = words(text)
    assert "These are the first 5,000 of 10,000; the CSV has all." in shown
    assert "These are the first 500 of 10,000; the CSV has all." in shown
    assert shown.count("(500)") == 11  # ten groups of submissions, and the table of problems
    assert text.count("<details>") >= 11


def test_a_browser_shows_the_page(tmp_path):
    assert "kmeans.1/assign/ties" in webpage.browsed(
        overview.render(summarise(cohort()), feedback="f"), tmp_path
    )
