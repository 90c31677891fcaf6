"""Ends its process with status 0 while it is imported.

threat = "exits, crashes"
says = { "*" = "error crashed" }
"""

import os

print("20 passed")
os._exit(0)
