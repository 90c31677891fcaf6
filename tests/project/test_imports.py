"""Commands and workers start fast: they import neither numpy nor scikit-learn before they need them.

A room is a part of the package, such as `mlkata.report`; imports go from upper rooms to lower ones only.
"""

from __future__ import annotations

import subprocess
import sys

import mlkata
import pytest

SLOW = ("numpy", "scipy", "sklearn", "numba", "matplotlib", "textual", "jinja2")
UPPER_ROOMS = ("report", "judging", "practice", "grading", "interview", "bench")


def loaded(program: str) -> set[str]:
    """Run a program in a new process; return the modules that it has loaded."""
    command = [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


@pytest.mark.parametrize(
    "program",
    [
        "import mlkata",
        "import mlkata.worker.child",
        "import mlkata.pytest_plugin",
        "import mlkata.worker.process",
    ],
)
def test_slow_libraries_and_upper_rooms_are_not_imported(program):
    """Slow libraries take long to import. The upper rooms lie above `worker` and `tracks`."""
    modules = loaded(program)
    assert not modules & set(SLOW)
    assert not {f"mlkata.{room}" for room in UPPER_ROOMS} & modules


def test_the_worker_imports_little_of_tracks():
    """A submission can see everything that its worker has imported."""
    modules = {name for name in loaded("import mlkata.worker.serving") if name.startswith("mlkata.tracks.")}
    assert modules == {f"mlkata.tracks.{name}" for name in ("arguments", "loading", "paths")}


def test_public_names_are_imported_on_access():
    """`mlkata.judge` is imported when it is first used. An unknown name is an AttributeError."""
    assert {getattr(mlkata, name).__name__ for name in mlkata.__all__ if name != "__version__"} == {
        name for name in mlkata.__all__ if name != "__version__"
    }
    assert set(mlkata.__all__) <= set(dir(mlkata))
    assert callable(mlkata.load_ipython_extension)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mlkata.nothing
