"""Solutions are loaded by path, as modules of packages made for this, and can import their neighbours."""

import sys
from dataclasses import replace

import pytest
from mlkata.tracks import catalogue, loading, paths


@pytest.fixture
def root(tmp_path):
    """Return a folder of solutions of two tracks, which share a module; one solution is a package."""
    fast = tmp_path / "solutions" / "toy" / "fast"
    (fast / "inner").mkdir(parents=True)
    (tmp_path / "solutions" / "other").mkdir()
    for path, text in {
        "simd.py": "WIDTH = 8\n",
        "other/loops.py": "SIDE = 1\n",
        "toy/loops.py": "ROUNDS = 2\n",
        "toy/naive.py": "ROUNDS = 1\n",
        "toy/plain.py": "import json\nfrom .loops import ROUNDS\n",
        "toy/fast/__init__.py": "from .walk import total\n",
        "toy/fast/walk.py": "from ..loops import ROUNDS\nfrom ...simd import WIDTH\nfrom .inner import ONE\n"
        "\n\ndef total():\n    return ROUNDS * WIDTH + ONE\n",
        "toy/fast/inner/__init__.py": "ONE = 1\n",
    }.items():
        (tmp_path / "solutions" / path).write_text(text)
    return tmp_path / "solutions"


def sources(root, path):
    """Return the files that a solution consists of or imports, relative to the folder of solutions."""
    return {file.relative_to(root.resolve()).as_posix() for file in paths.sources(path)}


def test_a_package_imports_its_parts_its_neighbours_and_shared_modules(root):
    """The total is 2 * 8 + 1, with a number from each of the three."""
    module = loading.load(root / "toy" / "fast")
    assert module.total() == 17
    assert module.total.__module__ == f"{module.__name__}.walk"
    assert module.__name__.endswith(".toy.fast")


def test_a_module_s_sources_are_all_that_it_can_import(root):
    """Relative imports are followed; a package imports all of its files."""
    assert sources(root, root / "toy" / "plain.py") == {"toy/plain.py", "toy/loops.py"}
    inside = {"toy/fast/__init__.py", "toy/fast/walk.py", "toy/fast/inner/__init__.py"}
    assert sources(root, root / "toy" / "fast") == {*inside, "toy/loops.py", "simd.py"}


@pytest.mark.parametrize("line", ["from . import loops\n", "def late():\n    from .loops import ROUNDS\n"])
def test_every_form_of_relative_import_is_followed(root, line):
    """An import may be of a whole module, or inside a function."""
    (root / "toy" / "plain.py").write_text(line)
    assert "toy/loops.py" in sources(root, root / "toy" / "plain.py")


def test_imports_in_a_docstring_are_not_followed(root):
    """The docstring has words that look like the beginning of an import."""
    (root / "toy" / "plain.py").write_text('"""Distances\n\nfrom .. to ..., from .loops on.\n"""\n')
    assert sources(root, root / "toy" / "plain.py") == {"toy/plain.py"}


def test_the_digest_changes_only_with_files_that_the_module_imports(root):
    """Edits of another solution and of another track do not change it."""
    before = paths.digest(root / "toy" / "fast")
    (root / "toy" / "naive.py").write_text("ROUNDS = 3\n")
    (root / "other" / "loops.py").write_text("SIDE = 3\n")
    assert paths.digest(root / "toy" / "fast") == before
    for path in ("simd.py", "toy/loops.py", "toy/fast/inner/__init__.py"):
        (root / path).write_text(f"{(root / path).read_text()}\n")
        assert paths.digest(root / "toy" / "fast") != before
        before = paths.digest(root / "toy" / "fast")


def test_module_names_of_the_kit_are_fixed_and_those_of_private_tracks_depend_on_the_folder(root):
    """Machines of a cluster agree on the kit's names; a private track of the same name gets others.

    `is_kit_module` accepts the names of both, but not that of a submission.
    """
    reference = catalogue.get("kmeans").solution("reference")
    assert paths.name_of(reference) == "mlkata_solutions.kmeans.reference"
    private = root / "kmeans"
    private.mkdir()
    (private / "reference.py").write_text("PRIVATE = True\n")
    assert loading.load(private / "reference.py").PRIVATE
    assert not hasattr(loading.load(reference), "PRIVATE")
    assert paths.is_kit_module(paths.name_of(private / "reference.py"))
    assert not paths.is_kit_module("submission_kmeans")


def test_load_makes_a_new_module_each_time_and_module_returns_the_latest(root):
    """`loading.load` imports again, `loading.module` only if nothing was imported before."""
    path = root / "toy" / "fast"
    first = loading.load(path)
    second = loading.load(path)
    assert first is not second
    assert first.total is not second.total
    assert sys.modules[second.__name__] is second
    assert loading.module(path) is second


def test_the_solutions_of_a_track_are_files_and_packages(root, toy):
    """A folder that is no package, here notes, is no solution. A solution's path need not exist."""
    track = replace(toy, solutions=root / "toy")
    (root / "toy" / "notes").mkdir()
    assert [path.name for path in track.solution_files()] == ["fast", "loops.py", "naive.py", "plain.py"]
    assert track.solution("fast") == root / "toy" / "fast"
    assert track.solution("loops") == root / "toy" / "loops.py"
    assert not track.solution("reference").exists()


def test_a_file_that_is_not_python_is_refused(tmp_path):
    """The name of a Python file ends with .py."""
    with pytest.raises(ImportError, match="expected a Python file"):
        loading.execute("notes", tmp_path / "notes.txt")
