"""Opens sockets of every kind.

threat = "network and links"
says = { lloyd = "fail raised" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "it may use your network"
"""

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
