"""The isolation tiers: the ways to isolate a worker process, of which a machine may support some.

`bwrap+seccomp` gives the worker its own Linux namespaces (user, process, mount, network, IPC) by bubblewrap,
and denies system calls by seccomp. `landlock+seccomp` denies the file system and the network by Landlock
instead of namespaces. `subprocess` only sets limits of time and memory. A tier counts as available only after
a probe: a process that is isolated in the same way, tries forbidden actions, and finds all of them refused.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path

from mlkata.tracks.model import KataError
from mlkata.worker import isolation, limits, view


class Tier(StrEnum):
    """An isolation tier, from the strongest to the weakest."""

    BWRAP = "bwrap+seccomp"
    LANDLOCK = "landlock+seccomp"
    SUBPROCESS = "subprocess"


ROOM = Path("/sandbox")
"""The path of the worker's private folder inside its mount namespace (tier bwrap+seccomp)."""
_PROBE_SECONDS = 300.0
"""Wall seconds for a probe: an idle machine needs less than one, and a busy one must not lose a tier."""
_NEEDS = {
    Tier.BWRAP: "install bubblewrap (apt install bubblewrap, or in your clone, pip install -e '.[sandbox]'), "
    "on a Linux that lets you make user namespaces",
    Tier.LANDLOCK: "it needs Linux 5.13 or later with Landlock",
    Tier.SUBPROCESS: "it needs Linux or macOS",
}
"""What a user can do about a missing tier, or what it needs."""


def require(name: str) -> Tier:
    """Return the tier of this name. Raise KataError if the name is unknown or the tier is not available."""
    if name not in list(Tier):
        raise KataError(f"unknown isolation {name!r}: expected one of {', '.join(Tier)}")
    tier = Tier(name)
    reason = missing(tier)
    if reason:
        raise KataError(f"isolation {tier} is not available here ({reason}): {_NEEDS[tier]}")
    return tier


@cache
def best() -> Tier:
    """Return the strongest tier that is available on this machine."""
    return next((tier for tier in Tier if not missing(tier)), Tier.SUBPROCESS)


@cache
def missing(tier: Tier) -> str:
    """Return why a tier is not available, or an empty string if it is. The first call probes the tier."""
    if tier is Tier.SUBPROCESS:
        return ""
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    if tier is Tier.BWRAP and _bwrap() is None:
        return "bwrap was not found"
    folder = isolation.choose_folder()
    guard = isolation.start_guard(folder)  # removes the folder if the kit is killed before `finally`
    folder.mkdir(0o700)
    try:
        run = subprocess.run(
            command(tier, ["-m", "mlkata.worker.probe", tier]),
            cwd=folder,
            env=isolation.environment(folder),
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        guard.kill()
        guard.communicate()
    if run.returncode == 0:
        return ""
    lines = (run.stderr or run.stdout).strip().splitlines()
    return (lines[-1] if lines else f"status {run.returncode}")[:200]


def room(tier: Tier, folder: Path) -> Path:
    """Return the path under which the worker sees its private folder; the kit sees it as `folder`."""
    return ROOM if tier is Tier.BWRAP else folder


def command(tier: Tier, arguments: list[str], info: int | None = None) -> list[str]:
    """Return the command that runs Python with these arguments in a tier.

    In the tier bwrap+seccomp, bwrap writes the worker's pid to the file descriptor `info`, as JSON.
    """
    # -P: no import from the current folder. -S: only PYTHONPATH adds folders. -u: no buffered output.
    _compile()
    if tier is not Tier.BWRAP:
        return [sys.executable, "-P", "-u", *arguments]
    info_options = [] if info is None else ["--info-fd", str(info)]
    return [
        *_bwrap_command(tests="tests" in arguments),
        *info_options,
        "--",
        str(view.interpreter()),
        "-P",
        "-S",
        "-u",
        *arguments,
    ]


@cache
def _compile() -> None:
    """Compile the modules that every worker imports, and that the kit may never have imported.

    Workers can't write bytecode files, so without these each worker would compile the modules again.
    """
    if sys.dont_write_bytecode:
        return
    for name in ("admission", "child", "given", "hostile", "serving", "walls"):
        SourceFileLoader(name, str(Path(__file__).with_name(f"{name}.py"))).get_code(name)


@cache
def _bwrap_command(*, tests: bool) -> tuple[str, ...]:
    """Return the bwrap command: unshare everything, mount only what the worker needs, read-only."""
    namespaces = (f"--unshare-{name}" for name in ("user", "pid", "net", "ipc", "uts", "cgroup-try"))
    user_nobody = ("--uid", "65534", "--gid", "65534", "--cap-drop", "ALL", "--disable-userns")
    process = ("--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "kata", "--clearenv")
    room = ("--size", str(limits.FILE_SIZE), "--tmpfs", str(ROOM), "--chdir", str(ROOM))
    devices = ("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev")
    paths = (*_mounts(tests=tests), *devices, *room, "--remount-ro", "/")
    environment = isolation.environment(ROOM) | {
        "HOME": str(ROOM),
        "PYTHONPATH": ":".join(str(path) for path in view.search_path()),
    }
    settings = [part for key, value in environment.items() for part in ("--setenv", key, value)]
    return (_bwrap() or "bwrap", *namespaces, *user_nobody, *process, *paths, *settings)


def _mounts(*, tests: bool) -> Iterator[str]:
    """Yield bwrap's options for mounts, in order, since later mounts cover earlier ones.

    First come the readable folders, then an empty folder in place of each hidden one (such as site-packages),
    then the packages inside hidden folders that the worker may read after all.
    """
    hidden_folders = view.hidden()
    inside_hidden = {
        path: any(path.is_relative_to(hidden) for hidden in hidden_folders)
        for path in view.readable(tests=tests)
    }
    for inside in (False, True):
        for path in (path for path, is_inside in inside_hidden.items() if is_inside is inside):
            yield from ("--ro-bind", str(path), str(path))
        for hidden in hidden_folders:  # writable until bwrap has made the mount points inside it
            yield from ("--remount-ro" if inside else "--tmpfs", str(hidden))
    for link, target in view.links():
        yield from ("--symlink", str(target), str(link))


def _bwrap() -> str | None:
    """Return the path of bubblewrap, the system's or the one beside the interpreter, or None."""
    return shutil.which("bwrap") or shutil.which("bwrap", path=str(Path(sys.executable).parent))
