"""Calls sys.exit(0) while it is imported.

threat = "exits, crashes"
says = { "*" = "error import" }
"""

import sys

sys.exit(0)
