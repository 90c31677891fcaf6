"""Runs a candidate's own tests against one implementation after another, in the worker's process.

The implementation is the module that the tests import by the track's name. Nothing of a run is left for the
next: both modules are made anew.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from mlkata.tracks import loading

_KEPT = 800
"""Characters of a failure that travel: its last lines say what was expected."""


def run(folder: Path, header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """Run the tests in `body` on the implementation in the file `path`, or in front of them in `body`.

    Gives the first failure of each test that fails (one only, with `first`), which functions were called,
    and what kept the tests from being run at all.
    """
    name, size = header["module"], header["size"]
    called: set[str] = set()
    try:
        own = header["path"]
        module = ours(own, header["cache"]) if own else written(folder, name, body[:size])
        _count(module, header["functions"], called)
    except Exception as error:  # noqa: BLE001 - a mutant that cannot be imported is an answer, too
        return {"type": "tested", "failed": {}, "passed": [], "called": [], "problem": f"{name}: {error}"}
    return run_on(folder, header, module, body[size:]) | {"called": sorted(called)}


def run_on(folder: Path, header: Mapping[str, Any], module: ModuleType, source: bytes) -> dict[str, Any]:
    """Run tests on a module, which they import by the track's name."""
    import pytest

    name = header["module"]
    sys.modules[name] = module
    tests = folder / f"test_{name}.py"
    tests.write_bytes(source)
    sys.modules.pop(tests.stem, None)
    watch = _Watch(header["order"], set(header["skipped"]))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Explanations of asserts take time, and are needed for right solutions only.
    how = ["-x", "--assert=plain"] if header["first"] else []
    plugins = ("cacheprovider", "terminal", "faulthandler", "junitxml", "pastebin", "stepwise")
    off = [part for one in plugins for part in ("-p", f"no:{one}")]
    arguments = [
        tests.name,
        *how,
        *off,
        "-c",
        os.devnull,
        "--rootdir",
        str(folder),
        "--confcutdir",
        str(folder),
    ]
    pytest.main(arguments, plugins=[watch])
    return {"type": "tested", "failed": watch.failed, "passed": watch.passed, "problem": watch.problem}


def ours(path: str, cache: str) -> ModuleType:
    """Import a solution of the kit's own by path; numba keeps its code where it does outside of workers."""
    os.environ["NUMBA_CACHE_DIR"] = cache
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = cache
    return loading.load(Path(path))


def written(folder: Path, name: str, source: bytes) -> ModuleType:
    """Import a source as a module of this name; nothing of an earlier one is left."""
    path = folder / f"{name}.py"
    path.write_bytes(source)
    return loading.execute(name, path)


def _count(module: ModuleType, functions: list[str], called: set[str]) -> None:
    """Note which of the contract's functions the tests call; what these call in turn is not theirs."""
    busy = threading.local()

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            if getattr(busy, "inside", False):
                return function(*arguments, **named)
            called.add(function.__name__)
            busy.inside = True
            try:
                return function(*arguments, **named)
            finally:
                busy.inside = False

        return call

    for name in functions:
        setattr(module, name, noted(getattr(module, name)))


class _Watch:
    """A plugin of pytest's: what failed, what passed, in which order."""

    def __init__(self, order: list[str], skipped: set[str]) -> None:
        self.skipped = skipped
        self.place = {name: number for number, name in enumerate(order)}
        self.failed: dict[str, str] = {}
        self.passed: list[str] = []
        self.problem = ""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Run those first that have caught most so far, and those not that ask too much."""
        items[:] = [item for item in items if item.nodeid not in self.skipped]
        items.sort(key=lambda item: self.place.get(item.nodeid, len(self.place)))

    def pytest_collectreport(self, report: Any) -> None:
        """Keep what was wrong with the file itself."""
        if report.failed:
            self.problem = str(report.longrepr)[-_KEPT:]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep each outcome; a fixture that fails fails its test."""
        if report.failed:
            self.failed.setdefault(report.nodeid, str(report.longrepr)[-_KEPT:])
        elif report.when == "call" and report.passed:
            self.passed.append(report.nodeid)
