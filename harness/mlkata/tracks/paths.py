"""Module names for files that are loaded by path, and the sources that a module can import.

`solutions/kmeans/fast.py` becomes `mlkata_solutions.kmeans.fast`, so that it can import its neighbours
(`from .loops import …`) and modules that all solutions share (`from ..simd import …`). Worker
processes import this module, so it uses the standard library only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from zlib import crc32

_PACKAGES: set[str] = set()
"""The names of artificial top-level packages, such as `mlkata_solutions`, that exist so far."""
_RELATIVE = rb"(?m)^[ \t]*from[ \t]+(\.+)(\w*)[\w.]*[ \t]+import\b"
"""A relative import: its dots, and the first name after them."""


def data_folder() -> Path:
    """Return the folder that has exercises/ and solutions/: the clone or, in an installed wheel, _data/."""
    package = Path(__file__).resolve().parents[1]  # in a clone: harness/mlkata
    installed = package / "_data"
    return installed if installed.is_dir() else package.parents[1]


def name_of(path: Path) -> str:
    """Return the module name under which a path is imported, and create its parent packages.

    Outside the kit's folders the name contains a checksum of the folder, so that a private track does not
    clash with a track of the kit that has the same name.
    """
    path = path.resolve()
    folder, root = path.parents[0], path.parents[1]  # such as solutions/kmeans and solutions
    outer = f"mlkata_{_plain(root.name)}"
    if root.parent != data_folder():
        outer += f"_{crc32(bytes(root)):08x}"
    inner = f"{outer}.{_plain(folder.name)}"
    for package, directory in ((outer, root), (inner, folder)):
        if package not in sys.modules:
            module = ModuleType(package)
            module.__path__ = [str(directory)]
            sys.modules[package] = module
    _PACKAGES.add(outer)
    return f"{inner}.{_plain(path.stem)}"


def is_kit_module(module: str) -> bool:
    """Return whether a module of this name was loaded from the kit or from a private track."""
    return module.partition(".")[0] in _PACKAGES


def sources(path: Path) -> dict[Path, bytes]:
    """Return the source of a file or a package, and of all that it reaches by relative imports, by path."""
    reached: dict[Path, bytes] = {}
    todo = [path.resolve()]
    while todo:
        file = todo.pop()
        if file.is_dir():
            todo += file.rglob("*.py")
        elif file not in reached and file.is_file():
            reached[file] = file.read_bytes()
            for dots, name in re.findall(_RELATIVE, reached[file]):
                folder = file.parents[len(dots) - 1]
                # The name is a module or a package. `from . import name` may need any file of the folder.
                todo += [folder / f"{name.decode()}.py", folder / name.decode()] if name else [folder]
    return dict(sorted(reached.items()))


def digest(path: Path) -> str:
    """Return a digest of all sources that a module can reach."""
    import hashlib  # imported here, since workers do not need it

    result = hashlib.sha256()
    for file, source in sources(path).items():
        result.update(f"{file.parent.name}/{file.name} {len(source)}\n".encode() + source)
    return result.hexdigest()


def _plain(name: str) -> str:
    """Return a name without dots, which would separate modules."""
    return name.replace(".", "_")
