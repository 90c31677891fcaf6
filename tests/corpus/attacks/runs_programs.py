"""Starts a shell in each way that Python offers.

threat = "forks, daemons"
[subprocess]
leaves = "a file"
succeeds = "the submission may start programs"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

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
        if attempt() == (0, -1):  # the child process of pty.fork
            os._exit(0)
    except OSError:
        continue
