"""Reports, rounds, verdicts and answers: their statuses, scores and ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlkata.tracks.model import (
    Answer,
    Check,
    Kind,
    Raised,
    Report,
    Round,
    RoundReport,
    Status,
    Verdict,
    worst,
)

ROUND = Round("toy", 1, "Toy", minutes=5, functions=(), needs=(), hints=(), follow_ups=())
CHECK = Check("toy.1/double/plain", "a rule", lambda rng: None, lambda *_: None)
STATUSES = st.lists(st.sampled_from(Status), max_size=6)


def report(*rounds):
    """Return a report of rounds, each a list of statuses."""
    reports = tuple(
        RoundReport(ROUND, tuple(Verdict(CHECK, Status(status)) for status in statuses))
        for statuses in rounds
    )
    return Report("toy", "toy.py", seed=0, isolation="subprocess", rounds=reports, seconds=0.0)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "unsolved"),
        (["pass"], "pass"),
        (["pass", "open"], "pass"),
        (["open"], "open"),
        (["pass", "skip"], "skip"),
        (["pass", "skip", "unsolved"], "unsolved"),
        (["unsolved", "error"], "error"),
        (["error", "fail", "pass"], "fail"),
    ],
)
def test_the_worst_status_is_the_most_severe(statuses, expected):
    """Without any status, the result is unsolved."""
    assert worst(Status(status) for status in statuses) == expected


@given(st.lists(STATUSES, max_size=4))
def test_a_report_passes_only_if_every_round_has_verdicts_and_all_pass(rounds):
    """Verdicts of open rounds, which have a score, do not have to pass. Each check has one point here."""
    whole = report(*rounds)  # `rounds` has the statuses of the verdicts of each round
    if whole.status is Status.PASS:
        assert rounds
        assert all(statuses and set(statuses) <= {Status.PASS, Status.OPEN} for statuses in rounds)
    assert whole.status is not Status.SKIP
    if not rounds or any(not statuses for statuses in rounds):
        assert whole.status in (Status.FAIL, Status.ERROR, Status.UNSOLVED)
    assert whole.max_score == sum(map(len, rounds))
    assert whole.score == sum(status is Status.PASS for statuses in rounds for status in statuses)
    assert len(whole.verdicts) == whole.max_score


def test_a_report_with_a_skipped_round_is_unsolved():
    """A round that was not judged is neither wrong nor passed."""
    assert report(["pass"], ["skip", "skip"]).status is Status.UNSOLVED
    assert report(["pass"], ["skip"]).rounds[1].status is Status.SKIP


def test_the_id_of_a_check_contains_its_round_and_function():
    """The id `kmeans.1/assign/ties`, for instance, is of round kmeans.1 and function assign."""
    assert (CHECK.round_id, CHECK.function, ROUND.id) == ("toy.1", "double", "toy.1")


def test_only_notimplementederror_raised_by_the_function_is_unsolved():
    """A class derived from it is not, nor is the error of an import."""
    raised = Raised(("NotImplementedError", "RuntimeError", "Exception"), "")
    assert Answer(Kind.RAISED, raised=raised).unsolved
    assert not Answer(Kind.IMPORT, raised=raised).unsolved
    assert not Answer(Kind.RAISED, raised=Raised(("Mine", "NotImplementedError"), "")).unsolved
    assert not Answer(Kind.RAISED).unsolved
    assert not Answer(Kind.VALUE).unsolved


def test_an_exception_reads_as_python_writes_it():
    """The text has the type and the message, or the type alone."""
    assert str(Raised(("ValueError",), "no rows")) == "ValueError: no rows"
    assert str(Raised(("ValueError",), "")) == "ValueError"
