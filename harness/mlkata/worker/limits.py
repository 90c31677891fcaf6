"""Every limit of a worker, with its reason. Seconds are CPU seconds unless the comment says otherwise."""

from __future__ import annotations

from contextlib import suppress

CPU_SECONDS = 3.0
"""For one case; pure Python needs less than 1 s for any case of the kit's."""
NUMBA_SECONDS = 17.0
"""In addition, for all calls of a function with arguments of the same types, if the source names numba:
the first call compiles, and a larger input may compile another kernel."""
TRACING = 5
"""Factor on the CPU time of a capped case: it runs twice, the second time with every allocation traced."""
LOAD_SECONDS = 10.0
"""For importing the submission."""
WALL_FACTOR = 10
"""Wall seconds allowed for each CPU second, so that a busy machine changes no verdict."""
MAX_TIMEOUTS = 2
"""After this many timeouts of a function its remaining cases are not run."""
SUBMISSION_SECONDS = 300.0
"""For a whole submission, over all its workers."""
WORKER_SECONDS = 300
"""For one worker, enforced by the operating system; the kit times each case."""
MAX_CALLS = 3000
"""Calls of counted callables in a case. A call takes a third of a millisecond: row by row takes minutes."""
OUTPUT_LIMIT = 1 << 20
"""Bytes printed in one case before the worker is stopped."""
OUTPUT_KEPT = 4000
"""Characters of the output that a report shows."""
MEMORY_LIMIT = 1 << 30
"""Bytes of a worker's memory, checked by the kit: macOS has no limit that a process keeps to."""
ADDRESS_SPACE = 2 << 30
"""In bytes; numpy and numba with one thread peak near 400 MiB."""
THREADS = 256
"""Threads of a worker, checked by the kit: with stacks of the usual 8 MiB its address space holds no more."""
FILE_SIZE = 64 << 20
OPEN_FILES = 256


def limit_self() -> None:
    """Limit the calling process and its children, before it loads the candidate's code."""
    import resource

    ceilings = {
        resource.RLIMIT_AS: ADDRESS_SPACE,
        resource.RLIMIT_FSIZE: FILE_SIZE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CPU: WORKER_SECONDS,
        resource.RLIMIT_CORE: 0,
    }
    for number, value in ceilings.items():
        _, hard = resource.getrlimit(number)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(number, (ceiling, ceiling))
