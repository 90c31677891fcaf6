"""A program that tests whether an isolation tier works on this machine.

It runs as `python -m mlkata.worker.probe TIER`, in a process started as a worker of this tier is. It
restricts itself as a worker does (see `walls`), then tries some actions that the tier must refuse. It exits
with status 0 if all of them fail and the process can still write a file in its own folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mlkata.worker import walls


def main(tier: str) -> None:
    """Exit with a message if an action that must fail succeeds; raise if writing a file fails."""
    walls.raise_all(tier, Path.cwd())
    for action, attempt in (
        ("a new process", os.fork),
        ("a file of the system", Path("/etc/passwd").read_bytes),
        ("a signal to another process", lambda: os.kill(os.getppid() or 1, 0)),  # 0 only asks for permission
        ("a socket", lambda: __import__("socket").socket()),
    ):
        try:
            attempt()
        except OSError:
            continue
        sys.exit(f"{action} was not stopped")
    own_file = Path("probe")
    own_file.write_text("probe", encoding="utf-8")
    own_file.unlink()


if __name__ == "__main__":
    main(sys.argv[1])
