"""How well a worker is walled in: three tiers, of which each machine has its best.

`bwrap+seccomp` gives it namespaces of its own (user, process, mount, network, IPC) by bubblewrap;
`landlock+seccomp` takes the file system and the network away within ours; `subprocess` sets limits only.
Whether a tier is to be had is found by raising its walls and running against them, never assumed.
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
    """From the strongest to the weakest."""

    BWRAP = "bwrap+seccomp"
    LANDLOCK = "landlock+seccomp"
    SUBPROCESS = "subprocess"


ROOM = Path("/sandbox")
"""Where a worker in a mount namespace of its own finds its private folder."""
_PROBE_SECONDS = 20.0
_HOW = {
    Tier.BWRAP: "install bubblewrap (apt install bubblewrap, or pip install 'mlkata[sandbox]'), on a Linux "
    "that lets you make user namespaces",
    Tier.LANDLOCK: "it takes Linux 5.13 or later with Landlock",
    Tier.SUBPROCESS: "it takes Linux or macOS",
}


def require(name: str) -> Tier:
    """Find a tier by its name. Raises KataError where there is no such tier, or this machine lacks it."""
    if name not in list(Tier):
        raise KataError(f"no isolation {name!r}: expected one of {', '.join(Tier)}")
    tier = Tier(name)
    reason = missing(tier)
    if reason:
        raise KataError(f"isolation {tier} is not to be had here ({reason}): {_HOW[tier]}")
    return tier


@cache
def best() -> Tier:
    """Find the strongest tier that this machine has."""
    return next((tier for tier in Tier if not missing(tier)), Tier.SUBPROCESS)


@cache
def missing(tier: Tier) -> str:
    """Raise a tier's walls once, and run against them: say what is missing, or nothing."""
    if tier is Tier.SUBPROCESS:
        return ""
    if not sys.platform.startswith("linux"):
        return "it is Linux only"
    if tier is Tier.BWRAP and _bwrap() is None:
        return "there is no bwrap"
    folder = isolation.choose_folder()
    guard = isolation.start_guard(folder)  # we may be killed meanwhile
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
    said = (run.stderr or run.stdout).strip().splitlines()
    return "" if run.returncode == 0 else (said[-1] if said else f"status {run.returncode}")[:200]


def room(tier: Tier, folder: Path) -> Path:
    """Say where the worker finds the private folder that we know as `folder`."""
    return ROOM if tier is Tier.BWRAP else folder


def command(tier: Tier, arguments: list[str], info: int | None = None) -> list[str]:
    """Write the command that runs Python in a tier. bwrap tells the descriptor `info` the worker's pid."""
    _compile()
    if tier is not Tier.BWRAP:
        return [sys.executable, "-P", "-u", *arguments]
    told = [] if info is None else ["--info-fd", str(info)]
    return [
        *_walled(tests="tests" in arguments),
        *told,
        "--",
        str(view.interpreter()),
        "-P",
        "-S",
        "-u",
        *arguments,
    ]


@cache
def _compile() -> None:
    """Compile what a worker imports and we do not: it may not keep that, and would do so at each start."""
    if sys.dont_write_bytecode:
        return
    for name in ("admission", "child", "given", "hostile", "serving", "walls"):
        SourceFileLoader(name, str(Path(__file__).with_name(f"{name}.py"))).get_code(name)


@cache
def _walled(*, tests: bool) -> tuple[str, ...]:
    """Everything unshared, nothing but what it needs mounted, and that to be read only."""
    namespaces = (f"--unshare-{name}" for name in ("user", "pid", "net", "ipc", "uts", "cgroup-try"))
    nobody = ("--uid", "65534", "--gid", "65534", "--cap-drop", "ALL", "--disable-userns")
    process = ("--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "kata", "--clearenv")
    room = ("--size", str(limits.FILE_SIZE), "--tmpfs", str(ROOM), "--chdir", str(ROOM))
    devices = ("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev")
    paths = (*_mounts(tests=tests), *devices, *room, "--remount-ro", "/")
    environment = isolation.environment(ROOM) | {
        "HOME": str(ROOM),
        "PYTHONPATH": ":".join(str(path) for path in view.search_path()),
    }
    settings = [part for key, value in environment.items() for part in ("--setenv", key, value)]
    return (_bwrap() or "bwrap", *namespaces, *nobody, *process, *paths, *settings)


def _mounts(*, tests: bool) -> Iterator[str]:
    """Folders first, then what hides the packages in them, then those packages that may be seen."""
    walls = view.hidden()
    within = {path: any(path.is_relative_to(wall) for wall in walls) for path in view.readable(tests=tests)}
    for deep in (False, True):
        for path in (path for path, inside in within.items() if inside is deep):
            yield from ("--ro-bind", str(path), str(path))
        for wall in walls:
            yield from ("--remount-ro" if deep else "--tmpfs", str(wall))
    for link, target in view.links():
        yield from ("--symlink", str(target), str(link))


def _bwrap() -> str | None:
    """Find bubblewrap: the system's, or the one beside our interpreter."""
    return shutil.which("bwrap") or shutil.which("bwrap", path=str(Path(sys.executable).parent))
