"""Lists the files of a folder that anybody may have filled: links, pipes and odd names included."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mlkata.grading.entries import File
from mlkata.worker import isolation


def files(root: Path) -> Iterator[File]:
    """List the files below a folder, in the order of their names, hidden ones left out.

    What looks like a source but is none that may be read comes with its problem.
    """
    top = root.resolve()
    folders = [root]
    while folders:  # no recursion: a folder may be as deep as its maker likes
        folder = folders.pop()
        try:
            found = sorted(os.scandir(folder), key=lambda one: one.name)
        except OSError as error:
            yield _problem(root, folder, f"a folder that cannot be read: {error.strerror}")
            continue
        inside = [Path(one) for one in found if not is_hidden(one.name) and one.is_dir(follow_symlinks=False)]
        folders += reversed(inside)
        for one in found:
            if not is_hidden(one.name) and not one.is_dir(follow_symlinks=False):
                yield file(root, Path(one), top)


def file(root: Path, path: Path, top: Path) -> File:
    """Describe one file of a folder, `top` being where that folder really lies."""
    if not _is_utf8(path.name):
        return _problem(root, path, "its name is not UTF-8: rename it")
    target = path
    if path.is_symlink():
        target = Path(os.path.realpath(path))
        if not target.is_relative_to(top):
            return _problem(root, path, "a link that leaves the folder: expected a regular file")
        if target.is_dir():
            return _problem(root, path, "a link to a folder, which is not followed")
    return File(_relative(root, path), partial(isolation.read_regular, target))


def is_hidden(name: str) -> bool:
    """Is this one of the names that tools leave behind, such as .git, __pycache__ or __MACOSX?"""
    return name.startswith((".", "__"))


def _problem(root: Path, path: Path, problem: str) -> File:
    return File.refused(_relative(root, path), problem)


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # the system's way to hand over bytes that are no text
        return False
    return True
