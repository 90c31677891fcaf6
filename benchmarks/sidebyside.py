"""The peers: what they are, and what loading and compiling them costs."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from threadpoolctl import threadpool_info

from harness import tracks

# An empty cache, so that "first call" means compiling, whatever ran before. It must be set before
# anything imports numba, and conftest.py imports this file first.
_NUMBA_CACHE = tempfile.TemporaryDirectory(prefix="mlkata-bench-")
os.environ["NUMBA_CACHE_DIR"] = _NUMBA_CACHE.name

KMEANS = tracks.get("kmeans")
PEERS = {
    "reference": KMEANS.solutions / "reference.py",
    "loops": KMEANS.solutions / "loops.py",
    "scikit-learn": KMEANS.exercises / "oracle.py",
}


@dataclass
class Peer:
    """One implementation of the contract."""

    name: str
    module: ModuleType
    import_seconds: float
    first_calls: dict[str, float] = field(default_factory=dict)
    """Seconds of the first call of each function, compilation included."""

    def first_call(self, function: str, arguments: dict[str, Any]) -> Any:
        """Call a function, and remember how long that took if it never ran before."""
        started = time.perf_counter()
        answer = getattr(self.module, function)(**arguments)
        self.first_calls.setdefault(function, time.perf_counter() - started)
        return answer


@cache
def load_peer(name: str) -> Peer:
    """Load a peer once, and time that."""
    started = time.perf_counter()
    module = tracks.load_implementation(Path(PEERS[name]))
    return Peer(name, module, time.perf_counter() - started)


def threads() -> dict[str, int]:
    """Say how many threads each pool of this process has; they are left as they are."""
    return {f"{pool['internal_api']} {pool['prefix']}": pool["num_threads"] for pool in threadpool_info()}
