"""Closes its standard streams, and puts objects in their place whose attributes all raise.

threat = "exits, crashes"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os
import sys


class Raises:
    def __getattr__(self, name):
        raise ValueError(name)


sys.stdout.close()
sys.stdout = Raises()
sys.stderr = Raises()
sys.stdin = None
os.close(1)
