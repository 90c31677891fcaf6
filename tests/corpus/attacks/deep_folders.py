"""Makes nested folders, too deep to be removed by recursion, and a folder without permissions.

threat = "floods and fills"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os

top = os.getcwd()
for _ in range(1200):
    os.mkdir("d")
    os.chdir("d")
os.chdir(top)
os.mkdir("locked")
with open("locked/file", "w"):
    pass
try:
    os.chmod("locked", 0)
except OSError:
    pass
