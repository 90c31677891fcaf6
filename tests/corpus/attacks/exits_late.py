"""Leaves much to be done when its process ends: atexit functions, finalizers, a thread that is not a daemon.

threat = "exits, crashes"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import atexit
import os
import threading
import time
import weakref


class Kept:
    pass


kept = Kept()
weakref.finalize(kept, time.sleep, 1000)
atexit.register(time.sleep, 1000)
atexit.register(os.write, 1, b"20 passed")
threading.Thread(target=time.sleep, args=(1000,)).start()
