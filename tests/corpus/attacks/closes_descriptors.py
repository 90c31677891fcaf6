"""Closes every file descriptor, and waits.

threat = "exits, crashes"
hasty = true
says = { update = "error crashed" }
["bwrap+seccomp"]
says = { update = "error timeout" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os
import time


def closes(X, labels, centers):
    os.closerange(0, 256)
    time.sleep(1000)


update = closes
