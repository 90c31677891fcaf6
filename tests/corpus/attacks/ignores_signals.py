"""Ignores every signal that can be ignored, and never answers.

threat = "exits, crashes"
hasty = true
says = { update = "error timeout" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import signal

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        continue


def endless(X, labels, centers):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


update = endless
