"""Ends its process with status 0 instead of answering.

threat = "exits, crashes"
says = { update = "error crashed" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os

update = lambda X, labels, centers: os._exit(0)
