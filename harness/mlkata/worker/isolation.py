"""Operating-system calls for worker processes: start and kill them, make and remove their folders.

Each worker has a private folder, a process group of its own, and a guard: a small shell process that kills
the group and removes the folder when the kit ends, however it ends.
"""

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
from contextlib import suppress
from pathlib import Path

from mlkata.tracks.model import KataError
from mlkata.worker import starter

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")
"""Variables that a worker gets from the kit's environment; any others might hold secrets."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Variables that limit the threads of numerical libraries; a worker gets 1 for each."""

_REMOVE = 'rm -rf -- "$1" || { chmod -R u+rwx -- "$1"; rm -rf -- "$1"; }'
"""Shell code that removes the folder $1, even if it holds folders without permissions. If $1 is a link, only
the link is removed."""


def environment(folder: Path) -> dict[str, str]:
    """Return a worker's environment: few of the kit's variables, one thread, temporary files in `folder`."""
    inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
    private: Mapping[str, str] = {
        "TMPDIR": str(folder),
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # sets of texts have the same order in each run
    }
    return inherited | dict.fromkeys(_THREADS, "1") | dict(private)


def choose_folder() -> Path:
    """Return a path for a worker's private folder; it does not exist yet."""
    return Path(tempfile.gettempdir()) / f"mlkata-{secrets.token_hex(8)}"


_WAIT = 'read -r _ && exec "$@"'
"""Shell code that waits for a line and then becomes the command. If the line never comes, it ends.

The word after shell code is the shell's own name, `sh`; those after it are its arguments, `$1` and so on.
"""


def start(command: list[str], folder: Path, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    """Start a worker in a process group of its own; it does nothing until `release` is called.

    Raise KataError on Windows, which has no process groups.
    """
    if os.name != "posix":
        raise KataError("running code needs Linux or macOS, and this is Windows: use WSL")

    def popen() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sh", "-c", _WAIT, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment(folder),
            bufsize=0,
            start_new_session=True,
            pass_fds=pass_fds,
        )

    return starter.start(popen)


def start_guard(folder: Path) -> subprocess.Popen[bytes]:
    """Start a shell that, once the kit ends, kills a worker's process group and removes its folder.

    The shell starts before the process and the folder exist, so that a kit that dies leaves neither behind.
    It reads the number of the process group from its standard input (see `release`), then waits for the
    end of file, which comes however the kit ends, since the kit alone can write to this pipe. A parent-death
    signal would not do: it exists on Linux only, and does not reach the children of the worker.
    """
    # No `--` before the group: the `kill` of the shell dash does not know it.
    script = f'read -r group && read -r _; [ -n "$group" ] && kill -9 "-$group"; {_REMOVE}'
    return subprocess.Popen(
        ["/bin/sh", "-c", script, "sh", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def release(worker: subprocess.Popen[bytes], guard: subprocess.Popen[bytes]) -> None:
    """Tell a guard which process group to kill, then let the worker run.

    In this order, because bubblewrap dies with the kit; if it dies while it starts, a child of it is left
    that waits for ever, and only the guard can kill that child.
    """
    for process, line in ((guard, f"{worker.pid}\n"), (worker, "\n")):
        assert process.stdin is not None  # noqa: S101 - a pipe
        with suppress(OSError):  # the process has been killed
            process.stdin.write(line.encode())
            process.stdin.flush()


def kill_group(group: int) -> None:
    """Kill a worker and all processes that it started, unless they have left its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def remove(folder: Path) -> None:
    """Remove a worker's folder, whatever is in it: links, locked folders, very deep folders."""
    with suppress(RecursionError):  # very deep folders
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):
        subprocess.run(["/bin/sh", "-c", _REMOVE, "sh", str(folder)], stderr=subprocess.DEVNULL, check=False)


def cpu_clock(pid: int) -> int | None:
    """Return the id of a process's CPU-time clock for time.clock_gettime; None outside Linux.

    clock_getcpuclockid(3) computes it in the same way, but Python does not offer that function.
    """
    return (~pid << 3) | 2 if sys.platform.startswith("linux") else None


def read_regular(path: Path, cap: int) -> bytes:
    """Read a regular file of at most `cap` bytes.

    Raise KataError if the file is larger, or a link, pipe or device. The check looks at the open file, so
    that nobody can put another file in its place after the check.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise KataError(f"cannot be read: {getattr(error, 'strerror', error)}") from None
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise KataError("expected a regular file, found a folder, pipe or device")
        try:
            data = file.read(cap + 1)
        except OSError as error:
            raise KataError(f"cannot be read: {error.strerror}") from None
    if len(data) > cap:
        raise KataError(f"more than {cap} bytes, the most that a submission may have")
    return data


def describe_exit(status: int | None) -> str:
    """Return a phrase that says how a process ended, from its Popen return code."""
    if status is None:
        return "the process closed its channel"
    if status >= 0:
        return f"the process exited with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"the process was killed by {name}"
