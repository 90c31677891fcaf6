"""The interviewer's sheet: which of its topics answers a question."""

from __future__ import annotations

import pytest
from mlkata.interview import sheet as sheets
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError
from support import MINIATURE


def test_the_newest_open_round_answers_first(sheet):
    """`many` is a word of a topic in each round; a question without any known word gets no answer."""
    assert [topic.key for topic in sheet.answers("how many are there?", ["toy.1"])] == ["1/size"]
    assert [topic.key for topic in sheet.answers("how many are there?", ["toy.1", "toy.2"])] == ["2/empty"]
    assert sheet.answers("is it raining?", ["toy.1", "toy.2"]) == []


def test_short_words_match_whole_words_only(sheet):
    """`not` does not match the word `no` of the topic `empty`; `larger` matches `large`."""
    assert [topic.key for topic in sheet.answers("not", ["toy.1", "toy.2"])] == []
    assert [topic.key for topic in sheet.answers("is it larger?", ["toy.1"])] == ["1/size"]


def test_shapes_and_examples_come_from_the_stub(sheet):
    """The first answer is made from a contract, the second is the example in a docstring."""
    [shapes] = sheet.answers("which shapes?", ["toy.1"])
    assert "-> zeros : float array of shape (k, d)" in shapes.answer
    [example] = sheets.read(catalogue.get("kmeans")).answers("an example?", ["kmeans.1"])
    assert "array([0, 0, 1])" in example.answer


def test_a_track_without_an_interview_is_refused():
    """test_gate.py has the errors of an interview.toml that does not fit its track."""
    with pytest.raises(KataError, match=r"no interview on toy: expected .*interview\.toml"):
        sheets.read(catalogue.read(MINIATURE / "exercises" / "toy"))
