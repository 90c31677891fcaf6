"""The worker's own process: waits for one submission, answers its cases, and dies.

Run as `python -m mlkata.worker.child TIER FOLDER [numba] [tests]`. Standard input and output are the
channel to the kit; what the candidate prints goes to standard error. Whatever happens here, the kit
believes nothing but frames that its own reader accepts.
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
    gc.disable()  # nothing of what is imported is ever garbage
    from mlkata.worker import hostile, limits, serving, walls, wire  # noqa: F401 - once walled in, too late

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


def _claim_channel() -> tuple[BinaryIO, _Whole]:
    """Keep the channel for ourselves; the candidate's input is empty, its output is standard error."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    return incoming, _Whole(outgoing)


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


if __name__ == "__main__":
    main()
