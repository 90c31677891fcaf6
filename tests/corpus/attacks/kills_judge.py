"""Kills the process that judges, and all others that it may kill.

threat = "forks, daemons"
says = { lloyd = "fail raised" }
[subprocess]
not_run = "the submission may kill your processes, and would kill this one"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os
import signal


def kills(X, centers, max_iter=300):
    for process in (os.getppid() or -1, int("@PARENT@"), -1):
        try:
            os.kill(process, signal.SIGKILL)
        except OSError as error:
            refused = error
    raise refused


lloyd = kills
