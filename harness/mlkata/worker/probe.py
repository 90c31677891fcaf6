"""Raises a tier's walls in a process of its own and runs against them: status 0 where all of them hold."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mlkata.worker import walls


def main(tier: str) -> None:
    """Try what must not succeed, then what must."""
    walls.raise_all(tier, Path.cwd())
    for what, attempt in (
        ("a new process", os.fork),
        ("a file of the system", Path("/etc/passwd").read_bytes),
        ("a signal to another process", lambda: os.kill(os.getppid() or 1, 0)),
        ("a socket", lambda: __import__("socket").socket()),
    ):
        try:
            attempt()
        except OSError:
            continue
        sys.exit(f"{what} was not stopped")
    file = Path("probe")
    file.write_text("kept", encoding="utf-8")
    file.unlink()


if __name__ == "__main__":
    main(sys.argv[1])
