"""Sleeps for as long as it is let, at no cost of CPU time.

threat = "exits, crashes"
hasty = true
says = { update = "error timeout" }
"""

import time

update = lambda X, labels, centers: time.sleep(10**6)
