"""Runs a candidate's own tests on an implementation, in the worker's process: the same one, or one for each.

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
from mlkata.worker import remote

_KEPT = 800
"""Characters of a failure that travel: its last lines say what was expected."""


class OwnTests:
    """One side of a run of tests: the implementation, the tests, or both in one process."""

    def __init__(self, ask: remote.Ask) -> None:
        self._ask = ask
        self._module: ModuleType | None = None
        self._implementation: remote.RemoteImplementation | None = None

    def handle(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Load an implementation, call it, or run tests."""
        if header["type"] == "implementation":
            return self._load(header, body), b""
        if header["type"] == "called" and self._implementation is not None:
            return self._implementation.call(header, body)
        return self._run(header, body), b""

    def _load(self, header: Mapping[str, Any], source: bytes) -> dict[str, Any]:
        """Import an implementation, and say what is wrong with it."""
        if not header["compiled"]:
            os.environ["NUMBA_DISABLE_JIT"] = "1"  # compiled loops believe any index; these check them
        try:
            name, path = header["module"], header["path"]
            self._module = ours(path, header["cache"]) if path else written(Path.cwd(), name, source)
        except Exception as error:  # noqa: BLE001 - a mutant that cannot be imported is an answer, too
            return {"type": "loaded", "message": f"{type(error).__name__}: {error}"[:2000]}
        self._implementation = remote.RemoteImplementation(self._module, self._ask)
        return {"type": "loaded", "message": ""}

    def _run(self, header: Mapping[str, Any], source: bytes) -> dict[str, Any]:
        """Run tests on the implementation that is here, or else on one to be called by way of the kit."""
        called: set[str] = set()
        module = self._module
        if module is None:
            caller = remote.Caller(self._ask, header["records"])
            module = caller.module(header["module"], header["functions"])
        else:
            _count(module, header["functions"], called)
        return run(Path.cwd(), header, module, source) | {"called": sorted(called)}


def run(folder: Path, header: Mapping[str, Any], module: ModuleType, source: bytes) -> dict[str, Any]:
    """Run tests on a module, which they import by the track's name.

    Gives the first failure of each test that fails (one only, with `first`), and what kept the tests from
    being run at all.
    """
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
    """Import a solution of the kit by path; numba keeps its code where it does outside of workers."""
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

    for name in filter(vars(module).__contains__, functions):
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
