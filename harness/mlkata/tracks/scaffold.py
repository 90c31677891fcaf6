"""`kata author new`: a small track that verifies, to be turned into another one.

Nothing is registered: the two folders are the track.
"""

from __future__ import annotations

import keyword
import sys
from pathlib import Path

from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError

_STUB = '''\
"""TITLE: one line that says what the candidate builds. Fill in the functions round by round."""

import numpy as np


# Round 1: first steps


def standardize(X):
    """Shift each column to mean 0 and scale it to standard deviation 1 (ddof=0).

    A constant column becomes 0.

    X : float array of shape (n_samples, n_features)
    -> Z : float array of shape (n_samples, n_features)

    >>> standardize(np.array([[1., 7.], [3., 7.]]))
    array([[-1.,  0.], [ 1.,  0.]])
    """
    # TODO: what is 0 / 0?
    raise NotImplementedError
'''

_CASES = '''\
"""The checks of the track, simple ones first: the first that fails is the one that is shown."""

import numpy as np
from mlkata.authoring import COEFFICIENTS, Check, call, near, outputs, real, whole

same = outputs(Z=near(COEFFICIENTS))


def _two_rows(rng):
    low = whole(rng, 0, 9, (1, 2))
    return call("standardize", X=np.vstack([low, low + whole(rng, 1, 9, (1, 2))]))


def _constant(rng):
    X = whole(rng, 0, 9, (4, 3))
    X[0], X[1] = 0, 9
    X[:, 1] = rng.integers(1, 9)
    return call("standardize", X=X)


def _wine(rng):
    return call("standardize", X=real(rng, "wine", 100))


CHECKS = (
    Check("NAME.1/standardize/two-rows", "mean 0", _two_rows, same),
    Check("NAME.1/standardize/constant-column", "a constant column becomes 0", _constant, same),
    Check("NAME.1/standardize/wine", "standard deviation 1 (ddof=0)", _wine, same),
)
'''

_ORACLE = '''\
"""The contract answered by scikit-learn: the only file of the track that imports it."""

from sklearn.preprocessing import StandardScaler


def standardize(X):
    return StandardScaler().fit_transform(X)
'''

_ROUNDS = """\
title = "TITLE"
order = ORDER

[[round]]
title = "First steps"
minutes = 10
functions = ["standardize"]
needs = []
hints = [
  "A nudge: what do you subtract, and what do you divide by?",
  "More: X.mean(axis=0) and X.std(axis=0) have one number for each column.",
  "Almost the answer: where the standard deviation is 0, divide by 1 instead.",
]

[[round.follow_up]]
question = "What does it cost in time and memory?"
answer = "O(nd) time in two passes, O(nd) memory for the result and O(d) besides."
"""

_README = """\
# TITLE

The interviewer's words, round by round. The contract of each function is in `stub.py`; you need
numpy and nothing else. Ask before you write; the answers to the usual questions stand below each round.

## 1. First steps (10 minutes)

> Write `standardize`, which gives each column mean 0 and standard deviation 1. What if a column is constant?

- *Which standard deviation?* The population's, ddof=0. *A constant column?* It becomes 0.
"""

_REFERENCE = '''\
"""TITLE in plain numpy, as a strong candidate writes it.

n rows, d features.
"""

import numpy as np


def standardize(X):
    """Shift and scale each column: (n, d). O(nd)."""
    centered = X - X.mean(axis=0)  # (n, d)
    deviation = X.std(axis=0)  # (d,)
    return centered / np.where(deviation > 0, deviation, 1)
'''

_MUTANTS = """\
# Small edits of reference.py, each a mistake that people make. `find` occurs exactly once in it.

[[mutant]]
id = "sample-deviation"
round = 1
function = "standardize"
lesson = "ddof=1 divides by n - 1: that estimates a population, it does not describe these rows."
find = 'X.std(axis=0)'
replace = 'X.std(axis=0, ddof=1)'

[[mutant]]
id = "divides-by-zero"
round = 1
function = "standardize"
lesson = "A constant column has deviation 0, and 0 / 0 is NaN."
find = 'np.where(deviation > 0, deviation, 1)'
replace = 'deviation'
"""

_FILES = {
    "exercises/NAME/stub.py": _STUB,
    "exercises/NAME/cases.py": _CASES,
    "exercises/NAME/oracle.py": _ORACLE,
    "exercises/NAME/rounds.toml": _ROUNDS,
    "exercises/NAME/README.md": _README,
    "solutions/NAME/reference.py": _REFERENCE,
    "solutions/NAME/mutants.toml": _MUTANTS,
}


def write(name: str, root: Path) -> list[Path]:
    """Write a new track into a clone; give the files, which were not there before.

    Raises KataError where the name cannot be a track's, or there is such a folder already.
    """
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise KataError(f"no track can be called {name!r}: expected lower-case letters, such as svm")
    if name in sys.stdlib_module_names or name in ("numpy", "numba", "sklearn", "mlkata"):
        raise KataError(f"no track can be called {name!r}: a candidate's {name}.py would hide that module")
    if not (root / "pyproject.toml").is_file():
        raise KataError(f"{root} is no clone of the project: tracks are written where exercises/ lies")
    files = {root / path.replace("NAME", name): text for path, text in _FILES.items()}
    for folder in sorted({file.parent for file in files}):
        if folder.exists():
            raise KataError(f"{folder} is there already: choose another name, or take it away")
    order = max((track.order for track in catalogue.find().values()), default=0) + 1
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        filled = text.replace("NAME", name).replace("TITLE", name).replace("ORDER", str(order))
        file.write_text(filled, encoding="utf-8", newline="\n")
    return list(files)
