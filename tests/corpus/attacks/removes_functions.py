"""Replaces its function by None in its first call.

threat = "hard-codes answers"
says = { lloyd = "unsolved or fail raised", "lloyd/few-rows" = "pass" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import sys

right = lloyd


def once(X, centers, max_iter=300):
    vars(sys.modules[__name__])["lloyd"] = None
    return right(X, centers, max_iter)


lloyd = once
