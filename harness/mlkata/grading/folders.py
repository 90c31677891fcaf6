"""List the files of a folder of submissions. It is untrusted: it may hold links, pipes and invalid names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mlkata.grading.entries import File
from mlkata.worker import isolation


def files(root: Path) -> Iterator[File]:
    """Yield the files below a folder, in the order of their names, without hidden ones.

    What cannot be read for a known reason, such as a link out of the folder, is a `File` with a problem.
    """
    top = root.resolve()
    folders = [root]
    while folders:  # a loop, as folders may be nested more deeply than Python allows recursion
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield _problem(root, folder, f"a folder that cannot be read: {error.strerror}")
            continue
        subfolders = [
            Path(entry)
            for entry in entries
            if not is_hidden(entry.name) and entry.is_dir(follow_symlinks=False)
        ]
        folders += reversed(subfolders)  # the next one to list is taken from the end
        for entry in entries:
            if not is_hidden(entry.name) and not entry.is_dir(follow_symlinks=False):
                yield file(root, Path(entry), top)


def file(root: Path, path: Path, top: Path) -> File:
    """Return the file `path` of the folder `root`; `top` is the resolved path of `root`."""
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
    """Return whether a name is one that tools leave behind, such as .git, __pycache__ or __MACOSX."""
    return name.startswith((".", "__"))


def _problem(root: Path, path: Path, problem: str) -> File:
    return File.refused(_relative(root, path), problem)


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # os.scandir writes bytes that are not UTF-8 as surrogates
        return False
    return True
