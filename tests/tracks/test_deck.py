"""Discussion questions: there are enough, they read well, and each script shows something."""

import re
import subprocess
import sys

import pytest
from mlkata.judging.gate.rounds import ANSWER
from mlkata.practice import quiz
from mlkata.tracks import catalogue, deck
from mlkata.tracks.model import KataError

SCRIPTS = [
    pytest.param(one.show, id=one.about.replace(" ", "-")) for one in deck.read(deck.GENERAL) if one.show
]


def plain(lines):
    """The text of some lines."""
    return "\n".join(line.plain for line in lines)


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


def test_questions_come_before_answers():
    """A list has no answers; a page has both and names what to type next."""
    listed = plain(deck.listing("general", {}, 80))
    one = deck.card("general", 2)
    assert one.question.split()[-1] in listed
    assert one.answer[:30] not in listed
    page = plain(deck.page("general", 2, 80))
    assert one.answer[:30] in page
    assert page.endswith("next: kata questions general 2 --run   (runs the script above)")
    assert max(map(len, plain(deck.listing("kmeans", {}, 80)).splitlines())) <= 80


def test_what_is_not_there():
    """One line says what there is."""
    with pytest.raises(KataError, match="no questions on 'nonesuch': there are some on general, kmeans"):
        deck.read("nonesuch")
    with pytest.raises(KataError, match="no question 99 on general: there are 1 to"):
        deck.card("general", 99)
    without = next(n for n, one in enumerate(deck.read("general"), 1) if not one.show)
    with pytest.raises(KataError, match=f"general {without} has no script"):
        deck.run("general", without)


def test_a_card_runs_beside_our_solutions():
    """In a process of its own, where `reference` is that of the track."""
    one = next(one for one in deck.read("kmeans") if one.code)
    assert "from reference import" in one.code
    assert deck.printed("kmeans", one).strip() == one.output


def test_code_that_fails_is_a_fault_of_the_card():
    """It is named, with the error's last line."""
    broken = deck.Card("a slip", deck.WHAT, "", code="print(1 / 0)", output="")
    with pytest.raises(KataError, match="kmeans, a slip: its code fails: ZeroDivisionError"):
        deck.printed("kmeans", broken)


@pytest.mark.parametrize(
    ("typed", "printed", "same"),
    [
        ("0, 1", "[0 1]", True),
        ("array([0, 1])", "[0 1]", True),
        ("NaN 2", "[nan  2.]", True),
        ("valueerror", "ValueError", True),
        ("0.67", "0.66666667", True),
        ("0.7", "0.66666667", False),
        ("2", "[2 5]", False),
        ("5 2", "[2 5]", False),
        ("-1", "1", False),
        ("false", "0", False),
        ("", "[1]", False),
        ("", "", False),
    ],
)
def test_what_is_typed_need_not_look_like_numpy(typed, printed, same):
    """Brackets, commas and case are free, numbers may be rounded to two places; order and sign are not."""
    assert quiz.same_output(typed, printed) is same


def test_an_answer_comes_after_yours(capsys, monkeypatch):
    """Nothing of the answer is shown before something was typed; words are judged by whoever answers."""
    monkeypatch.setattr(deck, "printed", lambda name, one: one.output)
    number = next(n for n, one in enumerate(deck.read("kmeans"), 1) if one.code)

    def ask(at, *lines):
        """Answer a card; give whether it was known, and what was shown before each answer and at last."""
        given, shown = iter(lines), []

        def read(prompt):
            shown.append(capsys.readouterr().out)
            return next(given)

        knew = quiz.ask("kmeans", at, 80, read)
        return knew, [*shown, capsys.readouterr().out]

    for typed, right, said in (("[1]", True, "right"), ("2", False, "no: this comes out")):
        knew, (before, after) = ask(number, typed)
        start = deck.card("kmeans", number).answer[:30]
        assert knew is right
        assert start not in before
        assert start in after
        assert after.startswith(said)
    for typed, right in (("Yes", True), ("", False)):
        knew, (before, after, _) = ask(1, "", typed)
        start = deck.card("kmeans", 1).answer[:30]
        assert knew is right
        assert start not in before
        assert start in after


def test_what_you_knew_is_marked_and_left_out():
    """A mark in the list, a count in the overview, and the next one is one that you did not know."""
    first, second, third = deck.read("gmm")[:3]
    known = {f"gmm: {first.key}": True, f"gmm: {second.key}": False, f"gmm: {third.key}": True}
    lines = plain(deck.listing("gmm", known, 80)).splitlines()
    assert lines[0].startswith("+  1  gmm.1")
    assert any(line.startswith("-  2  gmm.1") for line in lines)
    assert lines[-1].startswith("next: kata questions gmm 2 ")
    assert f"{len(deck.read('gmm'))} questions, 2 known" in plain(deck.overview(known))
    assert deck.following("gmm", 2, known) == 4
    everything = {f"gmm: {one.key}": True for one in deck.read("gmm")}
    assert deck.following("gmm", 2, everything) == 3
    assert max(map(len, lines)) <= 80
