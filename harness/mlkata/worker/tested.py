"""Run tests that a candidate has written on an implementation: a right solution or a mutant (one with a bug).

In `kata test` the tests and the implementation share a worker process. In `kata grade` each has a worker of
its own, and calls go through the kit (see `remote`). The tests import the implementation by the name of the
track (the exercise), e.g. `from kmeans import lloyd`. Both modules are loaded again for each run.
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
    """What a worker has of a run of tests: the implementation, the tests, or both.

    `ask` sends a frame (message) to the kit and returns its reply.
    """

    def __init__(self, ask: remote.Ask) -> None:
        self._ask = ask
        self._module: ModuleType | None = None
        self._implementation: remote.RemoteImplementation | None = None

    def handle(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Load an implementation, call one of its functions, or run tests; return the reply."""
        if header["type"] == "implementation":
            return self._load(header, body), b""
        if header["type"] == "called" and self._implementation is not None:
            return self._implementation.call(header, body)
        return self._run(header, body), b""

    def _load(self, header: Mapping[str, Any], source: bytes) -> dict[str, Any]:
        """Import an implementation: the solution at the header's `path`, or this source if the path is empty.

        The reply's message says why it cannot be imported, and is empty otherwise.
        """
        if not header["compiled"]:
            os.environ["NUMBA_DISABLE_JIT"] = "1"  # so that a wrong index raises: compiled loops do not check
        try:
            name, path = header["module"], header["path"]
            self._module = ours(path, header["cache"]) if path else import_source(Path.cwd(), name, source)
        except Exception as error:  # noqa: BLE001 - that a mutant cannot be imported is an answer
            return {"type": "loaded", "message": f"{type(error).__name__}: {error}"[:2000]}
        self._implementation = remote.RemoteImplementation(self._module, self._ask)
        return {"type": "loaded", "message": ""}

    def _run(self, header: Mapping[str, Any], source: bytes) -> dict[str, Any]:
        """Run tests on the implementation in this process, or else on one that is called through the kit."""
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

    Return the first failure of each failed test, the names of the passed tests, and the problem if the tests
    could not be collected. The header names the tests to run first (`order`) and those to leave out
    (`skipped`). If its `first` is true, the run stops at the first failed test.
    """
    import pytest

    name = header["module"]
    sys.modules[name] = module
    tests = folder / f"test_{name}.py"
    tests.write_bytes(source)
    sys.modules.pop(tests.stem, None)
    watch = _Watch(header["order"], set(header["skipped"]))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # pytest's explanations of failed assertions take time: a run that stops at the first failure has none.
    stop_early = ["-x", "--assert=plain"] if header["first"] else []
    plugins = ("cacheprovider", "terminal", "faulthandler", "junitxml", "pastebin", "stepwise")
    disabled = [part for plugin in plugins for part in ("-p", f"no:{plugin}")]
    # No configuration file and no conftest.py from outside the folder is read.
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
    """Import one of the kit's solutions by path.

    `cache` is the kit's NUMBA_CACHE_DIR, or an empty string: compiled code is shared with the kit's other
    processes.
    """
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
    """Replace the functions in a module by ones that add their names to `called`.

    Calls between these functions don't count, since the tests did not make them.
    """
    in_call = threading.local()  # whether this thread is inside one of the functions

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            if getattr(in_call, "inside", False):
                return function(*arguments, **named)
            called.add(function.__name__)
            in_call.inside = True
            try:
                return function(*arguments, **named)
            finally:
                in_call.inside = False

        return call

    for name in filter(vars(module).__contains__, functions):
        setattr(module, name, counted(getattr(module, name)))


class _Watch:
    """A pytest plugin that orders tests, skips some, and collects failures and passes."""

    def __init__(self, order: list[str], skipped: set[str]) -> None:
        self.skipped = skipped
        """Tests that are not run, since they fail on a right solution."""
        self.position = {name: number for number, name in enumerate(order)}
        self.failed: dict[str, str] = {}
        self.passed: list[str] = []
        self.problem = ""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Drop the skipped tests and put the rest in the given order, then those that it does not name."""
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
