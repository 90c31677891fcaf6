"""Data are read as typed classes; data that do not fit have a message of one line, with the place.

Here a row of a benchmark is read, with the peers (implementations) that it compares.
"""

import msgspec
import pytest
from mlkata.tracks import validated
from mlkata.tracks.model import KataError


class Peer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    seconds: tuple[float, ...] = ()
    label: str | None = None

    def __post_init__(self):
        if self.name == "nobody":
            raise ValueError("nobody has a name")


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    peers: dict[str, list[Peer]]
    busy: bool = False
    only: str | None = None


def test_a_value_that_fits_is_converted():
    """A whole number is accepted as a float."""
    row = validated.converted({"peers": {"x": [{"name": "a", "seconds": [1, 2.5]}]}}, Row, "file")
    assert row == Row({"x": [Peer("a", (1.0, 2.5))]})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "f: expected a table, got a list"),
        ({"peers": {}, "busy": 1}, "f: busy: expected true or false, got a whole number"),
        ({"peers": {}, "only": True}, "f: only: expected text or nothing, got true or false"),
        ({}, "f: missing required field 'peers'"),
        (
            {"peers": {}, "\x1b[31m\n": 1},
            r"f: contains unknown field '\x1b[31m\n'; expected one of peers, busy, only",
        ),
        (
            {"peers": {"x": [{"name": "a", "sec": 1}]}},
            "f: peers['x'] 'a': contains unknown field 'sec'; expected one of name, seconds, label",
        ),
        (
            {"peers": {"w": [], "x": [{"name": None}], "y": []}},
            "f: peers['x'] 1, name: expected text, got nothing",
        ),
        ({"peers": {"x": [{"name": "nobody"}]}}, "f: peers['x'] 'nobody': nobody has a name"),
        (
            {"peers": {"x": [{"name": "a", "seconds": [True]}]}},
            "f: peers['x'] 'a', seconds[0]: expected a number, got true or false",
        ),
    ],
)
def test_a_value_that_does_not_fit_has_a_message(value, message):
    """A table in a list is named by its name, or else by its number; a key of a dict by itself."""
    with pytest.raises(KataError) as caught:
        validated.converted(value, Row, "f")
    assert str(caught.value) == message


# A peer's label must be text, so that the second row does not fit.
FILE = """
[[row]]
peers = {}
only = "first"

[[row]]
peers = {w = [], x = [{name = "a"}, {name = "b", label = 3}]}
"""


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("row]]\n", "row]\n", r"f\.toml: not valid TOML: .* \(at line 2, column 6\)"),
        ("[[row", "[[line", r"f\.toml: missing required field 'row'"),
        (", label = 3", "", ""),
        ("", "", r"f\.toml: row 2, peers\['x'\] 'b', label: expected text or nothing, got a whole number"),
        ('name = "a"', "", r"f\.toml: row 2, peers\['x'\] 1: missing required field 'name'"),
    ],
)
def test_all_tables_of_one_name_are_read_from_a_file(tmp_path, before, after, message):
    """FILE itself has an error, the label 3. The edit with an empty `message` removes this error.

    The edit from "" to "" leaves FILE as it is; each other edit makes an error that is reported instead.
    """
    file = tmp_path / "f.toml"
    file.write_text(FILE.replace(before, after) if before else FILE, encoding="utf-8")
    if not message:
        assert [row.only for row in validated.entries(file, "row", Row)] == ["first", None]
        return
    with pytest.raises(KataError, match=message) as caught:
        validated.entries(file, "row", Row)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[" * 100_000])
def test_a_text_that_is_not_json_has_a_message(data):
    """The text is truncated, not UTF-8, or nested too deeply."""
    with pytest.raises(KataError, match="line 7: not valid JSON: "):
        validated.from_json(data, Row, "line 7")
