"""No file of the repository names a machine's path or a package index."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", ".venv", "build", "dist", "node_modules"}
"""Folders that are not searched, as git ignores them; caches and most hidden folders are left out, too."""
OF_A_MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/|\bpyenv\b|site-packages/")
"""Paths that exist on the machine of one developer only."""
INDEX = re.compile(r"--(?:extra-)?index-url|find-links|--no-build-isolation")
"""Options of pip that only a particular machine needs."""


def texts():
    """Yield each text file of the project with its path."""
    for folder, names, files in os.walk(ROOT):
        hidden = {name for name in names if name.startswith(".")} - {".ci", ".github"}
        names[:] = sorted(
            set(names) - NOT_OURS - hidden - {"__pycache__"} - {n for n in names if n.endswith("-info")}
        )
        for name in sorted(files):
            if name.startswith(".") and name != ".gitignore":
                continue
            path = Path(folder, name)
            if (
                path.suffix in {".py", ".md", ".toml", ".txt", ".yml", ""}
                and path != Path(__file__).resolve()  # it has the patterns themselves
            ):
                yield path, path.read_text(encoding="utf-8")


def lines_with(pattern):
    """Return the lines that match a pattern, with their places."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_files_of_the_project_are_searched():
    paths = {path.relative_to(ROOT).as_posix() for path, _ in texts()}
    assert {
        "LICENSE",
        "README.md",
        ".ci/run",
        "harness/mlkata/cli/main.py",
        "exercises/kmeans/stub.py",
    } <= paths
    assert not [path for path in paths if path.startswith(".venv")]


def test_no_file_mentions_a_path_of_a_machine():
    assert lines_with(OF_A_MACHINE) == []


def test_no_file_mentions_a_package_index():
    assert lines_with(INDEX) == []


def test_the_lock_file_of_uv_is_ignored():
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_licence_is_mit_and_names_the_authors():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License\n\nCopyright (c) 2026 The mlkata authors\n")
