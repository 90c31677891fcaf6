"""Pack the running kit as a wheel, so that a bundle for an autograder installs exactly this version.

A wheel is a zip archive with a few files of metadata, so packing it needs no build backend. The kit's
solutions are left out, as a submission can read what is installed beside it.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import mlkata
from mlkata.tracks import catalogue, paths
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""A fixed time for all files, the earliest that zip allows, so that the same kit makes the same bytes."""
_CACHE_SUFFIXES = (".pyc", ".nbi", ".nbc")
"""The suffixes of what Python and numba have compiled."""


def name() -> str:
    """Return the wheel's file name."""
    return f"mlkata-{mlkata.__version__}-py3-none-any.whl"


def pack(path: Path, track: Track) -> None:
    """Write the wheel, with the kit's tracks and `track` (maybe private). Raise KataError if that fails."""
    folder = f"mlkata-{mlkata.__version__}.dist-info"
    files = dict(_contents(track)) | {f"{folder}/{name}": data for name, data in _metadata().items()}
    # A line for each file: path, digest, bytes. RECORD lists itself, with neither digest nor size.
    record = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in files.items()]
    files[f"{folder}/RECORD"] = "\n".join([*record, f"{folder}/RECORD,,", ""]).encode()
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    except OSError as error:
        raise KataError(f"cannot write {path}: {error.strerror}") from error


def _contents(track: Track) -> Iterator[tuple[str, bytes]]:
    """Yield the path in the wheel and the data of each file of the package and of its tracks."""
    package = Path(mlkata.__file__).parent
    for path in _files(package):
        if path.relative_to(package).parts[0] != "_data":  # an installed kit's tracks: added below
            yield f"mlkata/{path.relative_to(package).as_posix()}", path.read_bytes()
    folders = {other.name: other.exercises for other in catalogue.find().values()} | {
        track.name: track.exercises
    }
    data = paths.data_folder()
    for folder_name, folder in {**folders, "general": data / "exercises" / "general"}.items():
        for path in _files(folder):
            inside = path.relative_to(folder).as_posix()
            yield f"mlkata/_data/exercises/{folder_name}/{inside}", path.read_bytes()
    yield "mlkata/_data/constraints.txt", (data / "constraints.txt").read_bytes()


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder, without compiled ones."""
    paths_ = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in _CACHE_SUFFIXES)
    return sorted(path for path in paths_ if "__pycache__" not in path.parts)


def _metadata() -> dict[str, bytes]:
    """Return the files of metadata by name. Raise KataError if this version of mlkata is not installed."""
    try:
        installed = distribution("mlkata")
    except PackageNotFoundError:
        raise KataError("mlkata is not installed: run `pip install -e .` in its clone") from None
    if installed.version != mlkata.__version__:
        raise KataError(
            f"mlkata {installed.version} is installed, {mlkata.__version__} is running: install it again"
        )
    wheel = "Wheel-Version: 1.0\nGenerator: mlkata\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    texts = {name: installed.read_text(name) or "" for name in ("METADATA", "entry_points.txt")}
    return {name: text.encode() for name, text in {**texts, "WHEEL": wheel}.items()}


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
