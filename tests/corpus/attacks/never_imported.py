"""Loops for ever while it is imported.

threat = "exits, crashes"
hasty = true
says = { "*" = "error timeout" }
"""

while True:
    pass
