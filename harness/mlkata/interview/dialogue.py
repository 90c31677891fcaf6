"""Wait for a typed line and for calls from other threads at the same time, on a terminal or from a pipe."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from mlkata.report import console

Event = str | Callable[[], None] | None
"""A typed line, a function that another thread wants called, or None at the end of the input."""


class Terminal:
    """Standard input, and the terminal's title, which shows the clock."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._title = ""
        threading.Thread(target=self._read, name="input", daemon=True).start()

    def ask(self, prompt: str) -> None:
        """Write a prompt without a line end."""
        console.OUT.print(prompt, end=" ", style="bold")
        console.OUT.file.flush()

    def wait(self, seconds: float) -> Event:
        """Return the next event. Raise TimeoutError if there is none within `seconds`."""
        try:
            return self._events.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Queue a function, from any thread, as an event: the thread that calls `wait` calls it."""
        self._events.put(callback)

    def title(self, title: str) -> None:
        """Set the terminal's title. The clock is shown there, as it would disturb typing elsewhere."""
        if sys.stdout.isatty() and title != self._title:
            console.OUT.set_window_title(title)
            self._title = title

    def _read(self) -> None:
        """Queue lines as they arrive, and None after the last.

        This reads the file descriptor, as a thread that waits in sys.stdin would delay the exit of the
        process.
        """
        partial = b""
        with suppress(OSError):  # a closed terminal also ends the input
            while data := os.read(sys.stdin.fileno(), 4096):
                *lines, partial = (partial + data).split(b"\n")
                for line in lines:
                    self._events.put(line.decode("utf-8", "replace").strip())
        if partial:
            self._events.put(partial.decode("utf-8", "replace").strip())
        self._events.put(None)
