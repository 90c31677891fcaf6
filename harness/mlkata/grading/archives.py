"""List and read the files of a zip archive of submissions, without unpacking it to disk.

Archives are untrusted: a member, i.e. a file in an archive, may claim any name, size and kind, and may unpack
to any size.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath

from mlkata.grading.entries import File, limited
from mlkata.grading.folders import is_hidden
from mlkata.tracks.model import KataError

_MAX_DIRECTORY = 32 << 20
"""The most bytes of an archive's table of contents: about 300,000 members, which take 150 MB of memory."""
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
"""Bits of a member's flags: its name is UTF-8, its data are encrypted."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The methods that zipfile unpacks piece by piece. With any other it may unpack a giant member in one go."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    MemoryError,
)
"""What zipfile raises for damaged archives, depending on the damaged byte."""
_ABSOLUTE = re.compile(r"/|[A-Za-z]:")
"""The beginning of an absolute path, on Linux or on Windows."""


class _File(io.FileIO):
    """The file of an archive. It refuses to read a giant table of contents, which zipfile reads in one go."""

    def read(self, size: int | None = -1) -> bytes:
        """Read `size` bytes, the whole file for None."""
        if size is not None and size > _MAX_DIRECTORY:
            raise zipfile.BadZipFile(f"its table of contents has {size} bytes")
        return super().read(-1 if size is None else size)


class _Archive(zipfile.ZipFile):
    """An archive that also closes its file."""

    def __init__(self, path: Path) -> None:
        self._file = _File(path)
        super().__init__(self._file)

    def close(self) -> None:
        """Close the archive and its file."""
        super().close()
        self._file.close()


def files(path: Path) -> list[File]:
    """Return an archive's files, in the order of their names, without hidden ones.

    A .py or .ipynb file that must not be read is a `File` with a problem. Raise KataError if the
    archive itself cannot be read.
    """
    try:
        members = _open(path).infolist()
    except _BROKEN as error:
        raise KataError(f"not a readable zip archive: {_reason(error)}") from None
    names = [_name(member) for member in members]
    counts = Counter(names)
    by_name: dict[str, File] = {}
    for index, (name, member) in enumerate(zip(names, members, strict=True)):
        in_hidden = any(is_hidden(part) for part in PurePosixPath(name).parts if part != "..")
        is_folder = member.filename.endswith(("/", "\\"))
        if in_hidden or is_folder:
            continue
        file = File(name, partial(_read, path, index))
        problem = _problem(name, member, counts[name]) if file.is_source else ""
        by_name[name] = File.refused(name, problem) if problem else file
    return [by_name[name] for name in sorted(by_name)]


def _problem(name: str, member: zipfile.ZipInfo, count: int) -> str:
    """Return why a member must not be read, or ""."""
    if _ABSOLUTE.match(name) or ".." in PurePosixPath(name).parts:
        return "its name in the archive points outside the archive: expected a relative path"
    if count > 1:
        return f"the archive holds it {count} times: expected once"
    kind = stat.S_IFMT(member.external_attr >> 16)  # of the file's Unix mode; 0 if the archive has none
    if kind not in (0, stat.S_IFREG):
        return "a link or device in the archive: expected a regular file"
    if member.flag_bits & _ENCRYPTED_FLAG:
        return "encrypted in the archive: expected no password"
    if member.compress_type not in _METHODS:
        return "packed with an unsupported method: expected deflate"
    return ""


def _read(path: Path, index: int, cap: int) -> bytes:
    """Return a member's data. Raise KataError if they are broken or have more than `cap` bytes."""
    try:
        archive = _open(path)
        with archive.open(archive.infolist()[index]) as stream:
            data = stream.read(cap + 1)
    except _BROKEN as error:
        raise KataError(f"broken in the archive: {_reason(error)}") from None
    return limited(data, cap)


@lru_cache(maxsize=8)
def _open(path: Path) -> zipfile.ZipFile:
    """Return an opened archive. The last ones are kept open, as reading the table of contents is slow."""
    return _Archive(path)


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name with `/`. Programs may write UTF-8 without its flag, and Windows backslashes."""
    name = member.filename
    if not member.flag_bits & _UTF8_FLAG:
        with suppress(UnicodeError):  # not UTF-8, so it is cp437, as a name without the flag should be
            name = name.encode("cp437").decode()
    return str(PurePosixPath(name.replace("\\", "/")))


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
