"""Raises an error with its environment, its command line and its import path.

threat = "reads what is expected"
says = { lloyd = "fail raised" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os
import sys


def tells(X, centers, max_iter=300):
    raise ValueError(f"{dict(os.environ)} {sys.orig_argv} {sys.path}")


lloyd = tells
