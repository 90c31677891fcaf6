"""Each submission of a cohort is judged once, even if graders die. The graders here are stand-ins."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import replace

import pytest
from mlkata.grading import cohort
from mlkata.grading.cohort_journal import CohortJournal
from mlkata.grading.entries import Entry, refused
from mlkata.grading.grader import Item, Settings
from mlkata.tracks.model import KataError
from mlkata.worker.tiers import Tier

SETTINGS = Settings(track="toy", contract="digest", rounds=("toy.1",), seed=3, tier=Tier.SUBPROCESS)


class Died(Exception):
    """The exception of a future whose grader has died."""


class Pool:
    """Stand-ins for graders, which answer at once.

    `behave(item)` may raise Died: then all graders die. Any other exception becomes that of the future.
    """

    worker_lost_errors = (Died,)

    def __init__(self, behave=lambda item: None, jobs=2):
        self.behave = behave
        self.jobs = jobs
        self.judged: list[Item] = []
        self.restarts = 0
        self.broken = False
        self.closed = False

    def submit(self, item):
        if self.broken:
            raise Died
        future = Future()
        self.judged.append(item)
        try:
            if not item.problem:
                self.behave(item)
        except Died as death:
            self.broken = True
            future.set_exception(death)
        except Exception as error:  # noqa: BLE001 - a future holds any exception
            future.set_exception(error)
        else:
            future.set_result(record(item))
        return future

    def restart(self):
        self.restarts += 1
        self.broken = False

    def close(self):
        self.closed = True


def record(item):
    """Return the record of a graded submission, without a report."""
    return {
        "id": item.id,
        "sha256": item.sha256,
        "settings": SETTINGS.digest(item.rounds),
        "problem": item.problem,
    }


def entries(count, text="text"):
    """Return submissions s00, s01 and so on, with different sources."""
    return [
        Entry(f"s{number:02}", "a.py", f"a/{number}", lambda n=number: f"{text} {n}".encode())
        for number in range(count)
    ]


@pytest.fixture
def journal(tmp_path):
    with CohortJournal(tmp_path / "results.jsonl") as opened:
        yield opened


def ids(journal):
    """Return the ids in the journal's file, line by line."""
    return [record["id"] for record in map(json.loads, journal.path.read_text().splitlines())]


def grade(submissions, journal, pool, **options):
    """Grade submissions with a pool; return the errors of the kit itself by submission's id."""
    return cohort.grade(submissions, SETTINGS, journal, lambda: pool, **options)


def test_each_submission_is_judged_once(journal):
    """Each verdict is written to the journal and reported."""
    pool, counts = Pool(), []
    assert grade(entries(7), journal, pool, on_judged=counts.append) == {}
    assert sorted(ids(journal)) == [f"s{number:02}" for number in range(7)]
    assert sum(counts) == 7
    assert pool.closed


def test_a_submission_with_a_verdict_is_not_judged_again(journal):
    """A second run judges what is new or has changed; if nothing is, no grader is started."""
    submissions = entries(4)
    grade(submissions[:2], journal, Pool())
    pool = Pool()
    grade(submissions, journal, pool)
    assert [item.id for item in pool.judged] == ["s02", "s03"]
    changed = [*submissions[:3], *entries(4, "changed")[3:]]
    pool = Pool()
    grade(changed, journal, pool)
    assert [item.id for item in pool.judged] == ["s03"]
    counts = []
    cohort.grade(changed, SETTINGS, journal, lambda: pytest.fail("graders"), on_judged=counts.append)
    assert sum(counts) == 4  # verdicts of earlier runs are counted, too


def test_with_another_seed_everything_is_judged_again(journal):
    submissions = entries(2)
    grade(submissions, journal, Pool())
    pool = Pool()
    other = replace(SETTINGS, seed=4)
    cohort.grade(submissions, other, journal, lambda: pool)
    assert len(pool.judged) == 2


def test_submissions_named_in_again_are_judged_again(journal):
    submissions = entries(3)
    grade(submissions, journal, Pool())
    pool = Pool()
    grade(submissions, journal, pool, again={"s01"})
    assert [item.id for item in pool.judged] == ["s01"]


def test_an_unreadable_submission_is_submitted_with_its_problem(journal):
    pool = Pool()
    grade([refused("odd", "odd.py", "it is a folder")], journal, pool)
    assert [(item.id, item.problem, item.source) for item in pool.judged] == [("odd", "it is a folder", b"")]


def test_a_sample_of_a_model_is_judged_on_the_round_of_its_task(journal):
    """A sample whose task is the whole track is judged on the rounds of the settings."""
    pool = Pool()
    grade([Entry("toy.2/1", name="a", origin="a", read=lambda: b"", task="toy.2")], journal, pool)
    assert pool.judged[0].rounds == ("toy.2",)
    pool = Pool()
    grade([Entry("toy/1", name="a", origin="a", read=lambda: b"", task="toy")], journal, pool)
    assert pool.judged[0].rounds == ()  # none of its own


def test_graders_that_die_are_replaced(journal):
    """The submissions that were in progress are judged again."""
    deaths = []

    def die_twice(item):
        if item.id == "s02" and len(deaths) < 2:
            deaths.append(item.id)
            raise Died

    pool = Pool(die_twice)
    assert grade(entries(6), journal, pool) == {}
    assert sorted(ids(journal)) == [f"s{number:02}" for number in range(6)]
    assert pool.restarts == 2
    assert not any(record["problem"] for record in journal.records(["s02"]))


def test_a_submission_that_kills_graders_gets_a_verdict(journal):
    """It is judged alone, so that no other submission is suspected, and given up after three deaths."""

    def die(item):
        if item.id == "s02":
            raise Died

    pool = Pool(die)
    assert grade(entries(6), journal, pool) == {}
    assert sorted(ids(journal)) == [f"s{number:02}" for number in range(6)]
    problems = {record["id"]: record["problem"] for record in journal.records(sorted(ids(journal)))}
    assert "was killed 3 times" in problems.pop("s02")
    assert not any(problems.values())


def test_an_error_of_the_kit_does_not_stop_other_submissions(journal):
    """The error is returned and no verdict is written, so that the next run judges the submission."""

    def fail(item):
        if item.id == "s01":
            raise TypeError("no judge")

    faults = grade(entries(3), journal, Pool(fail))
    assert faults == {"s01": "TypeError: no judge"}
    assert sorted(ids(journal)) == ["s00", "s02"]
    pool = Pool()
    grade(entries(3), journal, pool)
    assert [item.id for item in pool.judged] == ["s01"]


def test_a_grader_that_cannot_work_ends_the_run(journal):
    """The grader raises KataError, for example if its machine has another version of the track."""

    def refuse(item):
        raise KataError("another contract")

    pool = Pool(refuse)
    with pytest.raises(KataError, match="another contract"):
        grade(entries(3), journal, pool)
    assert pool.closed


def test_sources_are_read_just_before_they_are_judged(journal):
    """At most five have been read and not judged: two for each of two graders, and the next one."""
    read, waiting = [], []

    class Watched(Pool):
        def submit(self, item):
            waiting.append(len(read) - len(ids(journal)))
            return super().submit(item)

    submissions = [Entry(f"s{n:02}", "a", "a", lambda n=n: (read.append(n), b"")[1]) for n in range(40)]
    grade(submissions, journal, Watched(jobs=2))
    assert max(waiting) <= 5
    assert len(read) == 40
