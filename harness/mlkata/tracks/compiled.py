"""Keeps what numba compiles of our solutions for the next process, as long as no source of it changes.

By itself numba looks at the file of a kernel only, and would go on with old code after an edit of another
file that the kernel has inlined. A kernel also remembers the name of its module, so each module has a folder
of its own: nothing is read that was compiled under another name. Other functions are left to numba.
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
    """Says where the kernels of one module are kept, and of which sources they are made."""

    def __init__(self, function: FunctionType, file: str, folder: str) -> None:
        self._py_file = file  # numba names it in a warning
        self._line = function.__code__.co_firstlineno
        self._path = f"{folder}/{function.__module__}"

    @classmethod
    def from_function(cls, function: FunctionType, file: str) -> Locator | None:
        """Return the locator of a function of ours; None for any other, and where nothing can be kept."""
        if not paths.is_ours(function.__module__):
            return None
        if file not in _folders:  # to try where one can write takes longer than all the rest
            places = (kind.from_function(function, file) for kind in _defaults())
            _folders[file] = next((place.get_cache_path() for place in places if place is not None), None)
        folder = _folders[file]
        return None if folder is None else cls(function, file, folder)

    def get_cache_path(self) -> str:
        """Return the folder of this module's kernels."""
        return self._path

    def ensure_cache_path(self) -> None:
        """Make the folder."""
        Path(self._path).mkdir(parents=True, exist_ok=True)

    def get_source_stamp(self) -> str:
        """Return a digest of all sources that the kernel can have inlined."""
        return _digest(self._py_file)

    def get_disambiguator(self) -> str:
        """Tell functions of one name apart, as numba does, by their line."""
        return str(self._line)


_folders: dict[str, str | None] = {}
"""Where numba would keep the kernels of each file, as far as we have asked."""


def keep() -> None:
    """Have numba ask our locator first; files are looked at anew for what is loaded from now on."""
    _digest.cache_clear()
    _folders.clear()
    config: Any = numba.config  # it makes its attributes when it is imported
    config.reload_config()  # now, since it forgets the locator whenever the environment has changed
    own = f"{__name__}.{Locator.__name__}"
    others = config.CACHE_LOCATOR_CLASSES or ",".join(kind.__name__ for kind in _defaults())
    if own not in others.split(","):
        config.CACHE_LOCATOR_CLASSES = f"{own},{others}"


def _defaults() -> list[Any]:
    return caching.CacheImpl._locator_classes  # noqa: SLF001 - they have no public name


@cache
def _digest(file: str) -> str:
    return paths.digest(Path(file))
