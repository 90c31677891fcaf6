"""Announces a message whose header has 4 GiB.

threat = "pickle, giant header"
says = { update = "error protocol" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os
import time


def announces(X, labels, centers):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"\xff" * 8)
        except OSError:
            continue
    time.sleep(1000)


update = announces
