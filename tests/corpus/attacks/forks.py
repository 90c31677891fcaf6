"""Starts children that start children.

threat = "forks, daemons"
says = { lloyd = "fail raised" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "it may start processes, which die with it"
"""

import os
import time

right = lloyd


def forks(X, centers, max_iter=300):
    for _ in range(3):
        if os.fork() == 0:
            os.fork()
            time.sleep(1000)
    return right(X, centers, max_iter)


lloyd = forks
