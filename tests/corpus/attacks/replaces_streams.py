"""Closes its standard streams, and puts objects there that raise and that exit.

threat = "exits, crashes"
"""

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
