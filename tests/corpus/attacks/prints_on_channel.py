"""Makes the channel, and whatever else it can write to, its standard output, so that all it prints goes there.

threat = "forges a result"
says = { update = "error protocol" }
"""

import os

right = update


def prints(X, labels, centers):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"")
            os.dup2(descriptor, 1)
            print("hello, this is no frame\n" * 4, flush=True)
        except OSError:
            continue
    return right(X, labels, centers)


update = prints
