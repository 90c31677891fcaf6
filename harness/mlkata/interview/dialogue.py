"""Wait for a line, the clock and other threads at the same time: in a terminal, over ssh, from a pipe."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from mlkata.report import console

Event = str | Callable[[], None] | None
"""A typed line, a call requested by another thread, or None at the end of the input."""


class Terminal:
    """Standard input, and the terminal's title, which shows the clock."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._shown = ""
        threading.Thread(target=self._read, name="input", daemon=True).start()

    def ask(self, prompt: str) -> None:
        """Write a prompt without a line end."""
        console.OUT.print(prompt, end=" ", style="bold")
        console.OUT.file.flush()

    def wait(self, seconds: float) -> Event:
        """Return the next event. Raises TimeoutError if there is none within `seconds`."""
        try:
            return self._events.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Have the thread in `wait` call a function; for use by other threads."""
        self._events.put(callback)

    def title(self, title: str) -> None:
        """Show the clock in the terminal's title, if it has one, where it does not disturb typing."""
        if sys.stdout.isatty() and title != self._shown:
            console.OUT.set_window_title(title)
            self._shown = title

    def _read(self) -> None:
        """Queue lines as they arrive. Not with sys.stdin: a thread blocked in it would delay our exit."""
        partial = b""
        with suppress(OSError):  # a closed terminal also ends the input
            while data := os.read(sys.stdin.fileno(), 4096):
                *lines, partial = (partial + data).split(b"\n")
                for line in lines:
                    self._events.put(line.decode("utf-8", "replace").strip())
        if partial:
            self._events.put(partial.decode("utf-8", "replace").strip())
        self._events.put(None)
