"""Discussion questions: there are enough, they read well, and each script shows something."""

import re
import subprocess
import sys

import pytest

from harness import deck, tracks
from harness.model import KataError

SCRIPTS = [
    pytest.param(one.show, id=one.about.replace(" ", "-")) for one in deck.read(deck.GENERAL) if one.show
]


def plain(lines):
    """The text of some lines."""
    return "\n".join(line.plain for line in lines)


def test_there_are_questions_on_everything():
    """Ten in general, four on each track."""
    assert deck.names() == ["general", *tracks.find()]
    assert len(deck.read("general")) >= 10
    for name in tracks.find():
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


def test_questions_come_before_answers():
    """A list has no answers; a page has both and names what to type next."""
    listed = plain(deck.listing("general", 80))
    one = deck.card("general", 2)
    assert one.question.split()[-1] in listed
    assert one.answer[:30] not in listed
    page = plain(deck.page("general", 2, 80))
    assert one.answer[:30] in page
    assert page.endswith("next: kata questions general 2 --run   (runs the script above)")
    assert max(map(len, plain(deck.listing("kmeans", 80)).splitlines())) <= 80


def test_what_is_not_there():
    """One line says what there is."""
    with pytest.raises(KataError, match="no questions on 'svm': there are some on general, kmeans"):
        deck.read("svm")
    with pytest.raises(KataError, match="no question 99 on general: there are 1 to"):
        deck.card("general", 99)
    without = next(n for n, one in enumerate(deck.read("general"), 1) if not one.show)
    with pytest.raises(KataError, match=f"general {without} has no script"):
        deck.run("general", without)
