"""Starts a process that leaves the worker's session and process group, to outlive the worker.

threat = "forks, daemons"
says = { update = "fail raised" }
[subprocess]
says = { update = "pass" }
leaves = "a process"
succeeds = "the submission may start a process that leaves its process group"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os
import time

right, begun = update, []


def daemon(X, labels, centers):
    if not begun:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(0, 64)
                time.sleep(1000)
            os._exit(0)
        begun.append(True)
    return right(X, labels, centers)


update = daemon
