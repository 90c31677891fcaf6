"""Every limit of a worker, with its reason. Seconds are CPU seconds unless a name says otherwise."""

from __future__ import annotations

from contextlib import suppress

CPU_SECONDS = 3.0
"""Of one case; pure Python needs under 1 s for any of ours."""
NUMBA_SECONDS = 17.0
"""More for a function, in all, since it was first called with arguments of some types, where the source
names numba: it compiles, and may compile another kernel once the input is larger."""
TRACING = 5
"""A capped case runs twice, the second time with every allocation noted: so many times the CPU time."""
LOAD_SECONDS = 10.0
"""For importing the submission."""
WALL_FACTOR = 10
"""Wall time allowed for each CPU second, so that a busy machine changes no verdict."""
MAX_TIMEOUTS = 2
"""After so many timeouts of one function its other cases are not run."""
SUBMISSION_SECONDS = 300.0
"""Of a whole submission, over all its workers."""
WORKER_SECONDS = 300
"""Of one worker, which the system holds it to; the kit times each case."""
MAX_CALLS = 3000
"""Calls of counted callables in a case, a third of a millisecond each: asking row by row takes minutes."""
OUTPUT_LIMIT = 1 << 20
"""Bytes printed in one case before the worker is stopped."""
OUTPUT_KEPT = 4000
"""Characters of it that a report shows."""
MEMORY_LIMIT = 1 << 30
"""Bytes of a worker's memory, by our own look at it: macOS has no limit that a process keeps to."""
ADDRESS_SPACE = 2 << 30
"""Bytes: numpy and numba with one thread peak near 400 MiB."""
THREADS = 256
"""Of a worker, by our own look at it: with stacks of the usual 8 MiB its address space has no more."""
FILE_SIZE = 64 << 20
OPEN_FILES = 256


def limit_self() -> None:
    """Limit the calling process, and its children, before it loads anything of the candidate's."""
    import resource

    wanted = {
        resource.RLIMIT_AS: ADDRESS_SPACE,
        resource.RLIMIT_FSIZE: FILE_SIZE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CPU: WORKER_SECONDS,
        resource.RLIMIT_CORE: 0,
    }
    for what, value in wanted.items():
        _, hard = resource.getrlimit(what)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(what, (ceiling, ceiling))
