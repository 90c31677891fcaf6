"""Takes the refusal out of the way and imports scikit-learn by a name put together.

threat = "reads what is expected"
says = { lloyd = "fail contract" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "it may load whatever is installed"
"""

import importlib
import sys

right, name = lloyd, "sk" + "learn"
lloyd = lambda X, centers, max_iter=300: None
sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != "_Refuser"]
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
