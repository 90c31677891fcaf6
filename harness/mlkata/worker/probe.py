"""Test a tier's walls: raise them in this process and try forbidden actions. Exit with 0 if all fail."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mlkata.worker import walls


def main(tier: str) -> None:
    """Try actions that must fail, then one that must succeed."""
    walls.raise_all(tier, Path.cwd())
    for action, attempt in (
        ("a new process", os.fork),
        ("a file of the system", Path("/etc/passwd").read_bytes),
        ("a signal to another process", lambda: os.kill(os.getppid() or 1, 0)),
        ("a socket", lambda: __import__("socket").socket()),
    ):
        try:
            attempt()
        except OSError:
            continue
        sys.exit(f"{action} was not stopped")
    file = Path("probe")
    file.write_text("probe", encoding="utf-8")
    file.unlink()


if __name__ == "__main__":
    main(sys.argv[1])
