"""Starts child processes, which start others.

threat = "forks, daemons"
says = { lloyd = "fail raised" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "the submission may start processes, which are killed with it"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

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
