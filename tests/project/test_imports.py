"""What is imported when: commands and workers start before arrays and scikit-learn are loaded."""

from __future__ import annotations

import subprocess
import sys

import mlkata
import pytest

HEAVY = ("numpy", "scipy", "sklearn", "numba", "matplotlib", "textual", "jinja2")
ROOMS = ("report", "judging", "practice", "grading", "interview", "bench")


def loaded(program: str) -> set[str]:
    """Run a program in a process of its own; return the modules that it has loaded."""
    command = [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "program",
    [
        "import mlkata",
        "import mlkata.worker.child",
        "import mlkata.pytest_plugin",
        "import mlkata.worker.process",
    ],
)
def test_little_is_loaded(program):
    """Neither libraries that take long nor rooms above the tracks and the worker."""
    modules = loaded(program)
    assert not modules & set(HEAVY)
    assert not {f"mlkata.{room}" for room in ROOMS} & modules


def test_the_child_knows_little_of_tracks():
    """A submission can look at all that a worker has loaded."""
    modules = {name for name in loaded("import mlkata.worker.serving") if name.startswith("mlkata.tracks.")}
    assert modules == {f"mlkata.tracks.{name}" for name in ("arguments", "loading", "paths")}


def test_public_names_are_there_when_asked_for():
    """Each one, by its own name; a name that is not there is an AttributeError."""
    assert {getattr(mlkata, name).__name__ for name in mlkata.__all__ if name != "__version__"} == {
        name for name in mlkata.__all__ if name != "__version__"
    }
    assert set(mlkata.__all__) <= set(dir(mlkata))
    assert callable(mlkata.load_ipython_extension)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mlkata.nothing
