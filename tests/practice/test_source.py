"""Editing source as text: functions are located; stubs are cut out of stub.py, appended and put back."""

from __future__ import annotations

import pytest
from mlkata.practice import source
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError

DECORATED = '''\
"""Doc."""
import functools
# above a


# block
# directly above
@functools.cache
@other(
    1,
)
def a(x):
    return x
    # last words


B = 1
def b():  # on the line
    pass
'''


def cut(text: str, name: str) -> str:
    """Return one function's lines."""
    start, end = source.functions(text)[name]
    return "".join(source.split_lines(text)[start:end])


def test_decorators_and_comments_belong_to_a_function() -> None:
    """So do comments at the end of its body. A comment with an empty line below it does not."""
    a = cut(DECORATED, "a")
    assert a.startswith("# block\n# directly above\n@functools.cache\n")
    assert a.endswith("    return x\n    # last words\n")
    assert cut(DECORATED, "b") == "def b():  # on the line\n    pass\n"


def test_a_comment_line_in_a_string_above_stays_there() -> None:
    """The line above `a` starts with #, but is the end of a string."""
    text = 'S = """\n# inside"""\ndef a():\n    pass\n'
    assert cut(text, "a") == "def a():\n    pass\n"


def test_form_feeds_and_line_separators_do_not_shift_lines() -> None:
    """`str.splitlines` ends lines at these characters. Python's parser, which numbers the lines, does not."""
    text = 'S = "a\u2028b\x0cc"\n\x0c\ndef a():\n    pass\n'
    assert cut(text, "a") == "def a():\n    pass\n"


def test_a_file_may_start_with_a_byte_order_mark() -> None:
    assert list(source.functions("\ufeffdef a():\n    pass\n")) == ["a"]


def test_stub_of_the_first_round_has_header_and_heading(track: Track) -> None:
    text = source.stub_for(track, track.rounds[0], with_header=True)
    assert text == track.stub.read_text(encoding="utf-8").partition("\n\n\n# Round 2")[0] + "\n"


def test_stub_of_a_later_round_is_its_heading_and_functions(track: Track) -> None:
    """Nothing of other rounds is included, and two empty lines separate the functions."""
    text = source.stub_for(track, track.rounds[1], with_header=False)
    assert text.startswith("# Round 2: sums\n\n\ndef total(X):\n")
    assert list(source.functions(text)) == ["total", "mean"]
    assert "\n\n\ndef mean(" in text
    assert "import" not in text


def test_all_rounds_appended_give_the_stub(track: Track) -> None:
    """The stubs of all rounds, appended one after the other, are the text of stub.py."""
    text = ""
    for round_ in track.rounds:
        text = source.append(text, source.stub_for(track, round_, with_header=round_.number == 1))
    assert text == track.stub.read_text(encoding="utf-8")


def test_append_adds_only_what_is_missing(track: Track) -> None:
    """Existing code stays; missing functions are added with their heading, once, but without the header."""
    stubs = source.stub_for(track, track.rounds[1], with_header=True)
    mine = "def total(X):\n    return 1.0\n"
    text = source.append(mine, stubs)
    assert text.startswith(mine + "\n\n# Round 2: sums\n\n\ndef mean(")
    assert text.count("def total") == 1
    assert "import numpy" not in text
    assert source.append(text, stubs) == text


def test_a_heading_right_above_a_function_is_added_with_it() -> None:
    """The heading then counts as a comment of the function, and is added once, not twice."""
    mine = "# Round 2: sums\ndef total(X):\n    return X.sum()\n\n\ndef mean(X):\n    return X.mean()\n"
    added = source.addition("import numpy as np\n", mine)
    assert added.strip() == mine.strip()
    assert source.addition(mine, mine) == ""


@pytest.mark.parametrize(
    "mine",
    [
        # Each file binds both names of round 2, total and mean.
        "from helpers import total, mean\n",
        "total = mean = 1\n",
        "total, mean = f(), g()\n",
        "try:\n    from a import total\nexcept ImportError:\n    def total(X): ...\nif 1:\n    mean = 2\n",
        "class total: ...\nasync def mean(): ...\n",
        "total = (  # broken\ndef mean(X):\n",
    ],
)
def test_append_respects_names_bound_in_other_ways(track: Track, mine: str) -> None:
    """A stub appended under an imported or assigned name would replace it."""
    assert source.append(mine, source.stub_for(track, track.rounds[1], with_header=False)) == mine


def test_append_works_on_a_syntax_error(track: Track) -> None:
    """The existing code is kept, and its function `halve` is still recognised."""
    mine = "def halve(X)\n    return X / 2"  # the colon is missing
    text = source.append(mine, source.stub_for(track, track.rounds[1], with_header=False))
    assert text.startswith(mine + "\n\n\n# Round 2")
    first = source.stub_for(track, track.rounds[0], with_header=False)
    assert source.addition(mine, first) == ""


def test_append_and_replace_keep_crlf(track: Track) -> None:
    stub = source.stub_for(track, track.rounds[0], with_header=True)
    mine = "x = 1\r\ndef halve(X):\r\n    return X\r\n"
    text = source.append(mine, source.stub_for(track, track.rounds[1], with_header=False))
    text = source.replace(text, "halve", source.segment(stub, "halve"))
    assert text.startswith('x = 1\r\ndef halve(X):\r\n    """Halve each number.\r\n')
    assert text.count("\n") == text.count("\r\n")
    assert "return X\r\n" not in text


def test_replace_changes_that_function_only(track: Track) -> None:
    """The neighbours, their comments and blank lines stay."""
    stub = "def a(x):\n    raise NotImplementedError\n"
    text = source.replace(DECORATED, "a", stub)
    before, _, after = DECORATED.partition(cut(DECORATED, "a"))
    assert text == before + stub + after


def test_replace_removes_a_second_definition() -> None:
    """The second definition would hide a stub in the first place."""
    text = source.replace("def a():\n    return 1\n\n\ndef a():\n    return 2\n", "a", "def a(): ...\n")
    assert text.count("def a") == 1


def test_replace_appends_a_missing_function() -> None:
    assert source.replace("x = 1", "a", "def a(): ...\n") == "x = 1\n\n\ndef a(): ...\n"


def test_replace_raises_on_a_syntax_error() -> None:
    """Functions cannot be located, so nothing is changed."""
    with pytest.raises(SyntaxError):
        source.replace("def a(:\n", "a", "def a(): ...\n")


def test_a_file_in_another_encoding_is_an_error_of_one_line() -> None:
    with pytest.raises(KataError, match=r"mine\.py is not UTF-8 \(line 2\): save it as UTF-8"):
        source.decode("mine.py", b"x = 1\n# caf\xe9\n")
