"""Reads an address at which there is no memory.

threat = "exits, crashes"
says = { update = "error crashed" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import ctypes

update = lambda X, labels, centers: ctypes.string_at(1)
