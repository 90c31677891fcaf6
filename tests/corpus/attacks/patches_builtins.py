"""Replaces isinstance, len and all, and returns nonsense.

threat = "patches the checker"
says = { update = "error crashed or error protocol or fail raised or fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import builtins


def nonsense(X, labels, centers):
    builtins.isinstance = lambda *arguments: True
    builtins.len = lambda *arguments: 3
    builtins.all = lambda *arguments: True
    return 1


update = nonsense
