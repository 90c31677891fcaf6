"""The restrictions ("walls") that a worker puts on itself before it loads a candidate's code. Linux only.

`seccomp` denies system calls: no new process, no program, no signal to others, no socket, no mount.
`landlock` denies the file system except for named paths. Both hold for root too, cannot be removed, and apply
to every thread.

Python has no functions for either, so this module makes the system calls by number through ctypes. Numbers,
flags and the layouts of structures are those of the kernel's headers linux/seccomp.h, linux/filter.h,
linux/bpf_common.h, linux/landlock.h and asm/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""The kernel's number of an architecture (AUDIT_ARCH_*), and its column in the tables of system calls
below."""

# The numbers of denied system calls, on x86_64 and on aarch64. None: the architecture lacks the call.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    # new processes and programs; threads are allowed, see _program
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "setsid": (112, 157), "setpgid": (109, 154),
    # other processes
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    # the network, and memory or messages that outlive a process
    "socket": (41, 198), "socketpair": (53, 199), "memfd_create": (319, 279),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195),
    "semget": (64, 190), "semop": (65, 193), "semtimedop": (220, 192), "semctl": (66, 191),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181),
    # what Landlock still allows a file's owner: modes, owners, times, extended attributes; watching folders
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "removexattrat": (466, 466), "file_setattr": (469, 469),
    "inotify_init": (253, None), "inotify_init1": (294, 26),
    # mounts and other changes to the whole file system, and ways around its checks
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "fsopen": (430, 430), "fsmount": (432, 432), "open_tree": (428, 428), "move_mount": (429, 429),
    "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "quotactl": (179, 60), "acct": (163, 89), "swapon": (167, 224),
    # the process's own rights, limits and names
    "unshare": (272, 97), "setns": (308, 268), "capset": (126, 91), "setrlimit": (160, 164),
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159), "personality": (135, 92),
    "sethostname": (170, 161), "setdomainname": (171, 162),
    # powerful interfaces of the kernel
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "reboot": (169, 142), "syslog": (103, 116),
    "iopl": (172, None), "ioperm": (173, None), "clock_settime": (227, 112), "settimeofday": (164, 170),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266),
}  # fmt: skip
_CLONE, _CLONE3, _TGKILL, _PRLIMIT = (56, 220), (435, 435), (234, 131), (302, 261)
_FCNTL = (72, 25)
"""System calls that are allowed for some arguments only (see `_program`), with numbers as in _DENIED."""
_SETOWN, _SETOWN_EX = 8, 15
"""Commands of fcntl that make a process the owner of a pipe; the kernel then signals the owner."""
_SECCOMP, _CAPSET = (317, 277), (126, 91)
"""System calls that this module makes; numbers as above."""
_THREAD = 0x10000
"""The flag CLONE_THREAD, with which the system call clone starts a thread instead of a process."""
_X32 = 0x40000000
"""System call numbers at or above this belong to x32, another interface of x86_64 to the same calls."""

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Operation codes of the BPF programs that seccomp runs. _LOAD reads 4 bytes of struct seccomp_data."""
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
"""What a BPF program returns: allow the system call, kill the process, or fail with an
error number, which is added."""
_NUMBER, _ARCH = 0, 4
"""Offsets in struct seccomp_data: the number of the system call, and the architecture."""
_NO_NEW_PRIVS, _SET_MODE_FILTER, _ALL_THREADS = 38, 1, 1
"""An option of prctl; an operation of seccomp, and its flag SECCOMP_FILTER_FLAG_TSYNC."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Landlock's system calls; their numbers are the same on all architectures."""
_ABI_OF_KERNEL, _PATH_BENEATH = 1, 1
"""The flag with which landlock_create_ruleset returns the kernel's version of Landlock; the type of a rule
about a path and all that is in it."""
_FILE_RIGHTS = 0b1100000000000111
"""The rights that a rule about a single file may grant: execute, write, read, truncate, ioctl."""
_LIST, _READ = 0b1000, 0b1100
"""The right to list folders; the rights to list folders and read files."""
_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""The number of file rights that each version of Landlock knows; only known rights can be denied."""

_libc = ctypes.CDLL(None, use_errno=True)


class Unsupported(Exception):
    """The kernel or the machine does not support a restriction."""


def raise_all(tier: str, folder: Path, *, tests: bool = False) -> None:
    """Raise the walls of an isolation tier: apply its restrictions to this process.

    It may still write in `folder`. With `tests`, it may read pytest. In the tier bwrap+seccomp, bubblewrap
    has hidden files and the network before the process starts. Raise Unsupported if a restriction is not
    available.
    """
    if tier == "subprocess":
        return
    drop_capabilities()
    if tier == "landlock+seccomp":
        from mlkata.worker import view

        devices = [Path("/dev", name) for name in ("null", "zero", "random", "urandom")]
        landlock(view.listable(), [*view.around_hidden(tests=tests), *devices[1:]], [folder, devices[0]])
    seccomp()


def seccomp() -> None:
    """Deny dangerous system calls to this process and all its threads. Raise Unsupported."""
    arch, column = _architecture()
    program = b"".join(_program(arch, column, os.getpid()))
    buffer = ctypes.create_string_buffer(program, len(program))
    # The kernel's struct sock_fprog: the number of instructions, of 8 bytes each, and their address.
    filter_ = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    _no_new_privileges()
    _call(_SECCOMP[column], _SET_MODE_FILTER, _ALL_THREADS, ctypes.c_char_p(filter_))


def landlock(listable: Iterable[Path], readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Deny the network, and the file system except for some files and folders. Raise Unsupported.

    In a listable folder a process may see the names of files, in a readable one their contents too. In a
    writable one it has all rights.
    """
    abi = _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _ABI_OF_KERNEL)
    all_rights = (1 << _RIGHTS_OF_ABI[min(abi, max(_RIGHTS_OF_ABI))]) - 1  # one bit for each right
    # What to deny: rights to files; TCP bind and connect; signals and abstract sockets of other processes.
    attributes = struct.pack("QQQ", all_rights, 0b11, 0b11)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8  # noqa: PLR2004 - versions that added the later fields
    ruleset = _call(_CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(size), 0)
    try:
        for paths, granted in ((listable, _LIST), (readable, _READ), (writable, all_rights)):
            for path in paths:
                _add_rule(ruleset, path, granted)
        _no_new_privileges()
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def drop_capabilities() -> None:
    """Drop all capabilities, which root would have. Raise Unsupported."""
    _, column = _architecture()
    header = struct.pack("Ii", 0x20080522, 0)  # version 3 of the structure; 0 is this process
    no_capabilities = bytes(24)  # six masks of 32 bits: effective, permitted and inheritable, twice
    _call(_CAPSET[column], ctypes.c_char_p(header), ctypes.c_char_p(no_capabilities))


