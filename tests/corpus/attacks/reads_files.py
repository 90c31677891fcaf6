"""Reads a file at home, by its path, by steps upwards, by a link and as a link of its own, and says what it holds.

threat = "reads what is expected"
[subprocess]
says = { lloyd = "fail raised" }
tells = true
succeeds = "it may read whatever you may"
"""

import os

right = lloyd


def reads(X, centers, max_iter=300):
    steps = os.path.relpath("@SECRET@")
    os.path.lexists("link") or os.symlink("@SECRET@", "link")
    for path in ("@SECRET@", steps, "../" * 40 + "@SECRET@", "link", "/proc/self/root@SECRET@", "~/secret"):
        try:
            raise AssertionError(open(os.path.expanduser(path)).read())
        except OSError:
            continue
    return right(X, centers, max_iter)


lloyd = reads
