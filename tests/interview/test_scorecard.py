"""The scorecard of an interview: the verdict, what to practise next, and how it is shown."""

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
    """Return the interviewer's sheet for k-means. Its first rounds are to take 15, 25 and 20 minutes."""
    return sheets.read(catalogue.get("kmeans"))


@pytest.fixture
def finished():
    """Return an interview of 45 minutes: two rounds passed, the third was open for the last five.

    A RoundHistory begins with the seconds at which the round was opened and passed (None if it did not), and
    the numbers of passing and of all checks. A look is one command `check`.
    """
    interview = Interview("kmeans", minutes=45, seed=3, began="2026-11-27T20:00:00+01:00")
    interview.rounds = {
        "kmeans.1": RoundHistory(0.0, 900.0, 20, 20, looks=2),
        "kmeans.2": RoundHistory(900.0, 2400.0, 33, 33, looks=1),
        "kmeans.3": RoundHistory(2400.0, None, 5, 20, looks=1),
    }
    interview.seconds = 2700.0
    interview.ended = "time"
    return interview


def test_unknown_rounds_are_left_out_and_unknown_topics_have_no_answer(kmeans, finished):
    """The interview may have been held with an older version of the track."""
    finished.rounds["kmeans.99"] = RoundHistory(2600.0, None, 1, 2, looks=1)
    finished.missed = {"1/gone": 60.0}
    card = scorecard.build(kmeans, finished)
    assert [round_.id for round_ in card.rounds] == ["kmeans.1", "kmeans.2", "kmeans.3"]
    assert [topic.answer for topic in card.missed] == [""]


def test_the_minutes_determine_the_expected_rounds(kmeans):
    """45 minutes are 15 and 25 for two rounds, and 5 of the third's 20; 7.5 are half a first round."""
    assert scorecard.expected_rounds(kmeans.track, 45) == pytest.approx(2 + 5 / 20)
    assert scorecard.expected_rounds(kmeans.track, 7.5) == pytest.approx(0.5)


def test_the_expected_pace_is_a_hire(kmeans, finished):
    """Two rounds and a quarter are expected. Nothing was lost, so tests are what to practise next."""
    card = scorecard.build(kmeans, finished)
    assert (card.earned, card.meant, card.share, card.verdict) == (2.25, 2.25, 1.0, "hire")
    assert card.next.startswith("test cases")
    assert card.command == "kata test kmeans"


def test_hints_missed_questions_and_wrong_claims_reduce_the_share(kmeans, finished):
    """Two hints, a missed question and a wrong claim cost 2 · 0.25, 0.1 and 0.25 rounds, as RULE says."""
    finished.rounds["kmeans.1"].hints = 2
    finished.missed = {"1/ties": 60.0}
    finished.claims = {"kmeans.1": "n*k, 1"}
    finished.measured = {"kmeans.1": {"function": "assign", "claims": {"time": "disagree"}}}
    card = scorecard.build(kmeans, finished)
    assert card.share == pytest.approx((2.25 - 0.5 - 0.1 - 0.25) / 2.25, abs=1e-3)
    assert card.verdict == "lean no hire"
    for number in (scorecard.HINT, scorecard.MISSED, scorecard.CLAIM):
        assert f"{number:g}" in scorecard.RULE


def take_hints(interview):
    interview.rounds["kmeans.1"].hints = 3


def miss_questions(interview):
    interview.missed = {"1/ties": 1.0, "1/empty clusters": 1.0}


def be_slow(interview):
    interview.rounds = {"kmeans.1": RoundHistory(0.0, 2400.0, 20, 20, looks=2)}


def claim_a_wrong_cost(interview):
    interview.claims = {"kmeans.1": "n, 1"}
    interview.measured = {"kmeans.1": {"function": "assign", "claims": {"memory": "disagree"}}}


@pytest.mark.parametrize(
    ("lose", "words", "command"),
    [
        (take_hints, "Steps without hints", "kata open kmeans.1"),
        (miss_questions, "ties", "kata interview kmeans --sheet"),
        (be_slow, "Steps took 40 minutes, expected 15", "kata open kmeans.1"),
        (claim_a_wrong_cost, "what assign costs", "kata cost kmeans assign"),
    ],
)
def test_the_next_thing_to_practise_is_where_most_was_lost(kmeans, finished, lose, words, command):
    """The scorecard has it in words, and the command for it."""
    lose(finished)
    card = scorecard.build(kmeans, finished)
    assert words in card.next
    assert card.command == command


