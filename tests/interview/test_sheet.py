"""What the interviewer knows: it fits the checks, and questions find their answers."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest
from mlkata.interview import sheet as sheets
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError

HERE = Path(__file__).parent
NAMES = list(catalogue.find())
BUILT_IN = (sheets.SHAPES, sheets.EXAMPLE, sheets.IMPORTS)


@pytest.mark.parametrize("name", NAMES)
def test_topics_fit_the_checks(name):
    """Each glob names checks, each check hangs on one topic at most, and each function has a plain check."""
    track = catalogue.get(name)
    table = tomllib.loads((track.exercises / "interview.toml").read_text(encoding="utf-8"))["round"]
    for part in sheets.read(track).parts:
        assert len(part.prompt) > 60
        entries = table[str(part.round.number)].get("topic", [])
        topics = {one.name: one for one in part.topics}
        assert len(topics) == len(part.topics)
        for entry in entries:
            for glob in entry.get("checks", []):
                alone = sheets._topic(part.round, [c.id for c in track.checks], {**entry, "checks": [glob]})
                assert alone.checks, f"{part.round.id} {entry['name']}: no check {glob}"
        hung = Counter(check for one in part.topics for check in one.checks)
        assert max(hung.values(), default=1) == 1, hung.most_common(3)
        for function in track.functions_of(part.round):
            ids = [check.id for check in track.checks_of(part.round) if check.function == function]
            assert not ids or set(ids) - set(hung), (
                f"{part.round.id}: every check of {function} hangs on a question"
            )


@pytest.mark.parametrize("name", NAMES)
def test_questions_find_their_answer(name):
    """Each that one alone, with all rounds up to the topic's open; and each topic has a question."""
    track = catalogue.get(name)
    sheet = sheets.read(track)
    questions = tomllib.loads((HERE / f"questions_{name}.toml").read_text(encoding="utf-8"))["question"]
    missed = []
    for one in questions:
        opened = [round_.id for round_ in track.rounds[: int(one["topic"].partition("/")[0])]]
        found = [topic.key for topic in sheet.answers(one["ask"], opened)]
        missed += [(one["ask"], found)] if found != [one["topic"]] else []
    names = [round_.id for round_ in track.rounds]
    for part in sheet.parts:  # what the list shows is a question, too
        opened = names[: part.round.number]
        missed += [one.key for one in part.topics if one not in sheet.answers(one.name, opened)]
    assert not missed
    written = {topic.key for part in sheet.parts for topic in part.topics}
    built_in = {f"{part.round.number}/{name}" for part in sheet.parts for name in BUILT_IN}
    assert written - built_in == {one["topic"] for one in questions} - built_in


def test_the_newest_round_answers_first(sheet):
    """Of rounds that are open; whoever asks nothing that is known gets nothing."""
    assert [one.key for one in sheet.answers("how many are there?", ["toy.1"])] == ["1/size"]
    assert [one.key for one in sheet.answers("how many are there?", ["toy.1", "toy.2"])] == ["2/empty"]
    assert sheet.answers("is it raining?", ["toy.1", "toy.2"]) == []


def test_short_words_are_met_whole(sheet):
    """`no` is not the beginning of `numpy` and `not`; a longer word meets its endings."""
    assert [one.key for one in sheet.answers("not", ["toy.1", "toy.2"])] == []
    assert [one.key for one in sheet.answers("is it larger?", ["toy.1"])] == ["1/size"]


def test_shapes_and_examples_come_from_the_stub(sheet):
    """Nobody writes them down a second time."""
    [shapes] = sheet.answers("which shapes?", ["toy.1"])
    assert "-> zeros : float array of shape (k, d)" in shapes.answer
    [example] = sheets.read(catalogue.get("kmeans")).answers("an example?", ["kmeans.1"])
    assert "array([0, 0, 1])" in example.answer


def test_a_sheet_that_does_not_fit_is_refused(track, tmp_path):
    """With what was expected."""
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
