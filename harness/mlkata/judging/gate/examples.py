"""Checks the examples in a stub's docstrings: run on reference.py, each must print what the stub says.

The examples of a stub run in one session, in its order, so that a later example may use variables of an
earlier one. The session has numpy as `np`, the functions of reference.py, and the stub's named tuples and
constants. If several answers are right, a comment behind the call begins with `one of many answers`. Such an
example is run, but its output is not compared.
"""

from __future__ import annotations

import doctest
import io
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from math import isclose
from typing import Any

import numpy as np

from mlkata.tracks import loading
from mlkata.tracks.catalogue import Track

FREE = "# one of many answers"
"""Marks an example whose output is not compared."""
_CLOSE = 1e-6
"""Relative and absolute tolerance: examples round numbers, and last digits differ between machines."""
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|inf|nan)(?![\w])")


def problems(track: Track) -> Iterator[str]:
    """Run every example, and yield those whose output differs from the stub."""
    reference = loading.load(track.solutions / "reference.py")
    session = {**vars(loading.module(track.stub)), "np": np}
    session.update({name: getattr(reference, name) for name in track.contracts if hasattr(reference, name)})
    for name, contract in track.contracts.items():
        try:
            examples = doctest.DocTestParser().get_examples(contract.docstring)
        except ValueError as error:
            yield f"stub.py: the examples of {name} cannot be read: {error}; fix them"
            continue
        for example in examples:
            shown = f"stub.py: the example `{example.source.strip()}` of {name}"
            printed, raised = _run(example.source, session)
            expected = example.exc_msg.partition(":")[0] if example.exc_msg else example.want
            if FREE in example.source:
                if raised:
                    yield f"{shown} raises {raised} on reference.py: expected a result, not an exception"
            elif bool(raised) != bool(example.exc_msg) or not _same(raised or printed, expected):
                outcome = f"raises {raised}" if raised else f"prints {_line(printed)}"
                yield (
                    f"{shown} {outcome} on reference.py, but the stub says {_line(expected)}: "
                    f"make them agree, or, if other answers are right too, write `{FREE}` behind the call"
                )


def _run(source: str, session: dict[str, Any]) -> tuple[str, str]:
    """Run an example as Python's prompt does; return its output and the name of the error that it raises.

    Without an error the name is "".
    """
    hook, sys.displayhook = sys.displayhook, sys.__displayhook__
    try:
        with (
            redirect_stdout(io.StringIO()) as text,
            warnings.catch_warnings(action="ignore"),
            np.printoptions(legacy="1.25"),  # a scalar prints as a plain number
        ):
            exec(compile(source, "example", "single"), session)  # noqa: S102 - our own text
    except Exception as error:  # noqa: BLE001 - an example may raise anything
        return "", type(error).__name__
    finally:
        sys.displayhook = hook
    return text.getvalue(), ""


def _line(text: str) -> str:
    """Return an output on one line, for a message."""
    return " ".join(text.split()) or "nothing"


def _same(printed: str, expected: str) -> bool:
    """Return whether two outputs agree, apart from spaces, line ends and the rounding of numbers."""
    if _words(printed) != _words(expected):
        return False
    numbers = ([float(digits) for digits in _NUMBER.findall(text)] for text in (printed, expected))
    return all(
        a == b or isclose(a, b, rel_tol=_CLOSE, abs_tol=_CLOSE) or (a != a and b != b)  # noqa: PLR0124 - NaN
        for a, b in zip(*numbers, strict=True)
    )


def _words(text: str) -> str:
    """Return a text without spaces, and with 0 for each number."""
    return re.sub(r"\s+", "", _NUMBER.sub("0", text))
