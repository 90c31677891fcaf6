"""Mutants are read from mutants.toml; the function and the round of each follow from its edit.

A mutant is an edit of the reference solution that makes one function wrong, as a typical mistake does.
"""

from dataclasses import replace

import pytest
from mlkata.tracks import catalogue, mutants
from mlkata.tracks.model import KataError

REFERENCE = """\
def double(x):
    return 2 * x


def root(x):
    return above(x)


def above(x):
    return int((x > 0).sum())
"""
DOUBLE = """
[[mutant]]
id = "thrice"
lesson = "Twice is not thrice."
find = "2 * x"
replace = "3 * x"
"""
HELPER = """
[[mutant]]
id = "below"
function = "root"
lesson = "Above is not below."
find = "x > 0"
replace = "x < -9"
"""


@pytest.fixture
def track_with(toy, tmp_path):
    """Return a function that returns the miniature track with REFERENCE and this text of mutants.toml."""

    def make(text):
        (tmp_path / "reference.py").write_text(REFERENCE)
        (tmp_path / "mutants.toml").write_text(text)
        return replace(toy, solutions=tmp_path)

    return make


def test_function_and_round_follow_from_the_edit(track_with):
    """The function is the one that contains the edit, the round the one that introduces the function."""
    read = mutants.read(track_with(DOUBLE + HELPER))
    assert [(mutant.id, mutant.function, mutant.round) for mutant in read] == [
        ("thrice", "double", 1),
        ("below", "root", 2),
    ]


def test_a_mutant_in_a_helper_must_name_the_function_that_becomes_wrong(track_with):
    """`above` is not in the stub, so the function cannot be derived."""
    track = track_with(HELPER.replace('function = "root"\n', ""))
    with pytest.raises(KataError, match="mutant below: its edit is not inside one function of the stub"):
        mutants.read(track)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'find = "2 * x"',
            'find = "x"',
            r"thrice: its find text occurs \d+ times in .*: expected once",
        ),
        ('find = "2 * x"', 'find = "3 * x"', "thrice: its find text occurs 0 times in reference.py"),
        ('replace = "3 * x"', 'replace = "2 * x"', "thrice: find and replace are the same text"),
    ],
)
def test_an_edit_that_does_not_fit_the_reference_is_refused(track_with, old, new, message):
    """The text to find must occur exactly once, and the edit must change it."""
    [mutant] = mutants.read(track_with(DOUBLE.replace(old, new)))
    with pytest.raises(KataError, match=message):
        mutant.source(REFERENCE)


def test_an_unknown_mutant_is_an_error():
    """The message names the file of mutants."""
    with pytest.raises(KataError, match=r"no mutant 'none' in .*mutants\.toml"):
        mutants.get(catalogue.get("kmeans"), "none")
