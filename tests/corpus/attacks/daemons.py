"""Leaves its session and its process group behind, to outlive the worker.

threat = "forks, daemons"
says = { update = "fail raised" }
[subprocess]
says = { update = "pass" }
leaves = "a process"
succeeds = "it may leave its process group and outlive it"
"""

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
