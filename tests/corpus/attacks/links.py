"""Fills its folder with links: to files outside, to themselves, in chains.

threat = "network and links"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

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
