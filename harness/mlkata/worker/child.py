"""The program of a worker process: it loads one submission, answers the kit's requests, and exits.

It runs as `python -m mlkata.worker.child TIER FOLDER [numba] [tests]`: TIER is how the process is isolated
(see `tiers`), FOLDER is only shown in lists of processes, and the last words name what to import ahead, numba
or pytest. Requests and answers go through
standard input and output as frames (see `wire`); what the candidate prints goes to standard error. The
candidate's code can change anything in this process, so the kit checks each frame that comes from it.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, BinaryIO

from mlkata.worker.admission import PolicyError


def main() -> None:
    """Serve one submission until the kit closes the channel."""
    gc.disable()  # collecting garbage during the imports would only take time
    # hostile is not used here, but it is needed later, and an isolated process may not be able to read its
    # file.
    from mlkata.worker import hostile, limits, serving, walls, wire  # noqa: F401

    limits.limit_self()
    incoming, outgoing = _claim_channel()
    preload = sys.argv[3:]
    if "numba" in preload:
        import numba  # noqa: F401
    if "tests" in preload:
        import pytest  # noqa: F401
    walls.raise_all(sys.argv[1], Path.cwd(), tests="tests" in preload)
    sys.meta_path.insert(0, _Refuser())
    gc.freeze()  # the collector need not look at the modules again
    gc.enable()
    outgoing.write(wire.frame({"type": "idle"}))
    read = partial(_read, incoming, wire)
    served = serving.Served(read, outgoing.write)
    while frame := read():
        served.handle(*frame)


class _Refuser:
    """An import hook that refuses scikit-learn, and packages whose files an isolated worker may not read.

    Libraries probe for optional packages (numba for yaml) and expect an ImportError, not the
    PermissionError that a hidden package would raise.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise if the module is refused, else return None: the usual import hooks then find the module."""
        if name == "sklearn":
            raise PolicyError("sklearn may not be imported here: the judge compares answers with it")
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.has_location and spec.origin:
            try:
                Path(spec.origin).open("rb").close()
            except PermissionError:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name) from None


def _claim_channel() -> tuple[BinaryIO, _WholeWriter]:
    """Keep copies of standard input and output as the channel to the kit.

    For the candidate's code, standard input is then empty, and standard output is standard error.
    """
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    return incoming, _WholeWriter(outgoing)


class _WholeWriter:
    """Writes all data to an unbuffered file; a single `write` to a pipe may take only a part."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self.raw.write(view) :]


def _read(incoming: BinaryIO, wire: Any) -> tuple[dict[str, Any], bytes] | None:
    """Return the header and body of the next frame, or None at the end of the input."""
    sizes = incoming.read(wire.HEAD.size)
    if len(sizes) < wire.HEAD.size:
        return None  # the kit has ended, or needs this worker no longer
    header_size, body_size = wire.HEAD.unpack(sizes)
    return wire.read_header(incoming.read(header_size)), incoming.read(body_size)


if __name__ == "__main__":
    main()
