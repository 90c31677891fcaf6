"""What an interview is worth: the rule, what to practise next, and all forms of it."""

from __future__ import annotations

import json

import pytest
import webpage
from mlkata.interview import paper, scorecard, scorecard_page, shown
from mlkata.interview import sheet as sheets
from mlkata.interview.journal import Interview, RoundHistory
from mlkata.tracks import catalogue


@pytest.fixture(scope="module")
def kmeans():
    """The sheet of a real track: rounds of 15, 25, 20, 15 minutes."""
    return sheets.read(catalogue.get("kmeans"))


@pytest.fixture
def held():
    """45 minutes: two rounds passed in 15 and 25 minutes, the third is open for five."""
    interview = Interview("kmeans", 45, 3, "2026-11-27T20:00:00+01:00")
    interview.rounds = {
        "kmeans.1": RoundHistory(0.0, 900.0, 20, 20, looks=2),
        "kmeans.2": RoundHistory(900.0, 2400.0, 33, 33, looks=1),
        "kmeans.3": RoundHistory(2400.0, None, 5, 20, looks=1),
    }
    interview.seconds = 2700.0
    interview.ended = "time"
    return interview


def test_rounds_and_topics_that_are_no_more_are_left_out(kmeans, held):
    """An older kit has held it: what is known is shown still."""
    held.rounds["kmeans.99"] = RoundHistory(2600.0, None, 1, 2, looks=1)
    held.missed = {"1/gone": 60.0}
    card = scorecard.build(kmeans, held)
    assert [one.id for one in card.rounds] == ["kmeans.1", "kmeans.2", "kmeans.3"]
    assert [one.answer for one in card.missed] == [""]


def test_the_minutes_say_how_many_rounds_are_meant(kmeans):
    """Each takes what its title says; the last one is begun."""
    assert scorecard.expected_rounds(kmeans.track, 45) == pytest.approx(2 + 5 / 20)
    assert scorecard.expected_rounds(kmeans.track, 7.5) == pytest.approx(0.5)


def test_who_goes_at_the_pace_that_is_meant_is_hired(kmeans, held):
    """Two rounds and a quarter, as the minutes say; the tests come next."""
    card = scorecard.build(kmeans, held)
    assert (card.earned, card.meant, card.share, card.verdict) == (2.25, 2.25, 1.0, "hire")
    assert card.next.startswith("test cases")
    assert card.command == "kata test kmeans"


def test_hints_questions_and_claims_take_off(kmeans, held):
    """As the rule says, in words as well."""
    held.rounds["kmeans.1"].hints = 2
    held.missed = {"1/ties": 60.0}
    held.claims = {"kmeans.1": "n*k, 1"}
    held.measured = {"kmeans.1": {"function": "assign", "claims": {"time": "disagree"}}}
    card = scorecard.build(kmeans, held)
    assert card.share == pytest.approx((2.25 - 0.5 - 0.1 - 0.25) / 2.25, abs=1e-3)
    assert card.verdict == "lean no hire"
    for number in (scorecard.HINT, scorecard.MISSED, scorecard.CLAIM):
        assert f"{number:g}" in scorecard.RULE


@pytest.mark.parametrize(
    ("change", "words", "command"),
    [
        ({"hints": 3}, "Steps without hints", "kata open kmeans.1"),
        ({"missed": {"1/ties": 1.0, "1/empty clusters": 1.0}}, "ties", "kata interview kmeans --sheet"),
        ({"slow": True}, "Steps took 40 minutes, expected 15", "kata open kmeans.1"),
        ({"claim": True}, "what assign costs", "kata cost kmeans assign"),
    ],
)
def test_the_one_thing_to_practise_is_where_most_was_lost(kmeans, held, change, words, command):
    """With the command for it."""
    held.rounds["kmeans.1"].hints = change.get("hints", 0)
    held.missed = change.get("missed", {})
    if "slow" in change:
        held.rounds = {"kmeans.1": RoundHistory(0.0, 2400.0, 20, 20, looks=2)}
    if "claim" in change:
        held.claims = {"kmeans.1": "n, 1"}
        held.measured = {"kmeans.1": {"function": "assign", "claims": {"memory": "disagree"}}}
    card = scorecard.build(kmeans, held)
    assert words in card.next
    assert card.command == command


