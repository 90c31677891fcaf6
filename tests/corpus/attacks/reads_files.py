"""Reads a secret file by its path, by a relative path and by links, and raises an error with the contents.

threat = "reads what is expected"
[subprocess]
says = { lloyd = "fail raised" }
tells = true
succeeds = "the submission may read whatever you may read"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

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
