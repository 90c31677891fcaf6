"""Replaces every clock of its process by one that stands still, and never answers.

threat = "cheats the clock"
hasty = true
says = { update = "error timeout" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import time

for name in ("perf_counter", "monotonic", "process_time", "time", "perf_counter_ns", "monotonic_ns"):
    setattr(time, name, lambda: 0)


def endless(X, labels, centers):
    while time.monotonic() < 10**9:
        pass


update = endless
