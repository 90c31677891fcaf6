"""The worker's own process: waits for one submission, answers its cases, and dies.

Run as `python -m mlkata.worker.child TIER FOLDER [numba] [tests]`. Standard input and output are the
channel to the kit; what the candidate prints goes to standard error. Whatever happens here, the kit
believes nothing but frames that its own reader accepts.
"""

from __future__ import annotations

import gc
import importlib.util
import linecache
import os
import sys
import threading
import traceback
from collections import namedtuple
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from mlkata.tracks.arguments import Callback, Result, Rng
from mlkata.worker import admission

_MAX_TRACEBACK = 20
_RESERVE = 16 << 20
"""Bytes kept to say that there is no memory left."""


def main() -> None:
    """Serve one submission."""
    gc.disable()  # nothing of what is imported is ever garbage
    from mlkata.worker import hostile, limits, walls, wire  # noqa: F401 - once walled in, too late

    limits.limit_self()
    incoming, outgoing = _claim_channel()
    if "numba" in sys.argv[3:]:
        import numba  # noqa: F401
    if "tests" in sys.argv[3:]:
        import pytest  # noqa: F401
    walls.raise_all(sys.argv[1], Path.cwd(), tests="tests" in sys.argv[3:])
    sys.meta_path.insert(0, _Refuser())
    gc.freeze()
    gc.enable()
    outgoing.write(wire.frame({"type": "idle"}))
    served = _Served(wire, incoming, outgoing)
    while header := _read(incoming, wire):
        served.handle(*header)


