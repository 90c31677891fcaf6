"""The folder of an interview: the candidate's file grows with the rounds, and copies of it are kept."""

from __future__ import annotations

import ast

import pytest
from mlkata.interview import bare
from mlkata.interview.room import Room, rooms
from mlkata.tracks import catalogue


@pytest.mark.parametrize("name", catalogue.find())
def test_the_file_has_signatures_only(name):
    """It is valid Python: the functions of every round, without docstrings and comments."""
    track = catalogue.get(name)
    empty_file = ""
    text = bare.missing(track, track.rounds, empty_file)
    tree = ast.parse(text)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert list(functions) == list(track.contracts)
    for function, node in functions.items():
        assert ast.get_docstring(node) is None
        stub = str(track.contracts[function].signature)
        assert f"({ast.unparse(node.args)})".replace(" ", "") == stub.replace(" ", "")
    assert "#" not in text
    exec(compile(tree, name, "exec"), {})  # noqa: S102 - our own text


def test_a_new_round_adds_functions_and_keeps_what_is_written(room, track):
    """Functions that the file defines are not added; the file as it was is copied."""
    first, second = track.rounds
    room.add([first])
    file = room.file("toy")
    written = "def double(x):\n    return x + x  # mine\n\n\ndef total(x):\n    return 0\n"
    file.write_text(written, encoding="utf-8")
    room.add([second])
    text = file.read_text(encoding="utf-8")
    assert text.startswith(written)
    assert text.count("def total") == 1
    assert "\n\n\ndef draw(n, rng):\n    raise NotImplementedError\n" in text
    [copy] = (room.folder / ".kata" / "history" / "toy.py").iterdir()
    assert copy.read_text(encoding="utf-8") == written


def test_added_lines_have_the_windows_line_ends_of_the_file(room, track):
    room.file("toy").write_bytes(b"def double(x):\r\n    return x + x\r\n")
    room.add(track.rounds)
    assert b"def draw" in room.file("toy").read_bytes()
    assert b"\n" not in room.file("toy").read_bytes().replace(b"\r\n", b"")


def test_the_copy_of_the_file_that_passed_stays_as_it_is(room, track):
    [first, _] = track.rounds
    room.keep_passed(first, b"1\n")
    room.keep_passed(first, b"2\n")
    assert room.passed_file(first).read_bytes() == b"1\n"


def test_two_interviews_of_a_day_have_different_folders(room, track):
    """The older interview is listed first."""
    second = Room.create(room.base, track, minutes=20, seed=4)
    assert second.folder.name == f"{room.folder.name}-2"
    assert [room_.folder for room_ in rooms(room.base, track)] == [room.folder, second.folder]
