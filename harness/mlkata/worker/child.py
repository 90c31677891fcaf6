"""The worker's own process: it loads one submission, answers its cases, and exits.

It runs as `python -m mlkata.worker.child TIER FOLDER [numba] [tests]`. Standard input and output are the
channel to the kit; what the candidate prints goes to standard error. The kit trusts nothing in this
process: it accepts only frames that its own reader finds valid.
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
    """Serve one submission."""
    gc.disable()  # nothing that is imported becomes garbage
    # hostile is imported for later: behind the walls it can't be.
    from mlkata.worker import hostile, limits, serving, walls, wire  # noqa: F401

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
    read = partial(_read, incoming, wire)
    served = serving.Served(read, outgoing.write)
    while frame := read():
        served.handle(*frame)


class _Refuser:
    """Refuses scikit-learn, however it is imported, and packages that the walls hide.

    Libraries probe for optional packages (numba for yaml) and expect an ImportError, not the
    PermissionError that a hidden package would raise.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "sklearn":
            raise PolicyError("sklearn may not be imported here: the judge compares answers with it")
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.has_location and spec.origin:
            try:
                Path(spec.origin).open("rb").close()
            except PermissionError:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name) from None


def _claim_channel() -> tuple[BinaryIO, _Whole]:
    """Take the channel away from the candidate, who reads no input and prints to standard error."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    return incoming, _Whole(outgoing)


class _Whole:
    """A raw channel that writes all data: a single write to a pipe may take only a part."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self.raw.write(view) :]


def _read(incoming: BinaryIO, wire: Any) -> tuple[dict[str, Any], bytes] | None:
    head = incoming.read(wire.HEAD.size)
    if len(head) < wire.HEAD.size:
        return None  # the kit has ended, or needs this worker no longer
    header, body = wire.HEAD.unpack(head)
    return wire.read_header(incoming.read(header)), incoming.read(body)


if __name__ == "__main__":
    main()
