"""Removes the import hook that refuses scikit-learn, and imports it under a name built at run time.

threat = "reads what is expected"
says = { lloyd = "fail contract" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "the submission may import whatever is installed"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import importlib
import sys

right, name = lloyd, "sk" + "learn"
lloyd = lambda X, centers, max_iter=300: None
sys.meta_path[:] = [hook for hook in sys.meta_path if type(hook).__name__ != "_Refuser"]
for attempt in (
    lambda: __import__(name + ".cluster"),
    lambda: importlib.import_module(name),
    lambda: importlib.util.module_from_spec(importlib.util.find_spec(name)).__spec__.loader.exec_module,
    lambda: exec(f"import {name}"),
):
    try:
        attempt()
        sys.modules[name].cluster
    except (ImportError, OSError, AttributeError, KeyError):
        continue
    lloyd = right