def _add_rule(ruleset: int, path: Path, rights: int) -> None:
    """Grant rights to a file, or to a folder and all that is in it."""
    with _opened(path) as handle:
        granted = rights if path.is_dir() else rights & _FILE_RIGHTS
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.c_char_p(struct.pack("=Qi", granted, handle)), 0)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a path only to name it (O_PATH); yield the file descriptor."""
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _program(arch: int, column: int, pid: int) -> Iterator[bytes]:
    """Yield the instructions of the BPF program that the kernel runs at each system call.

    `arch` and `column` are an entry of _ARCHITECTURES; `pid` is the process that is restricted. The last two
    numbers of a test are how many instructions to skip if it is true, and if it is false.
    """
    yield _instruction(_LOAD, _ARCH)
    yield _instruction(_IF_EQUAL, arch, 1, 0)
    yield _instruction(_RETURN, _KILL)
    yield _instruction(_LOAD, _NUMBER)
    if column == 0:  # x86_64
        yield _instruction(_IF_AT_LEAST, _X32, 0, 1)
        yield _instruction(_RETURN, _KILL)
    for numbers in _DENIED.values():
        number = numbers[column]
        if number is not None:
            yield _instruction(_IF_EQUAL, number, 0, 1)
            yield _refuse(errno.EPERM)
    # clone3 is denied as if it did not exist: its flags are in memory, where a filter can't read them. The C
    # library then falls back to clone.
    yield _instruction(_IF_EQUAL, _CLONE3[column], 0, 1)
    yield _refuse(errno.ENOSYS)
    # clone may start threads, but no processes.
    yield _instruction(_IF_EQUAL, _CLONE[column], 0, 4)
    yield _instruction(_LOAD, _argument(0))
    yield _instruction(_IF_ANY_BIT, _THREAD, 1, 0)
    yield _refuse(errno.EPERM)
    yield _instruction(_RETURN, _ALLOW)
    # tgkill may send signals to this process only, which abort() needs.
    yield _instruction(_IF_EQUAL, _TGKILL[column], 0, 4)
    yield _instruction(_LOAD, _argument(0))
    yield _instruction(_IF_EQUAL, pid, 1, 0)
    yield _refuse(errno.EPERM)
    yield _instruction(_RETURN, _ALLOW)
    # fcntl may not make a process the owner of a pipe: the kernel would signal it.
    yield _instruction(_IF_EQUAL, _FCNTL[column], 0, 5)
    yield _instruction(_LOAD, _argument(1))
    yield _instruction(_IF_EQUAL, _SETOWN, 1, 0)
    yield _instruction(_IF_EQUAL, _SETOWN_EX, 0, 1)
    yield _refuse(errno.EPERM)
    yield _instruction(_RETURN, _ALLOW)
    # prlimit64 may read limits, but not set them: its third argument, a pointer, must be null.
    yield _instruction(_IF_EQUAL, _PRLIMIT[column], 0, 6)
    yield _instruction(_LOAD, _argument(2))
    yield _instruction(_IF_EQUAL, 0, 0, 3)
    yield _instruction(_LOAD, _argument(2) + 4)
    yield _instruction(_IF_EQUAL, 0, 0, 1)
    yield _instruction(_RETURN, _ALLOW)
    yield _refuse(errno.EPERM)
    yield _instruction(_RETURN, _ALLOW)


def _instruction(code: int, value: int, skip_if_true: int = 0, skip_if_false: int = 0) -> bytes:
    """Return one instruction as the kernel's struct sock_filter."""
    return struct.pack("=HBBI", code, skip_if_true, skip_if_false, value)


def _refuse(error_number: int) -> bytes:
    """Return the instruction that makes the system call fail with this errno."""
    return _instruction(_RETURN, _ERRNO | error_number)


def _argument(index: int) -> int:
    """Return the offset of an argument of the system call in struct seccomp_data.

    The 64-bit arguments begin at byte 16. Both architectures are little-endian, so the lower half comes
    first.
    """
    return 16 + 8 * index


def _architecture() -> tuple[int, int]:
    """Return this machine's entry of _ARCHITECTURES. Raise Unsupported."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise Unsupported(f"no table of system calls for {machine}")
    return _ARCHITECTURES[machine]


def _no_new_privileges() -> None:
    """Give up privileges by setuid programs, which seccomp and Landlock demand. Raise Unsupported."""
    if _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise Unsupported(f"no_new_privs: {os.strerror(ctypes.get_errno())}")


def _call(number: int, *arguments: object) -> int:
    """Make a system call for which libc has no function; return its result. Raise Unsupported if it fails."""
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise Unsupported(f"system call {number}: {os.strerror(ctypes.get_errno())}")
    return result
