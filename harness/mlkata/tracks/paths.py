"""Module names for files that are loaded by path, and the sources that a module can reach.

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
"""The artificial top-level packages that exist so far."""
_RELATIVE = rb"(?m)^[ \t]*from[ \t]+(\.+)(\w*)[\w.]*[ \t]+import\b"


def data_folder() -> Path:
    """Return the folder of exercises/ and solutions/; in an installed wheel it is inside the package."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data"
    return installed if installed.is_dir() else package.parents[1]


def name_of(path: Path) -> str:
    """Return the module name under which a path is imported, and create its parent packages.

    Outside the kit's folders the name holds a checksum of the folder, so that private tracks do not clash
    with the kit's.
    """
    path = path.resolve()
    folder, root = path.parents[0], path.parents[1]
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
    """Return the sources of a file or a package and of all that it reaches by relative imports."""
    reached: dict[Path, bytes] = {}
    todo = [path.resolve()]
    while todo:
        path_ = todo.pop()
        if path_.is_dir():
            todo += path_.rglob("*.py")
        elif path_ not in reached and path_.is_file():
            reached[path_] = path_.read_bytes()
            for dots, name in re.findall(_RELATIVE, reached[path_]):
                folder = path_.parents[len(dots) - 1]
                todo += [folder / f"{name.decode()}.py", folder / name.decode()] if name else [folder]
    return dict(sorted(reached.items()))


def digest(path: Path) -> str:
    """Return a digest of all sources that a module can reach."""
    import hashlib  # not needed by workers

    result = hashlib.sha256()
    for file, source in sources(path).items():
        result.update(f"{file.parent.name}/{file.name} {len(source)}\n".encode() + source)
    return result.hexdigest()


def _plain(name: str) -> str:
    return name.replace(".", "_")
