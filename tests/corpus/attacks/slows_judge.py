"""Changes the priority and the CPU affinity of the process that judges.

threat = "forks, daemons"
says = { lloyd = "fail raised" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "the submission may change your processes"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os

right, judge = lloyd, int("@PARENT@")


def slows(X, centers, max_iter=300):
    refused = []
    for attempt in (
        lambda: os.sched_setaffinity(judge, os.sched_getaffinity(0)),
        lambda: os.setpriority(os.PRIO_PROCESS, judge, os.getpriority(os.PRIO_PROCESS, judge)),
        lambda: os.sched_setscheduler(judge, os.SCHED_OTHER, os.sched_param(0)),
    ):
        try:
            attempt()
        except OSError as error:
            refused.append(error)
    if len(refused) == 3:
        raise refused[0]
    return right(X, centers, max_iter)


lloyd = slows
