"""Names the modules that files are loaded as, and finds the sources that a module can reach.

`solutions/kmeans/fast.py` becomes `mlkata_solutions.kmeans.fast`, so that it can import its neighbours
(`from .loops import …`) and what all solutions share (`from ..simd import …`). Workers import this module,
so it needs the standard library only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from zlib import crc32

_PACKAGES: set[str] = set()
"""The made-up packages so far."""
_RELATIVE = rb"(?m)^[ \t]*from[ \t]+(\.+)(\w*)[\w.]*[ \t]+import\b"


def data_folder() -> Path:
    """Return the folder of exercises/ and solutions/: in an installed wheel it lies inside the package."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data"
    return installed if installed.is_dir() else package.parents[1]


def name_of(path: Path) -> str:
    """Return the name under which a path is imported; the packages around it are made.

    Outside the kit's own folders the name says which folder it is: private tracks do not clash with ours.
    """
    path = path.resolve()
    folder, root = path.parents[0], path.parents[1]
    outer = f"mlkata_{_plain(root.name)}"
    if root.parent != data_folder():
        outer += f"_{crc32(bytes(root)):08x}"
    inner = f"{outer}.{_plain(folder.name)}"
    for package, place in ((outer, root), (inner, folder)):
        if package not in sys.modules:
            made = ModuleType(package)
            made.__path__ = [str(place)]
            sys.modules[package] = made
    _PACKAGES.add(outer)
    return f"{inner}.{_plain(path.stem)}"


def is_ours(module: str) -> bool:
    """Was a module of this name loaded from a path of the kit, or of a private track?"""
    return module.partition(".")[0] in _PACKAGES


def sources(path: Path) -> dict[Path, bytes]:
    """Read a file or a package, and all that it can reach by relative imports."""
    found: dict[Path, bytes] = {}
    todo = [path.resolve()]
    while todo:
        one = todo.pop()
        if one.is_dir():
            todo += one.rglob("*.py")
        elif one not in found and one.is_file():
            found[one] = one.read_bytes()
            for dots, name in re.findall(_RELATIVE, found[one]):
                near = one.parents[len(dots) - 1]
                todo += [near / f"{name.decode()}.py", near / name.decode()] if name else [near]
    return dict(sorted(found.items()))


def digest(path: Path) -> str:
    """Return a digest of all sources that a module can reach."""
    import hashlib  # a worker does without

    result = hashlib.sha256()
    for file, source in sources(path).items():
        result.update(f"{file.parent.name}/{file.name} {len(source)}\n".encode() + source)
    return result.hexdigest()


def _plain(name: str) -> str:
    return name.replace(".", "_")
