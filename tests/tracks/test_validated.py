"""What does not fit its type is said in one line, with its place."""

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


def test_what_fits_is_given():
    """Whole numbers are numbers."""
    row = validated.converted({"peers": {"x": [{"name": "a", "seconds": [1, 2.5]}]}}, Row, "file")
    assert row == Row({"x": [Peer("a", (1.0, 2.5))]})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "f: expected a table, got a list"),
        ({"peers": {}, "busy": 1}, "f: busy: expected true or false, got a whole number"),
        ({}, "f: missing required field 'peers'"),
        ({"peers": {}, "\x1b[31m\n": 1}, r"f: contains unknown field '\x1b[31m\n'"),
        ({"peers": {"x": [{"name": None}]}}, "f: peers[...][0].name: expected text, got nothing"),
        ({"peers": {"x": [{"name": "nobody"}]}}, "f: peers[...][0]: nobody has a name"),
        (
            {"peers": {"x": [{"name": "a", "seconds": [True]}]}},
            "f: peers[...][0].seconds[0]: expected a number, got true or false",
        ),
    ],
)
def test_what_does_not_fit(value, message):
    with pytest.raises(KataError) as caught:
        validated.converted(value, Row, "f")
    assert str(caught.value) == message
