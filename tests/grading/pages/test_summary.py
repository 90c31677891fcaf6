"""The totals of a cohort: each verdict counts once, and void checks, which a teacher excludes, do not count.

The checks of `graded` are real checks of k-means; the answers, and so the points, are made up.
"""

import graded
import pytest
from graded import EMPTY, MEANS, TIES
from mlkata.grading.pages.summary import summarise
from mlkata.grading.pages.voided import without
from mlkata.tracks.model import Answer, Kind, Status

CRASHED = Answer(Kind.CRASHED, message="the process exited with status 0")


def cohort():
    """Yield records: two right submissions, two wrong ones, one with round 1 only, and an unreadable one.

    Round 1 has 20 checks of a point each, both rounds have 53.
    """
    yield graded.record("right")
    yield graded.record("wrong", graded.report({TIES: graded.raised("no"), MEANS: graded.VALUE}))
    yield graded.record("crash", graded.report({TIES: CRASHED}))
    yield graded.record("Right")
    yield graded.record("begun", graded.report(begun=1))
    yield graded.record("unread", problem="it is no Python file")


@pytest.fixture(scope="module")
def summary():
    return summarise(cohort())


def test_each_submission_has_a_row_sorted_by_id(summary):
    assert [row.id for row in summary.rows] == ["Right", "begun", "crash", "right", "unread", "wrong"]
    assert {row.max_score for row in summary.rows} == {53.0}
    assert [row.score for row in summary.rows] == [53.0, 20.0, 52.0, 53.0, 0.0, 51.0]
    assert summary.rows[-1].rounds == {"kmeans.1": 18.0, "kmeans.2": 33.0}


def test_an_unreadable_submission_counts_for_no_verdict(summary):
    assert [row.id for row in summary.problems] == ["unread"]
    assert summary.statuses == {Status.PASS: 2, Status.FAIL: 1, Status.ERROR: 1, Status.UNSOLVED: 1}
    assert all(sum(part.statuses.values()) == 5 for part in (*summary.rounds, *summary.checks))


def test_failing_checks_are_counted_by_verdict(summary):
    assert [(check.id, check.failing) for check in summary.worst_checks] == [(TIES, 2), (MEANS, 1)]
    ties = summary.worst_checks[0]
    assert ties.rule == "ties go to the lowest index"
    assert ties.statuses == {Status.PASS: 3, Status.FAIL: 1, Status.ERROR: 1}


def test_a_failing_check_of_a_round_not_begun_is_not_wrong():
    """A check of round 2 may call a function of round 1. It counts once a function of round 2 is begun."""
    report = graded.report(begun=1)
    second_round = report["rounds"][1]
    second_round["checks"][0]["status"] = "fail"
    assert second_round["status"] == "unsolved"
    counted = summarise([graded.record("one", report)])
    assert counted.worst_checks == []
    assert counted.rounds[1].statuses == {Status.UNSOLVED: 1}
    void = {check["id"] for check in second_round["checks"][1:]}
    assert summarise([graded.record("one", report)], void).rounds[1].statuses == {Status.UNSOLVED: 1}


def test_void_checks_count_for_no_submission():
    summary = summarise(cohort(), {TIES})
    assert summary.void == (TIES,)
    assert TIES not in {check.id for check in summary.checks}
    assert summary.max_score == summarise(cohort()).max_score - 1
    by_id = {row.id: row for row in summary.rows}
    assert (by_id["crash"].status, by_id["crash"].score) == (Status.PASS, 52.0)  # nothing else was wrong
    assert (by_id["wrong"].status, by_id["wrong"].score) == (Status.FAIL, 51.0)
    assert by_id["right"].score == 52.0
    assert (by_id["unread"].status, by_id["unread"].score) == (Status.ERROR, 0.0)
    assert by_id["begun"].status is Status.UNSOLVED


def test_removing_void_checks_does_not_change_the_report():
    report = graded.report({EMPTY: graded.VALUE})
    before = graded.report({EMPTY: graded.VALUE})
    assert without(report, {EMPTY})["status"] == "pass"
    assert report == before
    assert without(report, {"kmeans.9/none/such"}) is report


def test_a_round_whose_checks_are_all_void_is_removed():
    report = graded.report({TIES: graded.VALUE})
    void = [check["id"] for check in report["rounds"][0]["checks"]]
    remaining = without(report, void)
    assert [round_["id"] for round_ in remaining["rounds"]] == ["kmeans.2"]
    assert (remaining["status"], remaining["score"], remaining["max_score"]) == ("pass", 33.0, 33.0)
    assert without(remaining, [check["id"] for check in remaining["rounds"][0]["checks"]])["rounds"] == []


def test_an_open_round_stays_open_if_one_of_its_checks_is_void():
    report = graded.report()
    report["rounds"][1]["checks"][0].update(status="open", max_points=0.0, points=0.0)
    report["rounds"][1]["status"] = "open"
    void = report["rounds"][1]["checks"][1]["id"]
    assert without(report, {void})["rounds"][1]["status"] == "open"


def test_records_may_cover_different_rounds():
    """Each task of a model's samples may have another round."""
    first = graded.report(rounds=1)
    second = graded.report()
    second["rounds"] = second["rounds"][1:]
    second.update(score=33.0, max_score=33.0)
    counted = summarise([graded.record("two/0", second), graded.record("one/0", first)])
    assert [round_.id for round_ in counted.rounds] == ["kmeans.1", "kmeans.2"]
    assert counted.max_score is None
    assert [row.share for row in counted.rows] == [1.0, 1.0]


def test_all_values_of_a_setting_are_kept():
    other = graded.report() | {"isolation": "subprocess"}
    facts = summarise([graded.record("a"), graded.record("b", other)]).facts
    assert facts["isolation"] == ("bwrap+seccomp", "subprocess")
    assert facts["seed"] == ("7",)
    assert {"track", "contract", "mlkata", "numpy", "scikit-learn"} <= facts.keys()


def test_an_empty_cohort_has_a_summary():
    empty = summarise([])
    assert (empty.rows, empty.rounds, empty.worst_checks, empty.max_score) == ((), (), [], None)


def test_records_are_released_one_by_one():
    """Ten thousand reports would not fit into memory."""
    alive = []

    class Record(dict):
        def __del__(self):
            alive.remove(id(self))

    def stream():
        for number in range(20):
            record = Record(graded.record(f"{number}"))
            alive.append(id(record))
            yield record
            del record
            assert len(alive) <= 1

    assert len(summarise(stream()).rows) == 20
