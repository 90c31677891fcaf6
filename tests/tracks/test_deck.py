"""Discussion questions: there are enough, they read well, and each script shows something."""

import re
import subprocess
import sys

import pytest
from mlkata.judging.gate.rounds import ANSWER
from mlkata.practice import questions
from mlkata.tracks import catalogue, deck
from mlkata.tracks.model import KataError

SCRIPTS = [
    pytest.param(one.show, id=one.title.replace(" ", "-")) for one in deck.read(deck.GENERAL) if one.show
]


def test_there_are_questions_on_everything():
    """Ten in general, some on each track."""
    assert deck.names() == ["general", *catalogue.find()]
    assert len(deck.read("general")) >= 10
    assert all(deck.read(name) for name in catalogue.find())


def test_general_answers_are_short():
    """What cannot be said in two minutes is no model answer; those of tracks are asked by the gate."""
    low, high = ANSWER
    for one in deck.read("general"):
        assert low <= len(one.answer.split()) <= high, one.question


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_prints_its_evidence(script):
    """Without a warning, from nothing but what the kit installs."""
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d", done.stdout)


def test_what_is_not_there():
    """One line says what there is."""
    with pytest.raises(KataError, match="no questions on 'no-track': expected one of general, kmeans"):
        deck.read("no-track")
    with pytest.raises(KataError, match="no question 99 on general: expected a number from 1 to"):
        deck.card("general", 99)
    without = next(n for n, one in enumerate(deck.read("general"), 1) if not one.show)
    with pytest.raises(KataError, match=f"general {without} has no script"):
        questions.run("general", without)


def test_a_card_runs_beside_our_solutions():
    """In a process of its own, where `reference` is that of the track."""
    one = next(one for one in deck.read("kmeans") if one.code)
    assert "from reference import" in one.code
    assert deck.printed(catalogue.get("kmeans"), one).strip() == one.output


def test_code_that_fails_is_a_fault_of_the_card():
    """It is named, with the error's last line."""
    broken = deck.Card("a slip", deck.OUTPUT_QUESTION, "", code="print(1 / 0)", output="")
    with pytest.raises(
        KataError, match="kmeans, card 'a slip': its code fails: ZeroDivisionError: division by zero"
    ):
        deck.printed(catalogue.get("kmeans"), broken)