class _Refuser:
    """Refuses scikit-learn, however it is imported, and what is installed but lies behind walls.

    Libraries try whether others are there (numba tries yaml), and expect an ImportError where not.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "sklearn":
            raise PolicyError("scikit-learn is the judge: it may not be imported here")
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.has_location and spec.origin:
            try:
                Path(spec.origin).open("rb").close()
            except PermissionError:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name) from None


class PolicyError(ImportError):
    """A module that the round does not allow."""


class _Served:
    """The submission once loaded, and the results of the case at hand."""

    def __init__(self, wire: Any, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self.wire = wire
        self.incoming = incoming
        self.outgoing = outgoing
        self.module: ModuleType | None = None
        self.file = ""
        self.results: list[Any] = []
        self.arrays: list[Any] = []
        self.reserve = [bytearray(_RESERVE)]
        self.asking = threading.Lock()
        self.own_tests: Any = None

    def handle(self, header: dict[str, Any], body: bytes) -> None:
        if header["type"] == "load":
            reply, sent = self.load(Path.cwd() / header["file"], body, header["name"]), b""
        elif header["type"] == "go":
            reply, sent = self.go(header, body), b""
        elif header["type"] in ("implementation", "called", "tests"):
            reply, sent = self.tested(header, body)
        else:
            lengths, sent = self.wire.join(self.arrays)
            reply = {"type": "values", "lengths": lengths}
        data = self.wire.frame(reply, sent)
        if reply["type"] == "done" and len(data) > self.wire.MAX_HEADER:
            data = self.wire.frame(reply | self.too_long(reply["values"]))
        _flush()
        self.outgoing.write(data)

    def tested(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Be one side of a candidate's own tests, or both."""
        if self.own_tests is None:
            from mlkata.worker.tested import OwnTests

            self.own_tests = OwnTests(self.ask)
        reply, sent = self.own_tests.handle(header, body)
        return reply, sent

    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Ask the kit for something while it waits for an answer of ours."""
        self.outgoing.write(self.wire.frame(header, body))
        return _read(self.incoming, self.wire) or sys.exit()

    def load(self, file: Path, data: bytes, name: str) -> dict[str, Any]:
        """Write the submission down and import it; say what is wrong with it where that fails."""
        self.file = str(file)
        file.write_bytes(data)
        try:
            source = importlib.util.decode_source(data)
        except (SyntaxError, ValueError) as error:
            return {"type": "refused", **admission.no_python(error, name)}
        linecache.cache[self.file] = (len(source), None, source.splitlines(keepends=True), self.file)
        refused = admission.refuse(source, self.file, name)
        if refused:
            return {"type": "refused", **refused}
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None and spec.loader is not None  # noqa: PT018, S101 - the file exists
        self.module = importlib.util.module_from_spec(spec)
        sys.modules[file.stem] = self.module
        try:
            spec.loader.exec_module(self.module)
        except PolicyError as error:
            return {"type": "refused", "kind": "policy", "message": f"{name}: {error}"}
        except MemoryError as error:
            self.reserve.clear()
            traceback.clear_frames(error.__traceback__)
            message = f"{name} cannot be imported: it needs more memory than there is"
            return {"type": "refused", "kind": "memory", "message": message}
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are answers too
            raised = self.raised(error)
            said = f": {raised['message']}" if raised["message"] else ""
            message = f"{name} cannot be imported: {raised['types'][0]}{said}"
            return {"type": "refused", "kind": "import", "message": message[:2000], "raised": raised}
        return {"type": "ready"}

    def go(self, header: dict[str, Any], body: bytes) -> dict[str, Any]:
        """Run the steps of one case; results stay here until they are fetched."""
        arrays = self.wire.split(header["lengths"], body)
        if header["timed"]:
            return self.timed(header, arrays)
        if header["hostile"]:
            from mlkata.worker.hostile import hostile_argpartition

            with hostile_argpartition():
                return self.steps(header, arrays)
        return self.steps(header, arrays)

    def timed(self, header: dict[str, Any], arrays: list[Any]) -> dict[str, Any]:
        """Run calls one after the other once their arguments are here and the kit's clock has started."""
        for index, step in enumerate(header["steps"]):
            if not self.has(step[0]):
                return _missing(index, step[0])
        shared = _Fresh(arrays)
        calls = [self.prepare(step, shared) for step in header["steps"]]
        self.outgoing.write(self.wire.frame({"type": "held"}))
        if not _read(self.incoming, self.wire):
            sys.exit()
        self.results, self.arrays = [], []
        for index, call in enumerate(calls):
            try:
                self.results.append(call())
            except BaseException as error:  # noqa: BLE001 - whatever is raised is the answer
                return {"type": "raised", "step": index, **self.raised(error)}
        return self.done(header, [])

    def steps(self, header: dict[str, Any], arrays: list[Any]) -> dict[str, Any]:
        self.results, self.arrays = [], []
        peaks = []
        for index, step in enumerate(header["steps"]):
            if not self.has(step[0]):
                return _missing(index, step[0])
            fresh = _Fresh(arrays)
            try:
                call = self.prepare(step, fresh)
                if index in header["capped"]:
                    self.prepare(step, _Fresh(arrays), rehearsal=True)()  # here numba compiles
                    peak, result = _peak(call)
                    peaks.append([index, peak])
                else:
                    result = call()
                self.results.append(result)
            except BaseException as error:  # noqa: BLE001 - whatever is raised is the answer
                return {"type": "raised", "step": index, **self.raised(error)}
            changed = fresh.changed()
            if changed:
                names = [key for key, tree in step[2].items() if _arrays_of(tree) & changed]
                return {"type": "changed", "step": index, "argument": (names or ["an argument"])[0]}
        return self.done(header, peaks)

    def done(self, header: dict[str, Any], peaks: list[Any]) -> dict[str, Any]:
        """Announce the results that the kit asked for; their bytes stay here."""
        try:
            trees = [self.wire.pack(self.results[index], self.arrays) for index in header["fetch"]]
        except MemoryError as error:
            return {"type": "raised", "step": header["fetch"][-1], **self.raised(error)}
        return {"type": "done", "values": trees, "peaks": peaks}

    def has(self, function: str) -> bool:
        """Has the submission something of this name?"""
        return vars(self.module).get(function) is not None

    def prepare(self, step: list[Any], fresh: _Fresh, *, rehearsal: bool = False) -> Callable[[], Any]:
        """Make a step's arguments anew; what comes back calls the function with them.

        A rehearsal gets copies of earlier results, so that it leaves no trace in them.
        """
        name, positional, trees = step
        values = {key: self.wire.unpack(tree, fresh, record=self.record) for key, tree in trees.items()}
        arguments = {key: self.argument(value) for key, value in values.items()}
        if rehearsal:
            arguments = {
                key: deepcopy(one) if isinstance(values[key], Result) else one
                for key, one in arguments.items()
            }
        leading = [arguments.pop(key) for key in list(arguments)[:positional]]
        function = vars(self.module)[name]
        return lambda: function(*leading, **arguments)

    def too_long(self, values: list[Any]) -> dict[str, Any]:
        """Say that lists of millions of numbers came back, and no more."""
        tags = [next(iter(tree)) if isinstance(tree, dict) else type(tree).__name__ for tree in values]
        self.arrays = []
        return {"type": "done", "values": [{"other": f"{tag} too long to send"} for tag in tags]}

    def argument(self, value: Any) -> Any:
        """Turn what stands for something into that thing."""
        if isinstance(value, Rng):
            import numpy as np

            return np.random.default_rng(value.seed)
        if isinstance(value, Callback):
            return partial(self.ask_distances, value.number)
        if type(value) in (list, tuple):
            return type(value)(self.argument(one) for one in value)
        return self.results[value.step] if isinstance(value, Result) else value

    def record(self, name: str, fields: list[str], values: list[Any]) -> Any:
        """Make a named tuple of the candidate's own class, or of one like the stub's."""
        own = vars(self.module).get(name)
        if isinstance(own, type) and getattr(own, "_fields", None) == tuple(fields):
            return own(*values)
        return namedtuple(name, fields)(*values)  # noqa: PYI024 - its fields are known only now

    def ask_distances(self, number: int, q: Any, ids: Any) -> Any:
        """Ask the kit for the distances from q to the rows `ids`; it counts them."""
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
        with self.asking:  # threads of the candidate's take turns
            reply, body = self.ask(header, q.tobytes() + ids.tobytes())
        if reply["type"] == "refused":
            raise ValueError(reply["message"])
        return np.frombuffer(body, dtype="<f8").copy()

    def raised(self, error: BaseException) -> dict[str, Any]:
        """Write an exception as names and text, its traceback cut to the candidate's own frames."""
        if isinstance(error, MemoryError):
            self.reserve.clear()
            traceback.clear_frames(error.__traceback__)
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == self.file]
        lines = [f"line {f.lineno}, in {f.name}: {f.line}" for f in frames[-_MAX_TRACEBACK:]]
        try:
            message = str(error)
        except Exception:  # noqa: BLE001 - a candidate's own exception may break even here
            message = ""
        types = [c.__name__ for c in type(error).__mro__ if c not in (object, BaseException)]
        return {"types": types, "message": message[:2000], "traceback": "\n".join(lines)[:4000]}


