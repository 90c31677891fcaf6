"""Makes the process that judges the owner of a pipe, so that the kernel signals it when data arrive.

threat = "forks, daemons"
says = { lloyd = "fail raised" }
[subprocess]
not_run = "the submission may signal your processes, and would end this one"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import fcntl
import os
import signal

F_SETSIG = 10


def signals(X, centers, max_iter=300):
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, int("@PARENT@"))
    fcntl.fcntl(reading, F_SETSIG, signal.SIGTERM)
    fcntl.fcntl(reading, fcntl.F_SETFL, fcntl.fcntl(reading, fcntl.F_GETFL) | os.O_ASYNC)
    os.write(writing, b"x")
    return None


lloyd = signals
