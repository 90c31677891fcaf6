"""Each problem of a track's interview is reported in one line, here those of variants of the miniature track.

That the kit's own tracks have no problem is tested in tests/exercises/test_every_track.py.
"""

from __future__ import annotations

import shutil

import pytest
from mlkata.interview import gate
from mlkata.tracks import catalogue
from support import MINIATURE

PROMPT = "Write `double`, which adds a number to itself, and `pair`, which returns it twice; not more."
TOML = f"""\
[round.1]
prompt = "{PROMPT}"

[[round.1.topic]]
name = "again"
words = ["twice", "again"]
answer = "Calls know nothing of each other."
checks = ["double/again"]

[[round.1.topic]]
name = "size"
words = ["size", "large", "many"]
answer = "Small."

[round.2]
prompt = "{PROMPT}"
"""
QUESTIONS = """\
[[question]]
ask = "may I be asked again?"
topic = "1/again"

[[question]]
ask = "how large are they?"
topic = "1/size"
"""


@pytest.fixture
def problems(tmp_path):
    """Return a function `problems(sheet, questions)` that lists the problems of a track with these files.

    They are the texts of interview.toml and interview_questions.toml; None stands for a missing file.
    """
    for part in ("exercises", "solutions"):
        shutil.copytree(MINIATURE / part / "toy", tmp_path / part / "toy")
    folder = tmp_path / "exercises" / "toy"

    def listed(sheet=TOML, questions=QUESTIONS):
        for name, text in (("interview.toml", sheet), ("interview_questions.toml", questions)):
            (folder / name).unlink(missing_ok=True)
            if text is not None:
                (folder / name).write_text(text, encoding="utf-8")
        return list(gate.problems(catalogue.read(folder)))

    return listed


def test_both_files_are_optional_but_questions_need_an_interview(problems):
    assert problems() == []
    assert problems(questions=None) == []
    assert problems(sheet=None, questions=None) == []
    assert problems(sheet=None) == [
        "interview_questions.toml has no interview.toml beside it: write one, or remove the questions"
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            f'prompt = "{PROMPT}"',
            'prompt = "Go."',
            "interview.toml, round 1: the prompt has 3 characters: expected more than 60",
        ),
        (
            '"size"\nwords',
            '"again"\nwords',
            "interview.toml, round 1: topic 'again' occurs 2 times: names are unique",
        ),
        ('"double/again"', '"dbl/*"', "round 1: topic 'again' names 'dbl/*': the round has no such check"),
        (
            '"Small."',
            '"Small."\nchecks = ["double/again"]',
            "toy.1/double/again is attached to 2 topics: expected at most one",
        ),
        (
            '"double/again"',
            '"double/*"',
            "every check of double is attached to a topic: detach one of them",
        ),
        ("[round.2]", "[round.3]", "has the rounds 1, 3: expected all of 1 to 2, in order"),
        ("answer = ", "say = ", "interview.toml: round['1'].topic 'again': missing required field 'answer'"),
        ("[round.1]", "[round.1", "interview.toml: not valid TOML: Expected"),
    ],
)
def test_a_wrong_sheet_is_an_error_of_one_line(problems, old, new, line):
    """One edit of the valid sheet makes the problem; the line says what came and what was expected."""
    assert old in TOML
    assert any(line in problem for problem in problems(TOML.replace(old, new, 1))), problems()


@pytest.mark.parametrize(
    ("ask", "topic", "line"),
    [
        (
            "is it raining?",
            "1/size",
            "'is it raining?' is answered by no topic: expected 1/size; change the words",
        ),
        ("twice?", "1/size", "'twice?' is answered by 1/again (twice): expected 1/size"),
        ("which input is large?", "1/size", "answered by 1/size (large), 1/shapes (input): expected 1/size"),
        (
            "how large?",
            "1/sise",
            "'how large?' has topic '1/sise': expected a key such as 1/shapes",
        ),
        ("again?", "1/again", "no question on 1/size: write one as a candidate would put it"),
    ],
)
def test_a_question_that_misses_its_topic_is_an_error_of_one_line(problems, ask, topic, line):
    """The line names the topics that answer, the words that match them, and the expected topic.

    Each round also has built-in topics, such as `shapes`, which knows the word `input`.
    """
    wrong = QUESTIONS.replace("how large are they?", ask).replace("1/size", topic)
    assert any(line in problem for problem in problems(questions=wrong)), problems(questions=wrong)
