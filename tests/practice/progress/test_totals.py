"""The totals of what a workspace has recorded: minutes, passes and failures by round and by day."""

from datetime import date

from mlkata.practice.progress import totals
from mlkata.tracks.model import Status


def test_a_fresh_workspace_has_an_empty_record(fresh):
    """One round is open, nothing has been judged."""
    record = totals.read(fresh)
    assert [round_.round.id for round_ in record.rounds] == ["toy.1"]
    assert (record.passed, record.n_rounds, record.minutes, record.hints) == (0, 2, 0.0, 0)
    assert (record.days, record.failures) == ((), ())


def test_minutes_are_summed_by_round_and_day(practised):
    record = totals.read(practised)
    assert [(round_.round.id, round_.minutes, round_.judgements) for round_ in record.rounds] == [
        ("toy.1", 16.0, 5),
        ("toy.2", 5.0, 1),
    ]
    assert [(day.day, day.minutes, day.judgements, day.passed) for day in record.days] == [
        (date(2026, 11, 20), 6.0, 3, ()),
        (date(2026, 11, 22), 15.0, 3, ("toy.1",)),
    ]
    assert (record.passed, record.minutes, record.hints) == (1, 21.0, 1)


def test_failures_are_counted_with_their_present_status(practised, toy):
    """The most frequent comes first; a check that no longer exists is left out."""
    first, second = toy.checks[:2]
    with (practised.folder / ".kata" / "journal.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(
            '{"at": "2026-11-23T20:00:00+01:00", "track": "toy", "round": "toy.2", "seconds": 0, '
            '"passing": 0, "checks": 1, "failure": "toy.2/gone/away"}\n'
        )
    failures = totals.read(practised).failures
    assert [(failure.check, failure.times, failure.now) for failure in failures] == [
        (first, 3, Status.FAIL),
        (second, 2, Status.PASS),
    ]
