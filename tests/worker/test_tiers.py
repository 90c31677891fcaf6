"""What a submission cannot do in each isolation tier except `subprocess`, which isolates nothing.

A tier is a way to confine the process of a submission: by bubblewrap and seccomp, or by Landlock.
"""

import os
import platform
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError, Kind, call
from mlkata.worker import parent, runner, tiers
from mlkata.worker.tiers import Tier
from support import TIERS, case_of, slow_unless_strongest

ISOLATED = [
    pytest.param(tier, marks=slow_unless_strongest(tier)) for tier in TIERS if tier is not Tier.SUBPROCESS
]
CASE = case_of(call("double", x=np.arange(3.0)))
# A submission that tries something and is right if it is refused. It prints the type of the exception.
SOURCE = """
import ctypes, mmap, os, resource, signal, socket, subprocess, sys, threading
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)


def syscall(number, *arguments):
    if libc.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def double(x):
    try:
        {attempt}
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        print(type(error).__name__)
        return 2 * x
    raise AssertionError("nothing stopped it")
"""
ORACLE = catalogue.get("kmeans").exercises / "oracle.py"
SOLUTION = catalogue.get("kmeans").solutions / "reference.py"
# What a submission tries, by name. {parent} is the process of the tests, {home} a folder with a file
# `secret`, {port} a port of this machine that accepts connections. Numbers of system calls are those of
# x86_64; walls.py has a table with their names.
ATTEMPTS = {
    "fork": "os.fork()",
    "spawn": "subprocess.run(['/bin/true'])",
    "exec": "os.execv(sys.executable, ['python'])",
    "process": "import multiprocessing; multiprocessing.get_context('fork').Process(target=print).start()",
    "kill-parent": "os.kill(os.getppid() or {parent}, signal.SIGKILL)",
    "kill-all": "os.kill(-1, signal.SIGKILL)",
    "kill-tester": "os.kill({parent}, signal.SIGTERM)",
    "signal-thread": "syscall(234, {parent}, {parent}, 15)",
    "read-parent": "Path('/proc/{parent}/mem').open('rb')",
    "read-environment": "Path('/proc/{parent}/environ').read_bytes()",
    "attach": "syscall(101, 16, {parent}, 0, 0)",
    "read-memory": "syscall(310, {parent}, 0, 0, 0, 0, 0)",
    "passwords": "Path('/etc/passwd').read_text()",
    "home": "list(Path({home!r}).iterdir()); Path({home!r}, 'secret').read_text()",
    "oracle": "Path({oracle!r}).read_text()",
    "solution": "Path({solution!r}).read_text()",
    "judge": "__import__('sk' + 'learn')",
    "other-packages": "__import__('scipy' + '.stats')",
    "write-temporary": "Path('/tmp/{parent}').write_text('here')",
    "write-kit": "Path({oracle!r}).write_text('')",
    "write-link": "os.symlink({oracle!r}, 'link'); Path('link').write_text('')",
    "hard-link": "os.link({oracle!r}, 'link')",
    "connect": "socket.create_connection(('127.0.0.1', {port}), 1)",
    "listen": "socket.socket().bind(('127.0.0.1', 0))",
    "datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
    "unix-socket": "socket.socket(socket.AF_UNIX)",
    "pair": "socket.socketpair()",
    "raise-limit": "resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))",
    "lower-limit-of-parent": "resource.prlimit({parent}, resource.RLIMIT_NOFILE, (1, 1))",
    "namespace": "syscall(272, 0x10000000)",
    "mount": "syscall(165, b'none', b'/tmp', b'tmpfs', 0, None)",
    "change-root": "os.chroot('.')",
    "become-root": "os.setuid(0)",
    "shared-memory": "syscall(29, 1234, 4096, 0o1600)",
    "shared-memory-of-others": "syscall(31, 0, 3, ctypes.create_string_buffer(256))",
    "semaphores-of-others": "syscall(66, 0, 0, 3, ctypes.create_string_buffer(256))",
    "messages-of-others": "syscall(71, 0, 3, ctypes.create_string_buffer(256))",
    "watch-folder": "syscall(294, 0)",
    "rights": "os.chmod({home!r}, 0o777)",
    "times": "os.utime({home!r}, (0, 0))",
    "owner-of-pipe": "import fcntl; fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, {parent})",
    "owner-of-pipe-at-length": "import fcntl; fcntl.fcntl(os.pipe()[0], 15, bytes(8))",
    "memory-file": "os.memfd_create('x')",
    "io-uring": "syscall(425, 8, None)",
    "bpf": "syscall(321, 0, None, 0)",
    "old-abi": "syscall(0x40000000 + 57)",
    "clone-a-process": "syscall(56, 17, None, None, None, None)",
    "clone3": "syscall(435, None, 0)",
    "trace-counters": "syscall(298, None, 0, -1, -1, 0)",
    "fill-disk": "[Path(str(i)).write_bytes(bytes(8 << 20)) for i in range(12)]",
}
ENDS = {"old-abi"}
"""The system kills a process that tries these, instead of refusing them."""
ONLY_BWRAP = {"fill-disk"}
"""In this tier the private folder has a limited size; in others only each file has."""


