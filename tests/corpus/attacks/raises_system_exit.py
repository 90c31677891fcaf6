"""Raises SystemExit(0) in one function, and KeyboardInterrupt in another.

threat = "exits, crashes"
says = { lloyd = "fail raised", update = "fail raised" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.


def leaves(X, labels, centers):
    raise SystemExit(0)


def interrupts(X, centers, max_iter=300):
    raise KeyboardInterrupt


update, lloyd = leaves, interrupts
