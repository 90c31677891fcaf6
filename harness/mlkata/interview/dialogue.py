"""Waits for a line, for the clock and for other threads at once: in a terminal, over ssh, from a pipe."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from mlkata.report import console

Happening = str | Callable[[], None] | None
"""A line that was typed, something that another thread wants done in ours, or the end of the input."""


class Terminal:
    """Standard input, and where the clock is shown."""

    def __init__(self) -> None:
        self._happenings: queue.SimpleQueue[Happening] = queue.SimpleQueue()
        self._shown = ""
        threading.Thread(target=self._read, name="input", daemon=True).start()

    def ask(self, prompt: str) -> None:
        """Write a prompt, and stay on its line."""
        console.OUT.print(prompt, end=" ", style="bold")
        console.OUT.file.flush()

    def wait(self, seconds: float) -> Happening:
        """Return what happens next. Raises TimeoutError if nothing does in so many seconds."""
        try:
            return self._happenings.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None

    def tell(self, act: Callable[[], None]) -> None:
        """Have something done by who waits; for other threads."""
        self._happenings.put(act)

    def title(self, words: str) -> None:
        """Show words in the terminal's title, where there is one: a clock that disturbs nobody who types."""
        if sys.stdout.isatty() and words != self._shown:
            console.OUT.set_window_title(words)
            self._shown = words

    def _read(self) -> None:
        """Hand on lines. Not by sys.stdin: a thread that waits in it would be in the way when we end."""
        rest = b""
        with suppress(OSError):  # a terminal that is gone is the end of the input, too
            while data := os.read(sys.stdin.fileno(), 4096):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._happenings.put(line.decode("utf-8", "replace").strip())
        if rest:
            self._happenings.put(rest.decode("utf-8", "replace").strip())
        self._happenings.put(None)
