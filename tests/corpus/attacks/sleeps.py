"""Sleeps for ever, which takes no CPU time.

threat = "exits, crashes"
hasty = true
says = { update = "error timeout" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import time

update = lambda X, labels, centers: time.sleep(10**6)
