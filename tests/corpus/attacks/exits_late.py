"""Leaves much to be done when its process ends: atexit, finalizers, a thread that is no daemon.

threat = "exits, crashes"
"""

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
