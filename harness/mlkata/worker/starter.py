"""Start processes from one thread that lives as long as the kit.

bubblewrap is killed when the thread that started it ends, so no short-lived thread may start it.

The thread is a daemon, because Python waits at its end for all threads that are not. The thread of a
ThreadPoolExecutor is not, and does not end if Ctrl-C comes while it starts: the kit would wait for ever.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue

_Request = tuple[Callable[[], subprocess.Popen[bytes]], "Future[subprocess.Popen[bytes]]"]
_requests: SimpleQueue[_Request] = SimpleQueue()
_thread: threading.Thread | None = None


def start(popen: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Call `popen` in the thread, and return the process that it starts or raise its exception."""
    global _thread  # noqa: PLW0603 - one for the whole kit
    if _thread is None or not _thread.is_alive():  # after a fork, the thread is not there any more
        _thread = threading.Thread(target=_serve, name="starter", daemon=True)
        _thread.start()
    future: Future[subprocess.Popen[bytes]] = Future()
    _requests.put((popen, future))
    return future.result()


def _serve() -> None:
    while True:
        popen, future = _requests.get()
        try:
            future.set_result(popen())
        except BaseException as error:  # noqa: BLE001 - raised by `start`
            future.set_exception(error)
