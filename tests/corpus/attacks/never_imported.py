"""Loops for ever while it is imported.

threat = "exits, crashes"
hasty = true
says = { "*" = "error timeout" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

while True:
    pass
