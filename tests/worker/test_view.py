"""The files that an isolated worker may read."""

from pathlib import Path

from mlkata.tracks import catalogue
from mlkata.worker import view

STDLIB, SITE = Path("/py/lib/python3.11"), Path("/py/lib/python3.11/site-packages")


def test_packages_inside_a_hidden_folder_are_listed_one_by_one():
    """A hidden folder may not be read as a whole, only the paths in it that are listed.

    Without a virtual environment, site-packages is inside the folder of the standard library.

    `uncovered` drops paths inside other paths of the list, unless a hidden folder lies in between.
    """
    paths = [Path("/py/bin/python3"), STDLIB, STDLIB / "json", SITE / "numpy", SITE / "numpy" / "core"]
    assert view.uncovered(paths, [SITE]) == [Path("/py/bin/python3"), STDLIB, SITE / "numpy"]
    assert view.uncovered(paths, []) == [Path("/py/bin/python3"), STDLIB]


def test_neither_oracle_nor_solutions_are_readable():
    """Scikit-learn is not readable either."""
    track = catalogue.get("kmeans")
    import sklearn

    readable = [*view.readable(), *view.around_hidden()]
    for secret in (track.exercises / "oracle.py", track.solutions / "reference.py", Path(sklearn.__file__)):
        assert not any(secret.resolve().is_relative_to(path) for path in readable)
    assert all(path.exists() for path in readable)
