"""Lists the files of a zip archive and reads them where they are: nothing is written to the disk.

An archive is anybody's: its members may claim any name, size and kind, and pack little into much.
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
"""Bytes of an archive's table of contents, some 300,000 members: each takes half a kilobyte of memory."""
_UTF8, _ENCRYPTED = 0x800, 0x1
"""Bits of a member's flags."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What is unpacked piece by piece; zipfile would unpack the others to any size at once."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    MemoryError,
)
"""What zipfile raises, depending on which byte is wrong."""
_ABSOLUTE = re.compile(r"/|[A-Za-z]:")


class _File(io.FileIO):
    """An archive's file, which refuses to read a giant table of contents in one go, as zipfile does."""

    def read(self, size: int | None = -1) -> bytes:
        """Read `size` bytes."""
        if size is not None and size > _MAX_DIRECTORY:
            raise zipfile.BadZipFile(f"its table of contents has {size} bytes")
        return super().read(-1 if size is None else size)


class _Archive(zipfile.ZipFile):
    """An archive that closes its file when nobody needs it any more."""

    def __init__(self, path: Path) -> None:
        self._file = _File(path)
        super().__init__(self._file)

    def close(self) -> None:
        """Close the archive and its file."""
        super().close()
        self._file.close()


def files(path: Path) -> list[File]:
    """List an archive's files, in the order of their names, hidden ones left out.

    What looks like a source but is none that may be read comes with its problem. Raises KataError
    where the archive itself cannot be read.
    """
    try:
        members = _open(path).infolist()
    except _BROKEN as error:
        raise KataError(f"no zip archive that can be read: {_reason(error)}") from None
    names = [_name(member) for member in members]
    counts = Counter(names)
    found: dict[str, File] = {}
    for index, (name, member) in enumerate(zip(names, members, strict=True)):
        hidden = any(is_hidden(part) for part in PurePosixPath(name).parts if part != "..")
        if hidden or member.filename.endswith(("/", "\\")):
            continue
        one = File(name, partial(_read, path, index))
        problem = _problem(name, member, counts[name]) if one.is_source else ""
        found[name] = File.refused(name, problem) if problem else one
    return [found[name] for name in sorted(found)]


def _problem(name: str, member: zipfile.ZipInfo, count: int) -> str:
    """Say why a member is not read, if so."""
    if _ABSOLUTE.match(name) or ".." in PurePosixPath(name).parts:
        return "its name in the archive leaves the archive: expected one below it"
    if count > 1:
        return f"the archive holds it {count} times: expected once"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "a link or device in the archive: expected a regular file"
    if member.flag_bits & _ENCRYPTED:
        return "encrypted in the archive: expected no password"
    if member.compress_type not in _METHODS:
        return "packed in a way that is not read: expected deflate"
    return ""


def _read(path: Path, index: int, cap: int) -> bytes:
    """Read a member, at most `cap` bytes of it, whatever it claims. Raises KataError."""
    try:
        archive = _open(path)
        with archive.open(archive.infolist()[index]) as stream:
            data = stream.read(cap + 1)
    except _BROKEN as error:
        raise KataError(f"broken in the archive: {_reason(error)}") from None
    return limited(data, cap)


@lru_cache(maxsize=8)
def _open(path: Path) -> zipfile.ZipFile:
    """Open an archive once: reading its table of contents for each member would take hours."""
    return _Archive(path)


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; many programs write UTF-8 without saying so, and Windows backslashes."""
    name = member.filename
    if not member.flag_bits & _UTF8:
        with suppress(UnicodeError):  # it is cp437, as it says
            name = name.encode("cp437").decode()
    return str(PurePosixPath(name.replace("\\", "/")))


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
