"""Ends its process with status 0 while it is imported.

threat = "exits, crashes"
says = { "*" = "error crashed" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os

print("20 passed")
os._exit(0)
