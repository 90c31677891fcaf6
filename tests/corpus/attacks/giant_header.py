"""Announces a header of 4 GiB.

threat = "pickle, giant header"
says = { update = "error protocol" }
"""

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
