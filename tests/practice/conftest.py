"""Fixtures: `minikata`, a miniature track of three rounds, and a workspace with it.

Round 1 has the function `halve`, round 2 `total` and `mean`, round 3 `draw`; rounds 2 and 3 need round 1.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from mlkata.practice.workspace import Workspace
from mlkata.tracks import catalogue
from mlkata.tracks.catalogue import Track

STUB = '''\
"""Halves and sums. Fill in the functions round by round."""

import numpy as np


# Round 1: halves


def halve(X):
    """Halve each number.

    X : float array of shape (n,)
    -> halves : float array of shape (n,)
    """
    # TODO: divide.
    raise NotImplementedError


# Round 2: sums


def total(X):
    """Sum the numbers.

    X : float array of shape (n,)
    -> total : float
    """
    # TODO: add.
    raise NotImplementedError


def mean(X, scale=1.0):
    """Take the mean, times scale.

    X : float array of shape (n,)
    scale : float, default=1.0
    -> mean : float
    """
    # TODO: total, then divide.
    raise NotImplementedError


# Round 3: draws


def draw(X, rng):
    """Draw one number. All randomness comes from rng.

    X : float array of shape (n,)
    rng : numpy.random.Generator
    -> drawn : float
    """
    # TODO: rng.choice.
    raise NotImplementedError
'''

CASES = '''\
"""Checks of the miniature track."""

import numpy as np

from mlkata.authoring import Check, Rng, call


def close(steps, got, expected):
    return None if all(np.allclose(a, b) for a, b in zip(got, expected, strict=True)) else "wrong numbers"


def row(rng):
    return rng.integers(0, 9, 3).astype(float)


CHECKS = (
    Check("minikata.1/halve/small", "halve each number", lambda rng: call("halve", X=row(rng)), close),
    Check("minikata.1/halve/zeros", "halve each number", lambda rng: call("halve", X=np.zeros(4)), close),
    Check("minikata.2/total/small", "sum the numbers", lambda rng: call("total", X=row(rng)), close),
    Check("minikata.2/mean/small", "take the mean", lambda rng: call("mean", X=row(rng), scale=2.0), close),
    Check(
        "minikata.3/draw/some",
        "draw one number",
        lambda rng: [call("draw", X=np.arange(5.0), rng=Rng(seed)) for seed in range(3)],
        close,
        fetch=None,  # the results of all calls are judged
    ),
)
'''

ORACLE = '''\
"""The miniature contract, answered."""


def halve(X):
    return X / 2


def total(X):
    return float(X.sum())


def mean(X, scale=1.0):
    return float(X.mean() * scale)


def draw(X, rng):
    return float(rng.choice(X))
'''

ROUNDS = """\
title = "miniature"
order = 1

[[round]]
title = "Halves"
minutes = 1
functions = ["halve"]
needs = []
hints = ["first hint", "second hint"]
[[round]]
title = "Sums"
minutes = 1
functions = ["total", "mean"]
needs = ["minikata.1"]
hints = []
[[round]]
title = "Draws"
minutes = 1
functions = ["draw"]
needs = ["minikata.1"]
hints = ["only hint"]
"""

RIGHT = ORACLE.replace("The miniature contract, answered.", "Right.")


@pytest.fixture(scope="session")
def track(tmp_path_factory: pytest.TempPathFactory) -> Track:
    """Return the miniature track, read from a folder of its own."""
    folder = tmp_path_factory.mktemp("kit") / "exercises" / "minikata"
    folder.mkdir(parents=True)
    for name, text in {
        "stub.py": STUB,
        "cases.py": CASES,
        "oracle.py": ORACLE,
        "rounds.toml": ROUNDS,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return catalogue.read(folder)


@pytest.fixture
def workspace(tmp_path: Path, track: Track, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return a fresh workspace, with an empty cache of expected answers."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Workspace.create(tmp_path / "work", {"minikata": track})


@pytest.fixture
def file(workspace: Workspace) -> Path:
    """Return the path of the candidate's file."""
    return workspace.file("minikata")


@pytest.fixture
def right_solution() -> str:
    """Return a submission that passes every check."""
    return RIGHT