def test_ending_after_a_round_in_time_suggests_the_next_round(kmeans, finished):
    """The candidate stopped after one round, which passed within its minutes."""
    finished.rounds = {"kmeans.1": RoundHistory(0.0, 600.0, 20, 20, looks=1)}
    finished.seconds = 620.0
    card = scorecard.build(kmeans, finished)
    assert card.next == "getting further: Like scikit-learn has not passed"
    assert card.command == "kata open kmeans.2"


def test_an_interview_without_rounds_is_no_hire(kmeans, finished):
    """Such an interview, killed before its first round, can still be compared with others."""
    finished.rounds = {}
    card = scorecard.build(kmeans, finished)
    assert (card.verdict, card.command) == ("no hire", "kata open kmeans.1")
    assert any("no hire" in line.plain for line in shown.compared(card, []))


def test_a_round_passed_in_the_workspace_is_suggested_with_kata_again(kmeans, finished):
    """`kata open` would do nothing, as the round is open there."""
    finished.rounds["kmeans.1"].hints = 3
    assert scorecard.build(kmeans, finished, {"kmeans.1"}).command == "kata again kmeans.1"


def test_all_formats_begin_with_verdict_and_what_to_practise(kmeans, finished):
    """This is so on the terminal and on the page; the JSON has both as fields."""
    finished.asked = {"1/ties": "and if two are equally near?"}
    finished.claims = {"kmeans.1": "n*k*d, n*k"}
    finished.measured = {
        "kmeans.1": {
            "function": "assign", "claims": {"time": "agree"}, "exponents": {"time": {"n": 1.02, "k": None}},
            "good": {"time": "n*k*d", "memory": "n*k"}, "seconds": 0.004, "rung": "naive",
            "rungs": {"naive": 0.2, "reference": 0.003},
        }
    }  # fmt: skip
    finished.tests = {"caught": 7, "of": 24, "rejected": ["test_x"], "digest": 1}
    card = scorecard.build(kmeans, finished)
    earlier = [{"began": "2026-11-20 20:00", "verdict": "no hire", "earned": 0.5, "hints": 3, "missed": 4}]
    lines = [line.plain for line in shown.render(card, earlier, 80)]
    assert lines[:2] == shown.summary(card)
    assert lines[0] == "hire: 100% of what is expected in 45 minutes"
    text = "\n".join(lines)
    for phrase in (
        "asked: ties",
        "you claimed n*k*d, n*k",
        "time n^1.0",
        "as fast as naive",
        "7 of 24",
        "2026-11-20",
    ):
        assert phrase in text
    assert max(map(len, lines)) <= 100  # texts are wrapped at 80, lines of measurements are not
    reader = webpage.assert_self_contained(scorecard_page.render(card, earlier))
    words = " ".join(reader.words)
    assert words.index(lines[0]) < words.index("Round by round")
    assert "and if two are equally near?" in words
    document = json.loads(json.dumps(card.as_dict()))
    assert (document["schema"], document["verdict"]) == ("mlkata.interview/1", "hire")
    assert document["rounds"][0]["passed"]
    assert document["strong"][0]["question"]


@pytest.mark.parametrize(
    "name",
    [track.name for track in catalogue.find().values() if (track.exercises / "interview.toml").is_file()],
)
def test_the_sheet_for_a_human_interviewer_is_complete(name):
    """It has the task and the hints of each round, the request of an open round, and the rule."""
    track = catalogue.get(name)
    sheet = sheets.read(track)
    text = " ".join(paper.write(sheet, 45).replace("\n> ", "\n").split())
    for part in sheet.parts:
        assert part.prompt in text
        assert all(hint in text for hint in (" ".join(hint.split()) for hint in part.round.hints))
        if part.round.open is not None:
            assert " ".join(part.round.open.request.split()) in text
    assert scorecard.RULE in text
