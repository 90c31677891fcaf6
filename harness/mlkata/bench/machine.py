"""The machine of a comparison: processor, versions, and the measured peak performance."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from mlkata.bench.results import Machine

LIBRARIES = (
    "mlkata", "numpy", "scipy", "scikit-learn", "numba", "scikit-learn-intelex", "faiss-cpu", "onnxruntime",
    "skl2onnx", "tl2cgen", "treelite", "pomegranate", "torch",
)  # fmt: skip
_REPEATS = 7
"""The calls of which the median is taken."""
_COPIED = 20_000_000
"""The float64 numbers that are copied to measure the bandwidth: 160 MB, more than the caches hold."""


def versions() -> dict[str, str]:
    """Return the versions of the compared libraries that are installed."""
    installed = {}
    for name in LIBRARIES:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            continue
    return installed


def measured() -> Machine:
    """Describe this machine, and measure matrix products (with all threads) and copying (with one)."""
    return Machine(
        cpu=_processor(),
        cores=os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        gemm_gflops=_gemm(),
        bandwidth_gb_s=_bandwidth(),
    )


def _gemm() -> dict[str, float]:
    """Measure matrix products in GFLOP/s, by type: an upper bound for other arithmetic."""
    import numpy as np

    gflops = {}  # by type
    rng = np.random.default_rng(0)
    for dtype, n in (("float32", 2048), ("float64", 1536)):
        a, b = (rng.random((n, n)).astype(dtype) for _ in range(2))
        out = np.empty((n, n), dtype)
        seconds = _median(lambda a=a, b=b, out=out: np.matmul(a, b, out=out))  # type: ignore[misc]
        gflops[dtype] = 2 * n**3 / seconds / 1e9  # n² entries, each with n products and n sums
    return gflops


def _bandwidth() -> float:
    """Measure the speed of copying memory in GB/s, where reading and writing both count."""
    import numpy as np

    source, target = np.ones(_COPIED), np.zeros(_COPIED)
    seconds = _median(lambda: np.copyto(target, source))
    return float(2 * source.nbytes / seconds / 1e9)


def _median(call: Callable[[], Any]) -> float:
    """Return the median seconds of some calls, after one that warms up."""
    call()
    seconds = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _processor() -> str:
    """Return the name of the processor."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # macOS and Windows have no such file
    return platform.processor() or platform.machine()
