"""Discussion questions, or cards, form a general deck and one for each track: their answers and scripts."""

import re
import subprocess
import sys

import pytest
from mlkata.judging.gate.rounds import ANSWER
from mlkata.practice import questions
from mlkata.tracks import catalogue, deck
from mlkata.tracks.model import KataError

SCRIPTS = [
    pytest.param(card.show, id=card.title.replace(" ", "-")) for card in deck.read(deck.GENERAL) if card.show
]


def test_there_are_questions_on_everything():
    """There are at least ten general questions, and some on each track."""
    assert deck.names() == ["general", *catalogue.find()]
    assert len(deck.read("general")) >= 10
    assert all(deck.read(name) for name in catalogue.find())


def test_general_answers_are_short():
    """Each can be spoken in a minute or two. `kata author verify` checks the answers of tracks."""
    low, high = ANSWER  # numbers of words
    for card in deck.read("general"):
        assert low <= len(card.answer.split()) <= high, card.question


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_prints_its_evidence(script):
    """The script prints a number and no warning, and needs only the packages that the kit installs."""
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d", done.stdout)


def test_unknown_decks_cards_and_scripts_have_a_message():
    """The message says which decks and numbers exist."""
    with pytest.raises(KataError, match="no questions on 'no-track': expected one of general, kmeans"):
        deck.read("no-track")
    with pytest.raises(KataError, match="no question 99 on general: expected a number from 1 to"):
        deck.card("general", 99)
    number = next(number for number, card in enumerate(deck.read("general"), 1) if not card.show)
    with pytest.raises(KataError, match=f"general {number} has no script"):
        questions.run("general", number)


def test_the_code_of_a_card_can_import_the_reference():
    """The code runs in a process of its own, in the folder of the track's solutions."""
    card = next(card for card in deck.read("kmeans") if card.code)
    assert "from reference import" in card.code
    assert deck.printed(catalogue.get("kmeans"), card).strip() == card.output


def test_code_that_fails_is_a_fault_of_the_card():
    """The message names the card, and has the last line of the error."""
    broken = deck.Card("a slip", deck.OUTPUT_QUESTION, "", code="print(1 / 0)", output="")
    with pytest.raises(
        KataError, match="kmeans, card 'a slip': its code fails: ZeroDivisionError: division by zero"
    ):
        deck.printed(catalogue.get("kmeans"), broken)
