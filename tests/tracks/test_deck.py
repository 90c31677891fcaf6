"""Discussion questions: there are enough, they read well, and each script shows something."""

import re
import subprocess
import sys

import pytest
from mlkata.practice import questions, quiz
from mlkata.tracks import catalogue, deck, loading
from mlkata.tracks.model import KataError

OUTPUTS = [
    pytest.param(name, one, id=f"{name}-{one.about.replace(' ', '-')}")
    for name in catalogue.find()
    for one in deck.read(name)
    if one.code
]
SCRIPTS = [
    pytest.param(one.show, id=one.about.replace(" ", "-")) for one in deck.read(deck.GENERAL) if one.show
]


def test_there_are_questions_on_everything():
    """Ten in general, four on each track."""
    assert deck.names() == ["general", *catalogue.find()]
    assert len(deck.read("general")) >= 10
    for name in catalogue.find():
        assert len(deck.read(name)) >= 4, name


def test_answers_are_short():
    """What cannot be said in two minutes is no model answer."""
    for name in deck.names():
        for one in deck.read(name):
            assert 20 <= len(one.answer.split()) <= 150, f"{name}: {one.question}"


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_prints_its_evidence(script):
    """Without a warning, from nothing but what the kit installs."""
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d", done.stdout)


def test_what_is_not_there():
    """One line says what there is."""
    with pytest.raises(KataError, match="no questions on 'no-track': there are some on general, kmeans"):
        deck.read("no-track")
    with pytest.raises(KataError, match="no question 99 on general: there are 1 to"):
        deck.card("general", 99)
    without = next(n for n, one in enumerate(deck.read("general"), 1) if not one.show)
    with pytest.raises(KataError, match=f"general {without} has no script"):
        questions.run("general", without)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "one"), OUTPUTS)
def test_what_a_card_says_comes_out_does(name, one, monkeypatch, capsys):
    """Its code is run; its output is one that people can type."""
    ours = loading.load(catalogue.get(name).solutions / "reference.py")
    monkeypatch.setitem(sys.modules, "reference", ours)
    exec(compile(one.code, one.about, "exec"), {})  # noqa: S102 - ours; a process for each would take long
    assert capsys.readouterr().out.strip() == one.output
    assert quiz.same_output(one.output, one.output)
    assert len(one.code.splitlines()) <= 6


def test_a_card_runs_beside_our_solutions():
    """In a process of its own, where `reference` is that of the track."""
    name, one = OUTPUTS[0].values
    assert "from reference import" in one.code
    assert deck.printed(name, one).strip() == one.output


def test_each_track_asks_what_comes_out():
    """Six cards or more, each with a title of its own."""
    for name in catalogue.find():
        titles = [one.about for one in deck.read(name) if one.code]
        assert len(titles) == len(set(titles)) >= 6, name


def test_a_command_beside_an_answer_is_one_that_works():
    """The check is there, or the function can be measured; each card of code has one, four answers do."""
    for name, track in catalogue.find().items():
        cards = deck.read(name)
        assert all(one.proof for one in cards if one.code)
        assert sum(bool(one.proof) for one in cards if not one.code) >= 3
        for words in (one.proof.split() for one in cards if one.proof):
            assert words[:3] in (["kata", "check", name], ["kata", "bench", name])
            if "--case" in words:
                track.check(words[words.index("--case") + 1])
            else:
                assert words[words.index("--function") + 1] in {one.function for one in track.costs}


def test_code_that_fails_is_a_fault_of_the_card():
    """It is named, with the error's last line."""
    broken = deck.Card("a slip", deck.WHAT, "", code="print(1 / 0)", output="")
    with pytest.raises(KataError, match="kmeans, a slip: its code fails: ZeroDivisionError"):
        deck.printed("kmeans", broken)
