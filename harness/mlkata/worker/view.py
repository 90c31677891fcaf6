"""What a walled-in worker can see: the interpreter, its own modules, numpy, and numba with what that loads.

Neither the track with its oracle and solutions nor scikit-learn is among them.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_PACKAGES = ("numpy", "numba", "llvmlite")
_TESTS = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")
"""Seen where a submission is a file of tests."""
_SCIPY = ("__init__.py", "__config__.py", "_distributor_init.py", "version.py", "_lib", "linalg")
"""What numba loads of scipy for `@`, `cholesky`, `solve` and others."""
_KIT = (
    "__init__.py",
    "worker",
    "tracks/__init__.py",
    "tracks/arguments.py",
    "tracks/loading.py",
    "tracks/paths.py",
)
_SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/ld.so.cache")
_INSTALLED = ("site-packages", "dist-packages")


def interpreter() -> Path:
    """Name the interpreter itself: a virtual environment's is a link to it."""
    return Path(sys.executable).resolve()


def search_path() -> list[Path]:
    """Name the folders in which the worker looks for modules, besides the standard library."""
    return list(dict.fromkeys([_kit().parent, *(_location(name).parent for name in (*_PACKAGES, "pytest"))]))


def readable(*, tests: bool = False) -> list[Path]:
    """List files and folders that a worker may read, with all that lies in them but what is hidden.

    With `tests`, pytest is among them.
    """
    found = [interpreter(), *_standard_library(), *_kit_files(), *_packages()]
    found += [_module(name) for name in _TESTS] if tests else []
    found += [Path(name).resolve() for name in _SYSTEM]
    return uncovered([path for path in dict.fromkeys(found) if path.exists()], hidden())


def uncovered(paths: list[Path], walls: list[Path]) -> list[Path]:
    """Leave out what lies in another one, unless a hidden folder lies between: packages in site-packages."""

    def covers(other: Path, path: Path) -> bool:
        between = (wall for wall in walls if wall.is_relative_to(other) and path.is_relative_to(wall))
        return other in path.parents and not any(between)

    return [path for path in paths if not any(covers(other, path) for other in paths)]


def listable() -> list[Path]:
    """List folders in which modules are looked for, although not all that lies there may be read."""
    return [*search_path()[1:], _location("scipy")]


def hidden() -> list[Path]:
    """List folders inside these that hold what is installed beside: packages of the system's or ours."""
    folders = [Path(sysconfig.get_path("stdlib")), *Path("/usr/lib").resolve().glob("python3*")]
    inside = dict.fromkeys(folder / name for folder in folders for name in _INSTALLED)
    return [path for path in inside if path.is_dir() and not path.is_symlink()]


def links() -> list[tuple[Path, Path]]:
    """List where the system's folders are links, as /lib is to /usr/lib, with what they lead to."""
    return [(path, path.resolve()) for path in map(Path, _SYSTEM) if path.is_symlink()]


def around_hidden(*, tests: bool = False) -> Iterator[Path]:
    """List the same as `readable`, in pieces between which lies what is hidden: for rules that only add."""
    walls = hidden()
    for path in readable(tests=tests):
        yield from _around(path, walls)


def _around(path: Path, walls: list[Path]) -> Iterator[Path]:
    if not any(path in wall.parents for wall in walls):
        yield path
        return
    for inside in path.iterdir():
        if inside not in walls:
            yield from _around(inside, walls)


def _standard_library() -> Iterator[Path]:
    """The library, and the interpreter's own shared object."""
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}  # not a virtual environment's
    yield from (Path(sysconfig.get_path(name, vars=base)) for name in ("stdlib", "platstdlib"))
    shared = sysconfig.get_config_var("INSTSONAME")
    if shared:
        yield Path(sysconfig.get_config_var("LIBDIR")) / shared


def _packages() -> Iterator[Path]:
    """Packages, with the shared objects that wheels put beside them."""
    for name in _PACKAGES:
        yield from (_location(name), _libraries(name))
    scipy = _location("scipy")
    yield from (scipy / name for name in _SCIPY)
    yield from scipy.glob("_cyutility*")
    yield _libraries("scipy")


def _libraries(name: str) -> Path:
    return _location(name).with_name(f"{name}.libs")


def _location(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None  # noqa: PT018, S101 - the kit depends on it
    return Path(spec.origin).resolve().parent


def _module(name: str) -> Path:
    """Where a package lies, or a module that is one file."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None  # noqa: PT018, S101 - pytest brings it along
    file = Path(spec.origin).resolve()
    return file.parent if file.name == "__init__.py" else file


def _kit() -> Path:
    return Path(__file__).resolve().parent.parent


def _kit_files() -> Iterator[Path]:
    yield from (_kit() / name for name in _KIT)
