"""Moves its folder away, so that it is not found where it is to be removed, and puts a link there.

threat = "network and links"
[subprocess]
leaves = "a file"
succeeds = "it may move whatever you may"
"""

import os

folder = os.getcwd()
try:
    os.rename(folder, f"{folder}-moved")
    os.symlink("@CANARY@", folder)
except OSError:
    pass
