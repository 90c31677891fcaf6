"""Prints what it does, to both streams, and logs it."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

import logging
import sys

logging.basicConfig(level=logging.DEBUG)
right = lloyd
print("loaded")


def talks(X, centers, max_iter=300):
    print("lloyd", X.shape, "é 中 🙂", flush=True)
    print("to the other stream", file=sys.stderr)
    logging.getLogger(__name__).warning("logged")
    return right(X, centers, max_iter)


lloyd = talks
