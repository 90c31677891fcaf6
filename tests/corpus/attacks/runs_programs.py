"""Starts a shell, by every door that Python has.

threat = "forks, daemons"
[subprocess]
leaves = "a file"
succeeds = "it may start programs"
"""

import ctypes
import os
import pty
import subprocess

COMMAND = "echo here > @CANARY@/ran"
for attempt in (
    lambda: subprocess.run(["/bin/sh", "-c", COMMAND]),
    lambda: os.posix_spawn("/bin/sh", ["sh", "-c", COMMAND], {}),
    lambda: os.spawnv(os.P_WAIT, "/bin/sh", ["sh", "-c", COMMAND]),
    lambda: pty.fork(),
    lambda: ctypes.CDLL(None).system(COMMAND.encode()),
):
    try:
        if attempt() == (0, -1):
            os._exit(0)
    except OSError:
        continue
