"""Ends its process with status 0 instead of answering.

threat = "exits, crashes"
says = { update = "error crashed" }
"""

import os

update = lambda X, labels, centers: os._exit(0)
