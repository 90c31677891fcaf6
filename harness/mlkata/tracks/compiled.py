"""Caches what numba compiles of the kit's solutions, until one of their sources changes.

A kernel is a function that numba compiles. By itself, numba checks only whether the kernel's own file has
changed, and would keep using old code after an edit of another file that the kernel has inlined. Cached code
also contains the name of the kernel's module. So each module has a folder of its own, and code that was
compiled under another name is never read. Functions outside the kit's solutions are cached as numba does by
default.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
from numba.core import caching

from mlkata.tracks import paths


class Locator:
    """A cache locator of numba: the folder of one module's kernels, and a digest of their sources."""

    def __init__(self, function: FunctionType, file: str, folder: str) -> None:
        self._py_file = file  # numba reads this attribute for a warning
        self._line = function.__code__.co_firstlineno
        self._path = f"{folder}/{function.__module__}"

    @classmethod
    def from_function(cls, function: FunctionType, file: str) -> Locator | None:
        """Return the locator of a kernel of the kit; None for others, or if no folder is writable."""
        if not paths.is_kit_module(function.__module__):
            return None
        if file not in _folders:  # remembered, since finding a writable folder is slow
            places = (kind.from_function(function, file) for kind in _defaults())
            _folders[file] = next(
                (locator.get_cache_path() for locator in places if locator is not None), None
            )
        folder = _folders[file]
        return None if folder is None else cls(function, file, folder)

    def get_cache_path(self) -> str:
        """Return the folder of this module's kernels."""
        return self._path

    def ensure_cache_path(self) -> None:
        """Create the folder."""
        Path(self._path).mkdir(parents=True, exist_ok=True)

    def get_source_stamp(self) -> str:
        """Return a digest of all sources that the kernel may have inlined."""
        return _digest(self._py_file)

    def get_disambiguator(self) -> str:
        """Return the line of the function, which tells functions of one name apart, as numba does."""
        return str(self._line)


_folders: dict[str, str | None] = {}
"""By file: the folder where numba would cache its kernels, or None if no folder is writable."""


def keep() -> None:
    """Make numba try `Locator` first; modules loaded after this call have their sources read again."""
    _digest.cache_clear()
    _folders.clear()
    config: Any = numba.config  # its attributes are created on import
    # Reload now: numba reloads when the environment has changed, which would remove a locator set before.
    config.reload_config()
    locator = f"{__name__}.{Locator.__name__}"
    configured = config.CACHE_LOCATOR_CLASSES or ",".join(kind.__name__ for kind in _defaults())
    if locator not in configured.split(","):
        config.CACHE_LOCATOR_CLASSES = f"{locator},{configured}"


def _defaults() -> list[Any]:
    """Return numba's own classes of cache locators."""
    return caching.CacheImpl._locator_classes  # noqa: SLF001 - no public name exists


@cache
def _digest(file: str) -> str:
    return paths.digest(Path(file))
