"""Looks for solutions and oracles on the disk, beside whatever is imported.

threat = "reads what is expected"
says = { lloyd = "fail contract" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "it may read whatever you may"
"""

import sys
from pathlib import Path

lloyd = lambda X, centers, max_iter=300: None
roots = [Path(one.__file__) for one in list(sys.modules.values()) if getattr(one, "__file__", None)]
for folder in {up for root in roots + [Path.cwd()] for up in root.parents}:
    for place in ("solutions/kmeans/reference.py", "_data/solutions/kmeans/reference.py"):
        try:
            theirs = {}
            exec((folder / place).read_text(), theirs)
            lloyd = theirs["lloyd"]
        except OSError:
            continue
