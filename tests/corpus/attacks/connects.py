"""Opens sockets of every kind.

threat = "network and links"
says = { lloyd = "fail raised" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "the submission may use your network"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import socket

right = lloyd


def opens(X, centers, max_iter=300):
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
        try:
            socket.socket(family).close()
        except OSError as error:
            refused = error
        else:
            return right(X, centers, max_iter)
    raise refused


lloyd = opens
