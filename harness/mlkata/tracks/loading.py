"""Imports Python files by path.

A file of the kit or of a private track becomes a module of an artificial package (see `paths`), a submission
a single module. A folder with an `__init__.py` is loaded like a file. Worker processes import this module, so
it uses the standard library only.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from mlkata.tracks import paths


def load(path: Path) -> ModuleType:
    """Import a file or a package of the kit or of a private track, again if it was imported before.

    Do not use this for a submission. The neighbours that the file imports are imported again too, since code
    that numba compiles is cached under a digest of all their sources.
    """
    name = paths.name_of(path)
    sources = paths.sources(path)
    files = {str(file) for file in sources}
    for module, loaded in list(sys.modules.items()):
        if paths.is_kit_module(module) and getattr(loaded, "__file__", None) in files:
            del sys.modules[module]
    if any(b"numba" in source for source in sources.values()):
        from mlkata.tracks import compiled

        compiled.keep()
    return execute(name, _file(path.resolve()))


def module(path: Path) -> ModuleType:
    """Import a file of the kit or of a private track once, like an import statement."""
    return importlib.import_module(paths.name_of(path))


def execute(name: str, file: Path) -> ModuleType:
    """Import one file as a module of this name, and replace a module that has the name."""
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {file}: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _file(path: Path) -> Path:
    """Return the file to execute for a file or a package."""
    return path / "__init__.py" if path.is_dir() else path
