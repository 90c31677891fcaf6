"""What the operating system does for us in every tier: processes, limits, and all POSIX-only calls."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from mlkata.tracks.model import KataError

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

_REMOVE = 'rm -rf -- "$1" || { chmod -R u+rwx -- "$1"; rm -rf -- "$1"; }'
"""Shell that removes a folder in which folders may be locked; a link in its place goes first."""

_starter = ThreadPoolExecutor(1, thread_name_prefix="starter")
"""Starts all workers: bubblewrap dies with the thread that started it, so it must last as long as we do."""


def environment(folder: Path) -> dict[str, str]:
    """Give a worker's environment: little of ours, one thread, and a private folder to write in."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    private: Mapping[str, str] = {
        "TMPDIR": str(folder),
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
    return kept | dict.fromkeys(_THREADS, "1") | dict(private)


def choose_folder() -> Path:
    """Name a worker's private folder, which nobody has made yet."""
    return Path(tempfile.gettempdir()) / f"mlkata-{secrets.token_hex(8)}"


def start(command: list[str], folder: Path, handed: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    """Start a worker in a process group of its own. Raises KataError where there is no such thing."""
    if os.name != "posix":
        raise KataError("running code needs Linux or macOS, this is Windows: use WSL")
    return _starter.submit(
        subprocess.Popen,
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment(folder),
        bufsize=0,
        start_new_session=True,
        pass_fds=handed,
    ).result()


def start_guard(folder: Path) -> subprocess.Popen[bytes]:
    """Start a shell that waits for us to die, then kills a worker's process group and its folder.

    It starts before there is either, so that at no moment could we die and leave one. We hold the
    only writing end of its standard input, where it learns the group: however we end, it reads end
    of file. A signal on parent's death would exist on Linux only, and spare what the worker has forked.
    """
    # No `--` before the group: dash's own `kill` does not know it.
    script = f'read -r group && read -r _; [ -n "$group" ] && kill -9 "-$group"; {_REMOVE}'
    return subprocess.Popen(
        ["/bin/sh", "-c", script, "sh", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def tell_guard(guard: subprocess.Popen[bytes], group: int) -> None:
    """Say which process group a guard is to kill."""
    assert guard.stdin is not None  # noqa: S101 - a pipe
    with suppress(OSError):  # somebody has killed the guard: nothing to tell
        guard.stdin.write(f"{group}\n".encode())
        guard.stdin.flush()


def kill_group(group: int) -> None:
    """Kill a worker and everything it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def remove(folder: Path) -> None:
    """Remove a worker's folder, whatever it has made there: links, locked folders, very deep ones."""
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):
        subprocess.run(["/bin/sh", "-c", _REMOVE, "sh", str(folder)], stderr=subprocess.DEVNULL, check=False)


def cpu_clock(pid: int) -> int | None:
    """Name the clock of a process's CPU time, as clock_getcpuclockid(3) would; None where there is none."""
    return (~pid << 3) | 2 if sys.platform.startswith("linux") else None


def read_regular(path: Path, cap: int) -> bytes:
    """Read a regular file of at most `cap` bytes: no link, pipe or device, also if it has just become one.

    Raises KataError where it is none, or has more.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise KataError(f"cannot be read: {getattr(error, 'strerror', error)}") from None
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise KataError("no regular file: expected one")
        try:
            data = file.read(cap + 1)
        except OSError as error:
            raise KataError(f"cannot be read: {error.strerror}") from None
    if len(data) > cap:
        raise KataError(f"more than {cap} bytes, the most that a submission may have")
    return data


def describe_exit(status: int | None) -> str:
    """Say how a process ended, from its Popen return code."""
    if status is None:
        return "the process closed its channel"
    if status >= 0:
        return f"the process ended itself with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"the process was killed by {name}"
