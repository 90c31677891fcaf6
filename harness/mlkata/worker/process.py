"""A worker's process, with its private folder and a guard that outlives the kit.

This module does not import numpy, so that a process can start first and get ready while the kit imports.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from mlkata.worker import isolation, tiers
from mlkata.worker.tiers import Tier


class Process:
    """One single-use process. However the kit ends, the guard kills the process and removes its folder."""

    def __init__(self, *, tier: Tier = Tier.SUBPROCESS, numba: bool = False, tests: bool = False) -> None:
        self.tier = tier
        self.folder = isolation.choose_folder()
        self.guard = isolation.start_guard(self.folder)
        self.folder.mkdir(0o700)
        # The folder is an argument only to show in process lists: inside, it may have another name.
        preload = [*(["numba"] if numba else []), *(["tests"] if tests else [])]
        arguments = ["-m", "mlkata.worker.child", tier, str(self.folder), *preload]
        self._info, info = os.pipe()  # bubblewrap writes to it which process id the worker has
        self.popen = isolation.start(tiers.command(tier, arguments, info), self.folder, pass_fds=(info,))
        os.close(info)
        isolation.release(self.popen, self.guard)
        self._pid = 0

    @classmethod
    def for_file(cls, file: Path) -> Process:
        """Start a process for a candidate's file, with numba imported if the file names it."""
        with suppress(OSError):  # an unreadable file is reported when it is loaded
            return cls(numba=b"numba" in file.read_bytes())
        return cls()

    @property
    def room(self) -> Path:
        """The path under which the process sees its private folder."""
        return tiers.room(self.tier, self.folder)

    @property
    def pid(self) -> int:
        """The worker's own process id, which bubblewrap reports once when it starts the worker."""
        if not self._pid:
            info = b""
            while self.tier is Tier.BWRAP and (part := os.read(self._info, 4096)):
                info += part
            self._pid = json.loads(info)["child-pid"] if info else self.popen.pid
        return self._pid

    @property
    def status(self) -> int | None:
        """How the process ended, as `Popen.returncode`: -9 for signal 9, which bubblewrap calls 128 + 9."""
        status = self.popen.poll()
        return 128 - status if self.tier is Tier.BWRAP and status and status > 128 else status  # noqa: PLR2004

    def kill(self) -> None:
        """Kill the whole process group."""
        isolation.kill_group(self.popen.pid)

    def close(self) -> None:
        """Kill the whole process group and remove its files."""
        self.kill()
        self.popen.wait()
        isolation.remove(self.folder)
        self.guard.kill()  # last: until now it would have cleaned up after the kit
        self.guard.wait()
        os.close(self._info)
        for stream in (self.popen.stdin, self.popen.stdout, self.popen.stderr, self.guard.stdin):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
