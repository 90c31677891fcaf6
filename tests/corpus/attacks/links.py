"""Fills its folder with links: to files of yours, to itself, in circles.

threat = "network and links"
"""

import os
import sys

os.symlink("circle", "circle")
os.symlink(".", "self")
os.symlink("@CANARY@", "home")
os.symlink("@SECRET@", "file")
os.symlink("/", "root")
for number in range(300):
    os.symlink(f"{number + 1}", f"{number}")
file = sys.modules[__name__].__file__
os.unlink(file)
os.symlink("@SECRET@", file)
