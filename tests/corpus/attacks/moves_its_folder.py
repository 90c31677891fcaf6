"""Moves its private folder, so that the kit does not find it, and puts a link in its place.

threat = "network and links"
[subprocess]
leaves = "a file"
succeeds = "the submission may move whatever you may move"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os

folder = os.getcwd()
try:
    os.rename(folder, f"{folder}-moved")
    os.symlink("@CANARY@", folder)
except OSError:
    pass
