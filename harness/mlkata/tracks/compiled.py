"""Caches what numba compiles of the kit's solutions, until one of their sources changes.

By itself, numba checks only the file of a kernel. It would keep using old code after an edit of another
file that the kernel has inlined. A kernel also remembers the name of its module, so each module has its own
folder, and code that was compiled under another name is never read. Other functions are left to numba.
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
        self._py_file = file  # numba names it in a warning
        self._line = function.__code__.co_firstlineno
        self._path = f"{folder}/{function.__module__}"

    @classmethod
    def from_function(cls, function: FunctionType, file: str) -> Locator | None:
        """Return the locator of a function of the kit; None for any other, or if no cache is writable."""
        if not paths.is_kit_module(function.__module__):
            return None
        if file not in _folders:  # finding a writable folder takes longer than all the rest
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
"""The folder where numba would keep the kernels of each file, by file; filled on demand."""


def keep() -> None:
    """Make numba try `Locator` first, and check the files again for all modules loaded after this call."""
    _digest.cache_clear()
    _folders.clear()
    config: Any = numba.config  # its attributes are created on import
    config.reload_config()  # now: a later reload, when the environment changes, would forget the locator
    locator = f"{__name__}.{Locator.__name__}"
    configured = config.CACHE_LOCATOR_CLASSES or ",".join(kind.__name__ for kind in _defaults())
    if locator not in configured.split(","):
        config.CACHE_LOCATOR_CLASSES = f"{locator},{configured}"


def _defaults() -> list[Any]:
    return caching.CacheImpl._locator_classes  # noqa: SLF001 - no public name exists


@cache
def _digest(file: str) -> str:
    return paths.digest(Path(file))
