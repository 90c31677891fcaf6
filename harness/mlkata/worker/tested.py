"""Run a candidate's own tests on an implementation, in one worker process or in one for each side.

The tests import the implementation by the track's name. Both modules are loaded afresh for each run.
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

_MAX_FAILURE = 800
"""Characters of a failure that are sent, counted from its end: the last lines say what was expected."""


class OwnTests:
    """One side of a test run: the implementation, the tests, or both in one process."""

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
        """Import an implementation; the reply says what is wrong with it."""
        if not header["compiled"]:
            os.environ["NUMBA_DISABLE_JIT"] = "1"  # compiled loops don't check indices, Python does
        try:
            name, path = header["module"], header["path"]
            self._module = ours(path, header["cache"]) if path else import_source(Path.cwd(), name, source)
        except Exception as error:  # noqa: BLE001 - that a mutant cannot be imported is an answer
            return {"type": "loaded", "message": f"{type(error).__name__}: {error}"[:2000]}
        self._implementation = remote.RemoteImplementation(self._module, self._ask)
        return {"type": "loaded", "message": ""}

    def _run(self, header: Mapping[str, Any], source: bytes) -> dict[str, Any]:
        """Run tests on the implementation in this process, or on one that is called by way of the kit."""
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

    Return the first failure of each failed test (of one test, with `first`), the passed tests, and the
    problem if the tests could not be collected.
    """
    import pytest

    name = header["module"]
    sys.modules[name] = module
    tests = folder / f"test_{name}.py"
    tests.write_bytes(source)
    sys.modules.pop(tests.stem, None)
    watch = _Watch(header["order"], set(header["skipped"]))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Explained assertions take time, and are needed for right solutions only.
    stop_early = ["-x", "--assert=plain"] if header["first"] else []
    plugins = ("cacheprovider", "terminal", "faulthandler", "junitxml", "pastebin", "stepwise")
    disabled = [part for plugin in plugins for part in ("-p", f"no:{plugin}")]
    arguments = [
        tests.name,
        *stop_early,
        *disabled,
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
    """Import one of the kit's solutions by path; numba uses the same cache as outside workers."""
    os.environ["NUMBA_CACHE_DIR"] = cache
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = cache
    return loading.load(Path(path))


def import_source(folder: Path, name: str, source: bytes) -> ModuleType:
    """Import a source as a module of this name, in place of an earlier one."""
    path = folder / f"{name}.py"
    path.write_bytes(source)
    return loading.execute(name, path)


def _count(module: ModuleType, functions: list[str], called: set[str]) -> None:
    """Record which of the contract's functions the tests call; calls between these functions don't count."""
    busy = threading.local()

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
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
        setattr(module, name, counted(getattr(module, name)))


class _Watch:
    """A pytest plugin that orders tests, skips some, and collects failures and passes."""

    def __init__(self, order: list[str], skipped: set[str]) -> None:
        self.skipped = skipped
        self.position = {name: number for number, name in enumerate(order)}
        self.failed: dict[str, str] = {}
        self.passed: list[str] = []
        self.problem = ""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Drop over-specified tests, and run first the tests that have caught most mutants so far."""
        items[:] = [item for item in items if item.nodeid not in self.skipped]
        items.sort(key=lambda item: self.position.get(item.nodeid, len(self.position)))

    def pytest_collectreport(self, report: Any) -> None:
        """Record why the file could not be collected."""
        if report.failed:
            self.problem = str(report.longrepr)[-_MAX_FAILURE:]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Record each outcome; a test whose fixture fails has failed."""
        if report.failed:
            self.failed.setdefault(report.nodeid, str(report.longrepr)[-_MAX_FAILURE:])
        elif report.when == "call" and report.passed:
            self.passed.append(report.nodeid)
