"""Serve one submission inside the worker's process: load it, call its functions, pack the results.

The kit asks for one case after another. A case has one step or a few, each a call of a candidate's function;
a step may use the result of an earlier one. Replies first announce types and shapes; arrays are sent when the
kit asks for them. Whatever the candidate's code raises becomes a reply.
"""

from __future__ import annotations

import importlib.util
import linecache
import sys
import threading
import traceback
from collections import namedtuple
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from mlkata.tracks import loading
from mlkata.tracks.arguments import Callback, Result, Rng
from mlkata.worker import admission, given, wire

Frame = tuple[dict[str, Any], bytes]
"""The header and the body of a message."""
WireStep = list[Any]
"""A step as it is sent: the function's name, the number of arguments to pass by position, and the arguments
by name, as JSON trees (see `wire.pack`)."""
_MAX_TRACEBACK = 20
"""Lines of a traceback that are sent, the innermost ones."""
_RESERVE = 16 << 20
"""Bytes that are allocated at the start and freed after a MemoryError, so that a reply can be written."""


class Served:
    """The loaded submission, and the results of the current case; `read` and `write` frames of the kit."""

    def __init__(self, read: Callable[[], Frame | None], write: Callable[[bytes], None]) -> None:
        self.read = read
        self.write = write
        self.module: ModuleType | None = None
        self.file = ""
        self.results: list[Any] = []
        self.arrays: list[Any] = []
        self.reserve = [bytearray(_RESERVE)]
        self.ask_lock = threading.Lock()
        self.own_tests: Any = None

    def handle(self, header: dict[str, Any], body: bytes) -> None:
        """Handle a request and write the reply."""
        if header["type"] == "load":
            reply, reply_body = self.load(header, body), b""
        elif header["type"] == "go":
            reply, reply_body = self.go(header, body), b""
        elif header["type"] in ("implementation", "called", "tests"):
            reply, reply_body = self.tested(header, body)
        else:  # "fetch"
            lengths, reply_body = wire.join(self.arrays)
            reply = {"type": "values", "lengths": lengths}
        data = wire.frame(reply, reply_body)
        if reply["type"] == "done" and len(data) > wire.MAX_HEADER:
            data = wire.frame(reply | self.too_long(reply["values"]))
        _flush()
        self.write(data)

    def tested(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Handle a request about tests that the candidate has written (see `tested`)."""
        if self.own_tests is None:
            from mlkata.worker.tested import OwnTests

            self.own_tests = OwnTests(self.ask)
        reply, reply_body = self.own_tests.handle(header, body)
        return reply, reply_body

    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Ask the kit a question while it waits for the worker's answer; return its reply."""
        self.write(wire.frame(header, body))
        return self.read() or sys.exit()  # no reply: the kit has ended

    def load(self, header: dict[str, Any], data: bytes) -> dict[str, Any]:
        """Import the submission, or one of the kit's solutions; return `ready` or a refusal."""
        if "path" in header:
            from mlkata.worker import tested

            self.file = header["path"]
            return self.imported(lambda: tested.ours(header["path"], header["cache"]), header["name"])
        file, name = Path.cwd() / header["file"], header["name"]
        self.file = str(file)
        file.write_bytes(data)
        try:
            source = importlib.util.decode_source(data)
        except (SyntaxError, ValueError) as error:
            return {"type": "refused", **admission.syntax_refusal(error, name)}
        # Tracebacks then quote the lines of the file as it is now, even if it is overwritten.
        linecache.cache[self.file] = (len(source), None, source.splitlines(keepends=True), self.file)
        refused = admission.refuse(source, self.file, name)
        if refused:
            return {"type": "refused", **refused}
        return self.imported(lambda: loading.execute(file.stem, file), name)

    def imported(self, load: Callable[[], ModuleType], name: str) -> dict[str, Any]:
        """Run `load` and keep the module; return `ready`, or a refusal if it fails."""
        try:
            self.module = load()
        except admission.PolicyError as error:
            return {"type": "refused", "kind": "policy", "message": f"{name}: {error}"}
        except MemoryError as error:
            self.reserve.clear()
            traceback.clear_frames(error.__traceback__)
            message = f"{name} cannot be imported: it needs more memory than is available"
            return {"type": "refused", "kind": "memory", "message": message}
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are answers too
            raised = self.raised(error)
            detail = f": {raised['message']}" if raised["message"] else ""
            message = f"{name} cannot be imported: {raised['types'][0]}{detail}"
            return {"type": "refused", "kind": "import", "message": message[:2000], "raised": raised}
        return {"type": "ready"}

    def go(self, header: dict[str, Any], body: bytes) -> dict[str, Any]:
        """Run one case; return a reply that announces the results, which stay here until they are fetched.

        If the case is hostile, np.argpartition shuffles what numpy's documentation leaves undefined.
        """
        arrays = wire.split(header["lengths"], body)
        if header["timed"]:
            return self.timed(header, arrays)
        if header["hostile"]:
            from mlkata.worker.hostile import hostile_argpartition

            with hostile_argpartition():
                return self.steps(header, arrays)
        return self.steps(header, arrays)

    def timed(self, header: dict[str, Any], arrays: list[Any]) -> dict[str, Any]:
        """Run a case whose time is measured: prepare all calls, wait for the kit's clock to start, run them.

        Unlike in other cases, the steps share their copies of the arguments, and changed inputs are not
        reported.
        """
        for index, (function, _, _) in enumerate(header["steps"]):
            if not self.has(function):
                return _missing(index, function)
        shared = given.Fresh(arrays)
        calls = [self.prepare(step, shared) for step in header["steps"]]
        self.write(wire.frame({"type": "held"}))
        if not self.read():
            sys.exit()
        self.results, self.arrays = [], []
        for index, call in enumerate(calls):
            try:
                self.results.append(call())
            except BaseException as error:  # noqa: BLE001 - any exception is an answer
                return {"type": "raised", "step": index, **self.raised(error)}
        return self.done(header, [])

    def steps(self, header: dict[str, Any], arrays: list[Any]) -> dict[str, Any]:
        """Run the steps of a case in order; stop at the first that raises or changes its input."""
        self.results, self.arrays = [], []
        peaks = []
        for index, step in enumerate(header["steps"]):
            function, _, argument_trees = step
            if not self.has(function):
                return _missing(index, function)
            fresh = given.Fresh(arrays)
            try:
                call = self.prepare(step, fresh)
                if index in header["capped"]:  # the steps whose peak memory is limited
                    # The first call of a function with numba compiles, which takes memory; so call it twice.
                    self.prepare(step, given.Fresh(arrays), rehearsal=True)()
                    peak, result = given.peak(call)
                    peaks.append([index, peak])
                else:
                    result = call()
                self.results.append(result)
            except BaseException as error:  # noqa: BLE001 - any exception is an answer
                return {"type": "raised", "step": index, **self.raised(error)}
            changed = fresh.changed()
            if changed:
                names = [key for key, tree in argument_trees.items() if given.arrays_of(tree) & changed]
                first_changed = names[0] if names else "an argument"
                return {"type": "changed", "step": index, "argument": first_changed}
        return self.done(header, peaks)

    def done(self, header: dict[str, Any], peaks: list[Any]) -> dict[str, Any]:
        """Return the reply that announces the results of the steps `header["fetch"]`.

        Their arrays stay in the worker until the kit asks for them.
        """
        try:
            trees = [wire.pack(self.results[index], self.arrays) for index in header["fetch"]]
        except MemoryError as error:
            return {"type": "raised", "step": header["fetch"][-1], **self.raised(error)}
        return {"type": "done", "values": trees, "peaks": peaks}

    def has(self, function: str) -> bool:
        """Return whether the submission defines this name, and not as None."""
        return vars(self.module).get(function) is not None

    def prepare(self, step: WireStep, fresh: given.Fresh, *, rehearsal: bool = False) -> Callable[[], Any]:
        """Build a step's arguments and return a callable that calls the function with them.

        A rehearsal is a first call whose result is not used. It gets copies of earlier results, so that it
        can't change them.
        """
        name, n_positional, trees = step
        values = {key: wire.unpack(tree, fresh, record=self.record) for key, tree in trees.items()}
        arguments = {key: self.argument(value) for key, value in values.items()}
        if rehearsal:
            arguments = {
                key: deepcopy(argument) if isinstance(values[key], Result) else argument
                for key, argument in arguments.items()
            }
        leading = [arguments.pop(key) for key in list(arguments)[:n_positional]]
        function = vars(self.module)[name]
        return lambda: function(*leading, **arguments)

    def too_long(self, values: list[Any]) -> dict[str, Any]:
        """Return a reply for results whose JSON is too long to send, such as lists of millions of numbers."""
        tags = [next(iter(tree)) if isinstance(tree, dict) else type(tree).__name__ for tree in values]
        self.arrays = []
        return {"type": "done", "values": [{"other": f"{tag} too long to send"} for tag in tags]}

    def argument(self, value: Any) -> Any:
        """Replace a stand-in (Rng, Callback, Result) by the value that it stands for."""
        if isinstance(value, Rng):
            import numpy as np

            return np.random.default_rng(value.seed)
        if isinstance(value, Callback):
            return partial(self.ask_distances, value.number)
        if type(value) in (list, tuple):
            return type(value)(self.argument(item) for item in value)
        return self.results[value.step] if isinstance(value, Result) else value

    def record(self, name: str, fields: list[str], values: list[Any]) -> Any:
        """Return a named tuple of the candidate's class, or of a new class with the same fields."""
        record = vars(self.module).get(name)
        if isinstance(record, type) and getattr(record, "_fields", None) == tuple(fields):
            return record(*values)
        return namedtuple(name, fields)(*values)  # noqa: PYI024 - its fields are known only now

    def ask_distances(self, number: int, q: Any, ids: Any) -> Any:
        """Ask the kit, which counts them, for the distances from q to the rows `ids`."""
        import numpy as np

        q = np.asarray(q, dtype="<f8")
        ids = np.asarray(ids)
        if q.ndim != 1 or ids.ndim != 1 or (len(ids) and ids.dtype.kind not in "iu"):
            raise ValueError(
                f"dist(q, ids): expected a vector and a vector of row numbers, got q of shape {q.shape} "
                f"and ids of shape {ids.shape} and dtype {ids.dtype}"
            )
        ids = ids.astype("<i8")
        header = {"type": "call", "callback": number, "features": len(q), "ids": len(ids)}
        with self.ask_lock:  # the candidate's threads take turns
            reply, body = self.ask(header, q.tobytes() + ids.tobytes())
        if reply["type"] == "refused":
            raise ValueError(reply["message"])
        return np.frombuffer(body, dtype="<f8").copy()

    def raised(self, error: BaseException) -> dict[str, Any]:
        """Return an exception as names and text; the traceback has only lines of the candidate's file."""
        if isinstance(error, MemoryError):
            self.reserve.clear()
            traceback.clear_frames(error.__traceback__)  # frees the candidate's local variables
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(self.file)]
        lines = [f"line {f.lineno}, in {f.name}: {f.line}" for f in frames[-_MAX_TRACEBACK:]]
        try:
            message = str(error)
        except Exception:  # noqa: BLE001 - the candidate's exception may fail to print
            message = ""
        types = [c.__name__ for c in type(error).__mro__ if c not in (object, BaseException)]
        return {"types": types, "message": message[:2000], "traceback": "\n".join(lines)[:4000]}


def _missing(index: int, function: str) -> dict[str, Any]:
    """Return the reply for a function that the submission lacks: as if the stub had raised its error."""
    message = f"there is no function {function}"
    return {
        "type": "raised",
        "step": index,
        "types": ["NotImplementedError"],
        "message": message,
        "traceback": "",
    }


def _flush() -> None:
    """Write out what the candidate has printed, so that the kit has it before the reply."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: BLE001, S112 - a candidate may have closed or replaced it
            continue
