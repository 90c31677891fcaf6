"""Entries of the corpus that cannot be files in attacks/ or controls/ (see entries.py).

They have other encodings or file names, are no text, are very large, or make Python's parser fail.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import numpy as np
from corpus.entries import KMEANS, SOLUTION, Entry
from mlkata.judging.judge import MAX_SEED, MAX_SOURCE
from mlkata.judging.oracle import answer_with
from mlkata.tracks import loading
from mlkata.tracks.drawing import draw

# Settings of entries: `says` has the expected outcome, i.e. status and code, of the checks of each function;
# "*" stands for all others.
NOT_LOADED = {"says": {"*": "error import"}, "threat": "exits, crashes"}
KILLS_PARSER = {"says": {"*": "error import or error crashed or error memory"}, "threat": "exits, crashes"}
HARD_CODED = {"says": {"lloyd": "fail raised"}, "threat": "hard-codes answers"}


def _reference() -> str:
    return SOLUTION.read_text(encoding="utf-8")


def _archive() -> bytes:
    """Return a zip file with the reference as its main module."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("__main__.py", _reference())
    return buffer.getvalue()


def _hard_coded() -> bytes:
    """Return a source whose `lloyd` knows the answers for the inputs of seed MAX_SEED - 1 only.

    For any other input it raises KeyError. The corpus is judged at other seeds.
    """
    answers = {}
    for check in KMEANS.checks_of(KMEANS.round("kmeans.1")):
        if check.function == "lloyd":
            case = draw(check, seed=MAX_SEED - 1)
            labels, centers = answer_with(loading.load(SOLUTION), case).values[0]
            answers[case.steps[0].arguments["X"].tobytes()] = (labels.tolist(), centers.tolist())
    table = f"KNOWN = {answers!r}\n\n\ndef known(X, centers, max_iter=300):\n"
    table += "    labels, centers = KNOWN[X.tobytes()]\n"
    table += "    return np.array(labels), np.array(centers, X.dtype)\n\n\nlloyd = known\n"
    return f"{_reference()}\n\n{table}".encode()


def _with(text: str) -> Callable[[], bytes]:
    """Return a function that returns the reference followed by a text."""
    return lambda: f"{_reference()}\n{text}\n".encode()  # noqa: PLW0108 - the reference is read when the entry is judged


ATTACKS = [
    Entry("raw_nul", "Holds a NUL.", lambda: _reference().encode() + b"\nx = 1\0\n", NOT_LOADED),
    Entry("raw_noise", "Is random bytes.", lambda: np.random.default_rng(0).bytes(5000), NOT_LOADED),
    Entry("raw_zip", "Is an archive that Python would run.", _archive, NOT_LOADED),
    Entry("raw_utf16", "Is written in UTF-16.", lambda: _reference().encode("utf-16"), NOT_LOADED),
    Entry(
        "raw_no_encoding",
        "Names an unknown encoding.",
        lambda: b"# -*- coding: rot13-base64 -*-\n" + _reference().encode(),
        NOT_LOADED,
    ),
    Entry(
        "raw_too_large",
        "Has one byte more than a submission may have.",
        lambda: _reference().encode().ljust(MAX_SOURCE + 1, b"#"),
        {"says": {"*": "refused"}, "threat": "floods and fills"},
    ),
    Entry("raw_deep_brackets", "Opens 100,000 brackets.", _with("x = " + "(" * 100_000), NOT_LOADED),
    Entry("raw_deep_minus", "Negates 500,000 times.", _with("x = " + "-" * 500_000 + "1"), KILLS_PARSER),
    Entry("raw_deep_sum", "Adds 200,000 terms.", _with("x = " + "1+" * 200_000 + "1"), KILLS_PARSER),
    Entry("raw_deep_names", "Follows 200,000 dots.", _with("x = np" + ".a" * 200_000), KILLS_PARSER),
    Entry(
        "raw_deep_blocks",
        "Nests 99 blocks.",
        _with("".join(" " * i + "if 1:\n" for i in range(99))),
        NOT_LOADED,
    ),
    Entry("raw_long_number", "Writes a number of 900,000 digits.", _with("x = " + "9" * 900_000), NOT_LOADED),
    Entry(
        "raw_hostile_name",
        "Has a file name that steers a terminal and closes a tag, and does not load.",
        lambda: b"def (",
        NOT_LOADED,
        file="\x1b[2J\u202e::error::<b>]]>%0A\n$(id).py",
    ),
    Entry("raw_hard_coded", "Knows the answers of another seed.", _hard_coded, HARD_CODED),
]
CONTROLS = [
    Entry("raw_bom", "Has a byte order mark.", lambda: b"\xef\xbb\xbf" + _reference().encode()),
    Entry("raw_crlf", "Has line ends of Windows.", lambda: _reference().replace("\n", "\r\n").encode()),
    Entry("raw_cr", "Has line ends of old Macs.", lambda: _reference().replace("\n", "\r").encode()),
    Entry("raw_tabs", "Is indented by tabs.", lambda: _reference().replace("    ", "\t").encode()),
    Entry(
        "raw_latin1",
        "Is written in Latin-1, and says so.",
        lambda: (
            b"# -*- coding: latin-1 -*-\n# \xe9t\xe9\n"
            + "".join(c for c in _reference() if ord(c) < 128).encode()
        ),
    ),
    Entry("raw_large", "Is as large as it may be.", lambda: _reference().encode().ljust(MAX_SOURCE, b"#")),
    Entry("raw_no_newline", "Has no line end after its last line.", lambda: _reference().rstrip().encode()),
    Entry("raw_name", "Has a name with blanks.", lambda: _reference().encode(), file="my solution (2) é.py"),
]
