"""Reads where there is no memory.

threat = "exits, crashes"
says = { update = "error crashed" }
"""

import ctypes

update = lambda X, labels, centers: ctypes.string_at(1)