@pytest.fixture(scope="module", params=ISOLATED)
def pool(request):
    """Yield the workers of an isolated tier."""
    workers = parent.Workers(ahead=1, tier=request.param)
    yield workers
    workers.close()


@pytest.fixture(scope="module")
def port():
    """Yield a port that listens on this machine."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("name", ATTEMPTS)
def test_an_attempt_to_leave_the_sandbox_is_stopped(name, pool, toy, port, tmp_path):
    """The attempt raises, the function still returns its answer, and nothing outside has changed."""
    if name in ONLY_BWRAP and pool.tier is not Tier.BWRAP:
        pytest.skip("only a namespace has a folder of limited size")
    if "syscall(" in ATTEMPTS[name] and platform.machine() != "x86_64":
        pytest.skip("these numbers of system calls are those of x86_64")
    (tmp_path / "secret").write_text("hush", encoding="utf-8")
    before = ORACLE.read_bytes()
    attempt = ATTEMPTS[name].format(
        parent=os.getpid(), home=str(tmp_path), oracle=str(ORACLE), solution=str(SOLUTION), port=port
    )
    run = runner.Runner(
        runner.Submission("toy.py", SOURCE.replace("{attempt}", attempt).encode()), toy.contracts, pool
    )
    try:
        got = run.answer(CASE)
    finally:
        run.close()
        pool.refill()
    if name in ENDS:
        assert got.kind is Kind.CRASHED
    else:
        assert (got.kind, got.message) == (Kind.VALUE, ""), got
        assert got.stdout.strip().endswith("Error")
    assert ORACLE.read_bytes() == before
    assert not Path(f"/tmp/{os.getpid()}").exists()  # noqa: S108 - the attempt writes there


def test_an_isolated_worker_sees_few_processes(pool, toy):
    """In its own namespace it is process 1 and sees none of the kit; with Landlock it cannot list any."""
    source = SOURCE.replace("{attempt}", "print(sorted(os.listdir('/proc'))[:2]); raise OSError")
    run = runner.Runner(runner.Submission("toy.py", source.encode()), toy.contracts, pool)
    try:
        output = run.answer(CASE).stdout
    finally:
        run.close()
        pool.refill()
    assert output.startswith("['1', " if pool.tier is Tier.BWRAP else "PermissionError")
    assert str(os.getpid()) not in output


def test_hidden_packages_are_not_found(pool, toy):
    """A library that tries to import an optional package finds that it is not installed."""
    attempt = "__import__('py' + 'test')"
    run = runner.Runner(
        runner.Submission("toy.py", SOURCE.replace("{attempt}", attempt).encode()), toy.contracts, pool
    )
    try:
        assert run.answer(CASE).stdout == "ModuleNotFoundError\n"
    finally:
        run.close()
        pool.refill()


def test_requiring_an_unknown_or_missing_tier_is_an_error(monkeypatch):
    """The message lists the tiers, or says what to install."""
    with pytest.raises(
        KataError, match=r"unknown isolation 'gvisor': expected one of bwrap\+seccomp, landlock"
    ):
        tiers.require("gvisor")
    monkeypatch.setattr(tiers, "missing", lambda tier: "bwrap was not found" if tier is Tier.BWRAP else "")
    with pytest.raises(KataError, match=r"not available here \(bwrap was not found\): install bubblewrap"):
        tiers.require("bwrap+seccomp")
    assert tiers.require("subprocess") is Tier.SUBPROCESS


def test_the_best_tier_of_a_machine_without_isolation_is_subprocess(monkeypatch):
    tiers.best.cache_clear()
    monkeypatch.setattr(tiers, "missing", lambda tier: "" if tier is Tier.SUBPROCESS else "no")
    try:
        assert tiers.best() is Tier.SUBPROCESS
    finally:
        tiers.best.cache_clear()


def test_modules_of_the_worker_are_compiled_ahead(tmp_path, monkeypatch):
    """An isolated worker could not save them. If Python is told to write no bytecode, nothing is compiled."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    for no_bytecode in (True, False):
        monkeypatch.setattr(sys, "dont_write_bytecode", no_bytecode)
        tiers._compile.__wrapped__()
        names = {path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")}
        compiled = {"admission", "child", "given", "hostile", "serving", "walls"}
        assert names == (set() if no_bytecode else compiled)
