"""Searches the folders above all imported modules for the kit's solutions.

threat = "reads what is expected"
says = { lloyd = "fail contract" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "the submission may read whatever you may read"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import sys
from pathlib import Path

lloyd = lambda X, centers, max_iter=300: None
roots = [Path(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
for folder in {up for root in roots + [Path.cwd()] for up in root.parents}:
    for place in ("solutions/kmeans/reference.py", "_data/solutions/kmeans/reference.py"):
        try:
            theirs = {}
            exec((folder / place).read_text(), theirs)
            lloyd = theirs["lloyd"]
        except OSError:
            continue
