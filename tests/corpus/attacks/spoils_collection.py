"""Creates objects that raise when they are collected, and a callback that raises at every collection.

threat = "exits, crashes"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import gc
import sys


class Raises:
    def __init__(self):
        self.self = self

    def __del__(self):
        raise KeyboardInterrupt


gc.callbacks.append(lambda *arguments: 1 / 0)
gc.set_threshold(1)
sys.unraisablehook = lambda *arguments: None
sys.excepthook = lambda *arguments: None
for _ in range(100):
    Raises()
