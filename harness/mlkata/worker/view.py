"""The files that an isolated worker may read: the interpreter, the kit's worker modules, numpy and numba.

The exercises, their solutions and scikit-learn are not among them. `tiers` mounts these files for bubblewrap,
and `walls` allows them by Landlock.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_PACKAGES = ("numpy", "numba", "llvmlite")
_TESTS = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")
"""pytest and what it imports: readable if the worker runs a file of tests."""
_SCIPY = ("__init__.py", "__config__.py", "_distributor_init.py", "version.py", "_lib", "linalg")
"""The parts of scipy that numba loads for `@`, `cholesky`, `solve` and others."""
_KIT = (
    "__init__.py",
    "worker",
    "tracks/__init__.py",
    "tracks/arguments.py",
    "tracks/loading.py",
    "tracks/paths.py",
)
"""The kit's modules that a worker imports, relative to the package."""
_SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/ld.so.cache")
"""The system's shared libraries, and the linker's list of them."""
_INSTALLED = ("site-packages", "dist-packages")
"""The names of folders of installed packages; Debian has the second."""


def interpreter() -> Path:
    """Return the interpreter's real path: in a virtual environment `sys.executable` is a link to it."""
    return Path(sys.executable).resolve()


def search_path() -> list[Path]:
    """Return the folders in which the worker looks for modules, besides the standard library."""
    return list(dict.fromkeys([_kit().parent, *(_location(name).parent for name in (*_PACKAGES, "pytest"))]))


def readable(*, tests: bool = False) -> list[Path]:
    """Return the files and folders that a worker may read, except for the folders of `hidden` inside them.

    A path inside a hidden folder is readable if it is listed itself. With `tests`, pytest is among them.
    """
    paths = [interpreter(), *_standard_library(), *_kit_files(), *_packages()]
    paths += [_module(name) for name in _TESTS] if tests else []
    paths += [Path(name).resolve() for name in _SYSTEM]
    return uncovered([path for path in dict.fromkeys(paths) if path.exists()], hidden())


def uncovered(paths: list[Path], hidden_folders: list[Path]) -> list[Path]:
    """Drop paths inside other paths, unless a hidden folder such as site-packages lies in between."""

    def covers(other: Path, path: Path) -> bool:
        between = (
            hidden
            for hidden in hidden_folders
            if hidden.is_relative_to(other) and path.is_relative_to(hidden)
        )
        return other in path.parents and not any(between)

    return [path for path in paths if not any(covers(other, path) for other in paths)]


def listable() -> list[Path]:
    """Return folders that a worker may list, to find modules, but not read as a whole."""
    _, *package_folders = search_path()  # the first folder is the kit's own
    return [*package_folders, _location("scipy")]


def hidden() -> list[Path]:
    """Return the folders of installed packages (site-packages) that lie inside readable folders."""
    folders = [Path(sysconfig.get_path("stdlib")), *Path("/usr/lib").resolve().glob("python3*")]
    candidates = dict.fromkeys(folder / name for folder in folders for name in _INSTALLED)
    return [path for path in candidates if path.is_dir() and not path.is_symlink()]


def links() -> list[tuple[Path, Path]]:
    """Return system folders that are links, as /lib is to /usr/lib, each with its target."""
    return [(path, path.resolve()) for path in map(Path, _SYSTEM) if path.is_symlink()]


def around_hidden(*, tests: bool = False) -> Iterator[Path]:
    """Yield the readable paths, split around hidden folders, since Landlock can't exclude a subfolder."""
    hidden_folders = hidden()
    for path in readable(tests=tests):
        yield from _around(path, hidden_folders)


def _around(path: Path, hidden_folders: list[Path]) -> Iterator[Path]:
    """Yield a path, or what it contains except for the hidden folders."""
    if not any(path in hidden.parents for hidden in hidden_folders):
        yield path
        return
    for child in path.iterdir():
        if child not in hidden_folders:
            yield from _around(child, hidden_folders)


def _standard_library() -> Iterator[Path]:
    """Yield the standard library and the interpreter's shared library."""
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}  # outside a virtual environment
    yield from (Path(sysconfig.get_path(name, vars=base)) for name in ("stdlib", "platstdlib"))
    shared = sysconfig.get_config_var("INSTSONAME")
    if shared:
        yield Path(sysconfig.get_config_var("LIBDIR")) / shared


def _packages() -> Iterator[Path]:
    """Yield the packages, with the folders of shared libraries that wheels put beside them."""
    for name in _PACKAGES:
        yield from (_location(name), _libraries(name))
    scipy = _location("scipy")
    yield from (scipy / name for name in _SCIPY)
    yield from scipy.glob("_cyutility*")  # a compiled module that scipy's other compiled modules import
    yield _libraries("scipy")


def _libraries(name: str) -> Path:
    """Return the folder of shared libraries that a wheel puts beside its package; it need not exist."""
    return _location(name).with_name(f"{name}.libs")


def _location(name: str) -> Path:
    """Return the folder of an installed package."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None  # noqa: PT018, S101 - the kit depends on it
    return Path(spec.origin).resolve().parent


def _module(name: str) -> Path:
    """Return the folder of a package, or the file of a module that is one file."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None  # noqa: PT018, S101 - pytest depends on it
    file = Path(spec.origin).resolve()
    return file.parent if file.name == "__init__.py" else file


def _kit() -> Path:
    """Return the folder of the package `mlkata`."""
    return Path(__file__).resolve().parent.parent


def _kit_files() -> Iterator[Path]:
    """Yield the kit's files and folders of `_KIT`."""
    yield from (_kit() / name for name in _KIT)
