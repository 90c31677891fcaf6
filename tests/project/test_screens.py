"""The pictures in docs/ exist, are valid, and load nothing."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURES = sorted((ROOT / "docs" / "screens").glob("*.svg"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINKED = {
    name for page in PAGES for name in re.findall(r"screens/([\w-]+\.svg)", page.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_an_svg_that_loads_nothing(picture):
    """It requests nothing from another machine."""
    text = picture.read_text(encoding="utf-8")
    assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314 - our own
    assert not re.search(r"url\(\W*http|@import|href=.http", text)


def test_the_pictures_are_those_that_pages_show():
    """Each picture is in README or a page of the manual, and each picture shown there exists."""
    assert {picture.name for picture in PICTURES} == LINKED


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_picture_in_a_page_is_described(page):
    for words, target in re.findall(r"!\[([^]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert len(words.split()) > 3, target  # a description, not only a name
