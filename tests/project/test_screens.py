"""The pictures in docs/ are there, are whole, and need nothing else."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURES = sorted((ROOT / "docs" / "screens").glob("*.svg"))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_whole_and_linked(picture):
    """An SVG that asks no other machine for anything, and that the README shows."""
    text = picture.read_text(encoding="utf-8")
    assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314 - our own
    assert not re.search(r"url\(\W*http|@import|href=.http", text)
    assert f"docs/screens/{picture.name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_picture_that_is_linked_is_there():
    linked = set(re.findall(r"docs/screens/[\w-]+\.svg", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert linked == {f"docs/screens/{one.name}" for one in PICTURES}
