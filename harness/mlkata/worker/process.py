"""A worker's process, with the folder that is its own and the guard that outlives us.

Nothing here imports arrays: a process can be started first, and gets ready while we import.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from mlkata.worker import isolation, tiers
from mlkata.worker.tiers import Tier


class Process:
    """One single-use process. However we end, it dies and its folder goes, by the guard's hand."""

    def __init__(self, *, tier: Tier = Tier.SUBPROCESS, numba: bool = False, tests: bool = False) -> None:
        self.tier = tier
        self.folder = isolation.choose_folder()
        self.guard = isolation.start_guard(self.folder)
        self.folder.mkdir(0o700)
        # The folder is for whoever looks at a list of processes: inside, it may have another name.
        needs = [*(["numba"] if numba else []), *(["tests"] if tests else [])]
        arguments = ["-m", "mlkata.worker.child", tier, str(self.folder), *needs]
        self._told, info = os.pipe()
        self.popen = isolation.start(tiers.command(tier, arguments, info), self.folder, (info,))
        os.close(info)
        isolation.tell_guard(self.guard, self.popen.pid)
        self._pid = 0

    @classmethod
    def for_file(cls, file: Path) -> Process:
        """Start one that suits a candidate's file: with numba imported where the file names it."""
        with suppress(OSError):  # whoever reads the file says what is wrong with it
            return cls(numba=b"numba" in file.read_bytes())
        return cls()

    @property
    def room(self) -> Path:
        """Where the process finds its private folder."""
        return tiers.room(self.tier, self.folder)

    @property
    def pid(self) -> int:
        """Of the worker itself: bubblewrap starts it, and tells us once."""
        if not self._pid:
            told = b""
            while self.tier is Tier.BWRAP and (part := os.read(self._told, 4096)):
                told += part
            self._pid = json.loads(told)["child-pid"] if told else self.popen.pid
        return self._pid

    @property
    def status(self) -> int | None:
        """How it ended, as `Popen.returncode`: bubblewrap writes signals as shells do."""
        status = self.popen.poll()
        return 128 - status if self.tier is Tier.BWRAP and status and status > 128 else status  # noqa: PLR2004

    def kill(self) -> None:
        """Kill the whole process group."""
        isolation.kill_group(self.popen.pid)

    def close(self) -> None:
        """Kill the whole process group and remove what it wrote."""
        self.kill()
        self.popen.wait()
        isolation.remove(self.folder)
        self.guard.kill()  # only now: had we died before, it would have done all this
        self.guard.wait()
        os.close(self._told)
        for stream in (self.popen.stdin, self.popen.stdout, self.popen.stderr, self.guard.stdin):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
