"""`kata questions`: cards (questions with model answers) are listed, shown and asked.

A deck is a list of cards. A code card asks what some code prints; the typed output is compared with the real
one.
"""

from dataclasses import replace

import pytest
from mlkata.practice import questions, quiz
from mlkata.tracks import deck


def plain(lines):
    """Return the text of some lines."""
    return "\n".join(line.plain for line in lines)


def test_questions_come_before_answers():
    """The list of a deck has no answers; the page of a card has the answer and the next command."""
    listed = plain(questions.listing("general", known={}, width=80))
    card = deck.card("general", 2)
    assert card.question.split()[-1] in listed
    assert card.answer[:30] not in listed
    page = plain(questions.page("general", 2, width=80))
    assert card.answer[:30] in page
    assert page.endswith("next: kata questions general 2 --run   (runs the script above)")
    assert max(map(len, plain(questions.listing("kmeans", known={}, width=80)).splitlines())) <= 80


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
def test_a_typed_answer_need_not_look_like_numpy(typed, printed, same):
    """Brackets, commas and case do not matter, and numbers may be rounded to two places.

    Order and sign matter. Nothing typed is never right.
    """
    assert quiz.same_output(typed, printed) is same


def test_the_answer_is_shown_after_the_candidates(capsys, monkeypatch):
    """Nothing of it is shown before. After an answer in words, the candidate says whether it was known."""
    monkeypatch.setattr(deck, "printed", lambda name, card: card.output)
    code_card = next(number for number, card in enumerate(deck.read("kmeans"), 1) if card.code)
    word_card = 1

    def ask(number, *typed_lines):
        """Answer a card. Return whether it was known, the output before each typed line, and the rest."""
        answers, shown = iter(typed_lines), []

        def read(prompt):
            shown.append(capsys.readouterr().out)
            return next(answers)

        knew = quiz.ask("kmeans", number, width=80, read=read)
        return knew, [*shown, capsys.readouterr().out]

    for typed, right, message in (("[1]", True, "right"), ("2", False, "no, it prints:")):
        knew, (before, after) = ask(code_card, typed)
        start = deck.card("kmeans", code_card).answer[:30]
        assert knew is right
        assert start not in before
        assert start in after
        assert after.startswith(message)
    for typed, right in (("Yes", True), ("", False)):
        knew, (before, after, _) = ask(word_card, "", typed)  # Enter, then `did you know it?`
        start = deck.card("kmeans", word_card).answer[:30]
        assert knew is right
        assert start not in before
        assert start in after


def test_known_cards_are_marked_and_not_asked_next():
    """The list marks known cards, the overview counts them, and the next card is one that is not known."""
    first, second, third = deck.read("gmm")[:3]
    known = {f"gmm: {first.key}": True, f"gmm: {second.key}": False, f"gmm: {third.key}": True}
    lines = plain(questions.listing("gmm", known, width=80)).splitlines()
    assert lines[0].startswith("+  1  gmm.1")
    assert any(line.startswith("-  2  gmm.1") for line in lines)
    assert lines[-1].startswith("next: kata questions gmm 2 ")
    assert f"{len(deck.read('gmm'))} questions, 2 known" in plain(questions.overview(known))
    assert deck.following("gmm", 2, known) == 4  # card 3 is known
    everything = {f"gmm: {card.key}": True for card in deck.read("gmm")}
    assert deck.following("gmm", 2, everything) == 3  # none is unknown: simply the next one
    assert max(map(len, lines)) <= 80


def test_no_title_breaks_the_list(monkeypatch):
    """Questions begin in one column and no line is too long, whatever a card or a round is called."""
    question = deck.Card(title="logistic_regression.1", question="Why does the loop end?", answer="It does.")
    long_title = "what is left " * 9 + "over"
    titled = deck.Card(
        title=long_title, question=deck.OUTPUT_QUESTION, answer="Nothing.", code="print()", output=""
    )
    monkeypatch.setattr(deck, "read", lambda name: [question, titled, replace(titled, title="XOR")])
    *lines, _ = plain(questions.listing("tree", known={}, width=80)).splitlines()
    assert lines[0] == "   1  logistic_regression.1 Why does the loop end?"
    assert (
        lines[-1].lstrip() == "3                        XOR: What comes out?"
    )  # the column of rounds is empty
    start = lines[0].index("Why")
    assert all(line[start - 1] == " " != line[start] for line in lines)
    assert max(map(len, lines)) <= 80
    assert " ".join(line[start:] for line in lines[1:-1]) == f"{titled.title}: {deck.OUTPUT_QUESTION}"
