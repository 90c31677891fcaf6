"""Closes every descriptor, and waits.

threat = "exits, crashes"
hasty = true
says = { update = "error crashed" }
["bwrap+seccomp"]
says = { update = "error timeout" }
"""

import os
import time


def closes(X, labels, centers):
    os.closerange(0, 256)
    time.sleep(1000)


update = closes
