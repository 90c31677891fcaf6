"""Allocates memory without end. Where the kernel is slow to provide it, the time is used up first.

threat = "floods and fills"
says = { update = "error memory or error timeout" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.


def takes(X, labels, centers):
    kept = []
    while True:
        kept.append(np.ones(4 << 20))


update = takes
