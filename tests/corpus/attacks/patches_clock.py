"""Stops every clock of its process, and never answers.

threat = "cheats the clock"
hasty = true
says = { update = "error timeout" }
"""

import time

for name in ("perf_counter", "monotonic", "process_time", "time", "perf_counter_ns", "monotonic_ns"):
    setattr(time, name, lambda: 0)


def endless(X, labels, centers):
    while time.monotonic() < 10**9:
        pass


update = endless
