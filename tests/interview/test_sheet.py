"""The interviewer's sheet, and how a question finds its answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlkata.interview import sheet as sheets
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError


def test_the_newest_round_answers_first(sheet):
    """Only open rounds answer; an unknown question gets no answer."""
    assert [topic.key for topic in sheet.answers("how many are there?", ["toy.1"])] == ["1/size"]
    assert [topic.key for topic in sheet.answers("how many are there?", ["toy.1", "toy.2"])] == ["2/empty"]
    assert sheet.answers("is it raining?", ["toy.1", "toy.2"]) == []


def test_short_words_match_whole_words_only(sheet):
    """`no` does not match `numpy` and `not`; a longer word also matches with endings."""
    assert [topic.key for topic in sheet.answers("not", ["toy.1", "toy.2"])] == []
    assert [topic.key for topic in sheet.answers("is it larger?", ["toy.1"])] == ["1/size"]


def test_shapes_and_examples_come_from_the_stub(sheet):
    """They are not written down a second time."""
    [shapes] = sheet.answers("which shapes?", ["toy.1"])
    assert "-> zeros : float array of shape (k, d)" in shapes.answer
    [example] = sheets.read(catalogue.get("kmeans")).answers("an example?", ["kmeans.1"])
    assert "array([0, 0, 1])" in example.answer


def test_a_missing_or_wrong_sheet_is_refused(track, tmp_path):
    with pytest.raises(KataError, match="no interview on toy"):
        sheets.read(catalogue.read(Path(__file__).parents[1] / "miniature" / "exercises" / "toy"))
    path = track.exercises / "interview.toml"
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(
            text.replace("[round.2]", "[round.3]").replace("round.2", "round.3"), encoding="utf-8"
        )
        with pytest.raises(KataError, match="rounds 1, 3: expected all of 1 to 2"):
            sheets.read(track)
    finally:
        path.write_text(text, encoding="utf-8")
