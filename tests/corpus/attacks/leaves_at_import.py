"""Calls sys.exit(0) while it is imported.

threat = "exits, crashes"
says = { "*" = "error import" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import sys

sys.exit(0)
