"""Invisible characters become Python escapes, so that no text controls a terminal or looks like another."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlkata.tracks import harmless

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
# Texts with an invisible character, and how they are written.
HOSTILE = {
    "escape": ("\x1b[2J", r"\x1b[2J"),
    "bell": ("\x07", r"\x07"),
    "nothing": ("\x00", r"\x00"),
    "delete": ("\x7f", r"\x7f"),
    "C1 control": ("\x9b31m", r"\x9b31m"),
    "carriage return": ("\r", r"\r"),
    "form feed": ("\x0c", r"\x0c"),
    "next line": ("\x85", r"\x85"),
    "line separator": ("\u2028", r"\u2028"),
    "right to left": ("\u202e", r"\u202e"),
    "isolate": ("\u2066", r"\u2066"),
    "zero width space": ("\u200b", r"\u200b"),
    "byte order mark": ("\ufeff", r"\ufeff"),
    "soft hyphen": ("\xad", r"\xad"),
    "no character": ("\ufffe", r"\ufffe"),
    "lone surrogate": ("\ud800", r"\ud800"),
    "tag": ("\U000e0041", r"\U000e0041"),
    "filler": ("\u3164", r"\u3164"),
    "variant": ("a\ufe0f", r"a\ufe0f"),
}


@pytest.mark.parametrize(("text", "written"), HOSTILE.values(), ids=HOSTILE)
def test_invisible_characters_are_written_as_escapes(text, written):
    """`escaped` (names), `printable` (lines) and `one_line` return the same."""
    for write in (harmless.escaped, harmless.printable, harmless.one_line):
        assert write(f"a{text}b") == f"a{written}b"


def test_a_name_shows_each_tab_and_new_line():
    """Names that differ only in white space must not look alike."""
    assert harmless.escaped("a\tb\nc\r\n\u00a0d") == r"a\tb\nc\r\n\xa0d"


def test_lines_stay_lines_and_tabs_become_spaces():
    """Any line end becomes a new line, or in `one_line` a space; a wide space becomes a space."""
    assert harmless.printable("  a\tb\r\n\n\u3000c\n") == "  a b\n\n c\n"
    assert harmless.one_line("  a\tb\r\n\n\u3000c\n") == "  a b   c "


def test_harmless_text_stays_as_it_is():
    """This holds for letters of any script, combining accents, emoji and backslashes."""
    for text in ("x = [1., 2.]", "Ångström e\u0301", "k-Means für Ω 日本", "\U0001f600", "\\x1b", ""):
        assert harmless.escaped(text) == harmless.printable(text) == harmless.one_line(text) == text


@given(ANY_TEXT)
def test_any_text_becomes_printable(text):
    """The result is printable and can be encoded; writing it again changes nothing."""
    for write in (harmless.escaped, harmless.printable, harmless.one_line):
        written = write(text)
        lines = written.split("\n") if write is harmless.printable else [written]
        assert all(line.isprintable() for line in lines)
        assert write(written) == written
        written.encode()


def test_output_has_no_invisible_character():
    """The text has every character of Unicode; the categories are control, format, surrogate and so on."""
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    kinds = {unicodedata.category(c) for c in harmless.one_line(every)}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def test_a_long_text_is_cut_with_a_mark():
    """A text that fits is not cut."""
    assert harmless.shortened("abcd", 4) == "abcd"
    assert harmless.shortened("abcde", 4) == "abc…"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("  ::error::x", "\\  ::error::x"),
        ("::", "\\::"),
        ("a\n::stop-commands::x", "a\n\\::stop-commands::x"),
        ("x[::2] ##[error]", "x[::2] ## [error]"),
        ("\u3000::x", "\\\u3000::x"),
        ("a::b", "a::b"),
    ],
)
def test_no_line_is_a_command_to_github(text, written):
    """A backslash or a space breaks the command, so that the text stays readable."""
    assert harmless.inert(text) == written
