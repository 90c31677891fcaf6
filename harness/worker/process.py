"""A worker's process, with the folder that is its own and the guard that outlives us.

Nothing here imports arrays: a process can be started first, and gets ready while we import.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from harness.worker import isolation


class Process:
    """One single-use process. However we end, it dies and its folder goes, by the guard's hand."""

    def __init__(self, *, numba: bool = False) -> None:
        self.folder = isolation.choose_folder()
        self.guard = isolation.start_guard(self.folder)
        self.folder.mkdir(0o700)
        arguments = ["-m", "harness.worker.child", *(["numba"] if numba else [])]
        self.popen = isolation.start(arguments, self.folder)
        isolation.tell_guard(self.guard, self.popen.pid)

    @classmethod
    def for_file(cls, file: Path) -> Process:
        """Start one that suits a candidate's file: with numba imported where the file names it."""
        with suppress(OSError):  # whoever reads the file says what is wrong with it
            return cls(numba=b"numba" in file.read_bytes())
        return cls()

    def kill(self) -> None:
        """Kill the whole process group."""
        isolation.kill_group(self.popen.pid)

    def close(self) -> None:
        """Kill the whole process group and remove what it wrote."""
        self.kill()
        self.popen.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.guard.kill()  # only now: had we died before, it would have done all this
        self.guard.wait()
        for stream in (self.popen.stdin, self.popen.stdout, self.popen.stderr, self.guard.stdin):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
