"""Helpers for tests of pages: a strict reader, and a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

VOID = {"meta", "link", "br"}
"""Elements of HTML that have no end tag."""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Reader(HTMLParser):
    """Check that every tag is closed and none has a script; collect tags, ids, links and words."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.words = [], set(), [], [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert not [name for name in attributes if name.startswith("on")]
        self.tags.add(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def parsed(page):
    """Return the reader of a page, which must be well-formed."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def assert_self_contained(page):
    """Assert that a page has no script, loads nothing and repeats no id.

    Its pictures have a description, or are hidden from screen readers. Return the reader of the page.
    """
    page.encode()
    reader = parsed(page)
    assert not reader.tags & {"script", "img", "iframe", "object", "form"}
    assert len(reader.ids) == len(set(reader.ids))
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    style = re.search(r"<style>.*?</style>", page, re.DOTALL)
    assert not re.search(r"https?://|url\(|@import", style[0])
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        drawn = ET.fromstring(svg)  # noqa: S314 - our own
        assert drawn.get("aria-label") or drawn.get("aria-hidden")
    return reader


def program():
    """Return the path of Chromium or Chrome; skip the test if neither is installed."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return pytest.skip("no Chromium is installed")


def browsed(page, folder):
    """Let headless Chromium show a page at the width of a phone; return its DOM."""
    browser = program()
    (folder / "page.html").write_text(page, encoding="utf-8")
    shot = folder / "page.png"
    command = [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--window-size=380,900"]
    command += [f"--screenshot={shot}", "--dump-dom", (folder / "page.html").as_uri()]
    result = subprocess.run(command, capture_output=True, text=True, timeout=3000, check=False)
    assert result.returncode == 0, result.stderr
    assert shot.stat().st_size > 10_000  # bytes; an empty page has fewer
    return result.stdout
