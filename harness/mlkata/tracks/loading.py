"""Imports files by path: those of the kit as modules of made-up packages, a submission as a single one.

`solutions/kmeans/fast.py` becomes `mlkata_solutions.kmeans.fast`, so that it can import its neighbours
(`from .loops import …`) and what all solutions share (`from ..simd import …`). A folder with an `__init__.py`
is loaded like a file. Workers import this module, so it needs the standard library only.
"""

from __future__ import annotations

import importlib
import importlib.util
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


def load(path: Path) -> ModuleType:
    """Import a file or a package of the kit or of a private track, anew. Never a submission.

    What it imports of its neighbours is imported once, as usual.
    """
    name = name_of(path)
    for old in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
        del sys.modules[old]
    if any(b"numba" in source for source in sources(path).values()):
        from mlkata.tracks import compiled

        compiled.keep()
    return execute(name, _file(path.resolve()))


def module(path: Path) -> ModuleType:
    """Import a file of the kit or of a private track once, as an import statement does."""
    return importlib.import_module(name_of(path))


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


def execute(name: str, file: Path) -> ModuleType:
    """Import one file under a name; a module of that name is replaced."""
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {file}: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


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


def _file(path: Path) -> Path:
    return path / "__init__.py" if path.is_dir() else path


def _plain(name: str) -> str:
    return name.replace(".", "_")
