"""What a workspace remembers, added up."""

from datetime import date

from mlkata.practice.progress import totals
from mlkata.tracks.model import Status


def test_a_fresh_workspace_has_an_empty_record(fresh):
    """One round is open, nothing has been done."""
    found = totals.read(fresh)
    assert [one.round.id for one in found.rounds] == ["toy.1"]
    assert (found.passed, found.n_rounds, found.minutes, found.hints) == (0, 2, 0.0, 0)
    assert (found.days, found.failures) == ((), ())


def test_minutes_are_added_up(practised):
    """For each round and each day."""
    found = totals.read(practised)
    assert [(one.round.id, one.minutes, one.judgements) for one in found.rounds] == [
        ("toy.1", 16.0, 5),
        ("toy.2", 5.0, 1),
    ]
    assert [(one.day, one.minutes, one.judgements, one.passed) for one in found.days] == [
        (date(2026, 11, 20), 6.0, 3, ()),
        (date(2026, 11, 22), 15.0, 3, ("toy.1",)),
    ]
    assert (found.passed, found.minutes, found.hints) == (1, 21.0, 1)


def test_failures_are_counted_as_they_were_shown(practised, toy):
    """The most frequent first, and whether it fails still; a check that is no more is left out."""
    first, second = toy.checks[:2]
    with (practised.folder / ".kata" / "journal.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(
            '{"at": "2026-11-23T20:00:00+01:00", "track": "toy", "round": "toy.2", "seconds": 0, '
            '"passing": 0, "checks": 1, "failure": "toy.2/gone/away"}\n'
        )
    found = totals.read(practised).failures
    assert [(one.check, one.times, one.now) for one in found] == [
        (first, 3, Status.FAIL),
        (second, 2, Status.PASS),
    ]