def test_who_ends_after_a_round_in_time_goes_further(kmeans, held):
    """What has passed is never what was not finished."""
    held.rounds = {"kmeans.1": RoundHistory(0.0, 600.0, 20, 20, looks=1)}
    held.seconds = 620.0
    card = scorecard.build(kmeans, held)
    assert card.next == "getting further: Like scikit-learn has not passed"
    assert card.command == "kata open kmeans.2"


def test_an_interview_that_was_left_at_once_is_worth_nothing(kmeans, held):
    """Killed before a round was opened, it is still compared with later ones."""
    held.rounds = {}
    card = scorecard.build(kmeans, held)
    assert (card.verdict, card.command) == ("no hire", "kata open kmeans.1")
    assert any("no hire" in line.plain for line in shown.compared(card, []))


def test_a_round_that_was_practised_is_done_again(kmeans, held):
    """`kata open` would do nothing there."""
    held.rounds["kmeans.1"].hints = 3
    assert scorecard.build(kmeans, held, {"kmeans.1"}).command == "kata again kmeans.1"


def test_all_forms_begin_with_verdict_and_what_to_practise(kmeans, held):
    """In the terminal, on the page, and in JSON; with what a strong answer would have had."""
    held.asked = {"1/ties": "and if two are equally near?"}
    held.claims = {"kmeans.1": "n*k*d, n*k"}
    held.measured = {
        "kmeans.1": {
            "function": "assign", "claims": {"time": "agree"}, "exponents": {"time": {"n": 1.02, "k": None}},
            "good": {"time": "n*k*d", "memory": "n*k"}, "seconds": 0.004, "rung": "naive",
            "rungs": {"naive": 0.2, "reference": 0.003},
        }
    }  # fmt: skip
    held.tests = {"caught": 7, "of": 24, "rejected": ["test_x"], "digest": 1}
    card = scorecard.build(kmeans, held)
    earlier = [{"began": "2026-11-20 20:00", "verdict": "no hire", "earned": 0.5, "hints": 3, "missed": 4}]
    lines = [line.plain for line in shown.render(card, earlier, 80)]
    assert lines[:2] == shown.summary(card)
    assert lines[0] == "hire: 100% of what is expected in 45 minutes"
    text = "\n".join(lines)
    for said in (
        "asked: ties",
        "you claimed n*k*d, n*k",
        "time n^1.0",
        "as fast as naive",
        "7 of 24",
        "2026-11-20",
    ):
        assert said in text
    assert max(map(len, lines)) <= 100
    reader = webpage.needs_nothing_else(scorecard_page.render(card, earlier))
    words = " ".join(reader.words)
    assert words.index(lines[0]) < words.index("Round by round")
    assert "and if two are equally near?" in words
    table = json.loads(json.dumps(card.as_dict()))
    assert (table["schema"], table["verdict"], table["rounds"][0]["passed"]) == (
        "mlkata.interview/1",
        "hire",
        True,
    )
    assert table["strong"][0]["question"]


@pytest.mark.parametrize(
    "name", [one.name for one in catalogue.find().values() if (one.exercises / "interview.toml").is_file()]
)
def test_the_page_for_a_friend_has_all_he_needs(name):
    """Tasks, answers, hints, follow-ups, the request that nobody can meet, and the rule."""
    track = catalogue.get(name)
    sheet = sheets.read(track)
    text = " ".join(paper.write(sheet, 45).replace("\n> ", "\n").split())
    for part in sheet.parts:
        assert part.prompt in text
        assert all(hint in text for hint in (" ".join(one.split()) for one in part.round.hints))
        if part.round.open is not None:
            assert " ".join(part.round.open.request.split()) in text
    assert scorecard.RULE in text