def _missing(index: int, function: str) -> dict[str, Any]:
    message = f"there is no function {function}"
    return {
        "type": "raised",
        "step": index,
        "types": ["NotImplementedError"],
        "message": message,
        "traceback": "",
    }


def _peak(call: Callable[[], Any]) -> tuple[int, Any]:
    """Give the bytes that a call takes at its peak beyond its arguments, its result included, and that."""
    import tracemalloc

    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = call()
        return tracemalloc.get_traced_memory()[1] - before, result
    finally:
        tracemalloc.stop()


def _arrays_of(tree: Any) -> set[int]:
    """Number the arrays of an argument, those inside records and lists too."""
    if isinstance(tree, dict) and "array" in tree:
        return {tree["array"]}
    inside = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return set().union(*(_arrays_of(one) for one in inside))


def _claim_channel() -> tuple[BinaryIO, BinaryIO]:
    """Keep the channel for ourselves; the candidate's input is empty, its output is standard error."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    return incoming, _Whole(outgoing)  # type: ignore[return-value]


class _Whole:
    """A raw channel that always writes everything: one write to a pipe may take only a part."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self.raw.write(view) :]


def _read(incoming: BinaryIO, wire: Any) -> tuple[dict[str, Any], bytes] | None:
    head = incoming.read(wire.HEAD.size)
    if len(head) < wire.HEAD.size:
        return None  # the kit is gone, or done with us
    header, body = wire.HEAD.unpack(head)
    return wire.read_header(incoming.read(header)), incoming.read(body)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: BLE001, S112 - a candidate may have closed or replaced it
            continue


class _Fresh:
    """The arrays of one step, each copied when the step first asks for it."""

    def __init__(self, arrays: list[Any]) -> None:
        self.arrays = arrays
        self.made: dict[int, Any] = {}

    def __getitem__(self, index: int) -> Any:
        if index not in self.made:
            self.made[index] = self.arrays[index].copy(order="K")
        return self.made[index]

    def changed(self) -> set[int]:
        """Say which arrays the candidate has written into."""
        return {index for index, array in self.made.items() if not _same(array, self.arrays[index])}


def _same(array: Any, original: Any) -> bool:
    """Are two arrays alike, byte for byte? So NaN is the same as NaN."""
    alike = (array.dtype, array.shape, array.strides) == (original.dtype, original.shape, original.strides)
    return alike and array.tobytes(order="A") == original.tobytes(order="A")


if __name__ == "__main__":
    main()
