"""The limits of a worker process, with their reasons. Seconds are CPU seconds unless a text says otherwise.

A case is one input that is judged, i.e. one call or a few calls of the candidate's functions.
"""

from __future__ import annotations

from contextlib import suppress

CPU_SECONDS = 3.0
"""For one case. Solutions in pure Python need less than 1 s for each case of the kit's tracks."""
NUMBA_SECONDS = 17.0
"""In addition to CPU_SECONDS if the source names numba. It is spent over all cases that call a function with
arguments of the same types: the first call compiles, but a later, larger input may compile another kernel."""
TRACING = 5
"""Factor on CPU_SECONDS for a case with a memory cap: it runs twice, the second time under tracemalloc."""
LOAD_SECONDS = 10.0
"""For the start of a worker, and then for importing the submission."""
WALL_FACTOR = 10
"""Wall seconds allowed for each CPU second: so many that a busy machine does not change a verdict."""
MAX_TIMEOUTS = 2
"""After this many timeouts of a function, its remaining cases are not run."""
SUBMISSION_SECONDS = 300.0
"""For a whole submission. After a crash or a timeout the next worker continues the count."""
WORKER_SECONDS = 300
"""For one worker process, enforced by the operating system, in case the kit's own limits fail to stop it."""
MAX_CALLS = 3000
"""Calls of `dist` in one case, which the kit answers. A call takes a third of a millisecond, so a candidate
who asks for one distance at a time could keep the kit busy for minutes."""
CALL_WALL_SECONDS = 0.1
"""Wall seconds that each call of `dist` adds to those of its case. Kit and worker take turns, and on a busy
machine each turn waits for a free core."""
OUTPUT_LIMIT = 1 << 20
"""Bytes printed in one case before the worker is stopped."""
OUTPUT_KEPT = 4000
"""Characters of the output that a report shows."""
MEMORY_LIMIT = 1 << 30
"""Resident bytes of a worker, checked by the kit, because macOS does not enforce ADDRESS_SPACE."""
ADDRESS_SPACE = 2 << 30
"""Bytes of virtual memory of a worker; numpy and numba with one thread peak near 400 MiB."""
THREADS = 256
"""Threads of a worker, checked by the kit. ADDRESS_SPACE holds 256 stacks of the usual 8 MiB, so only a
submission that asks for smaller stacks can exceed this limit."""
FILE_SIZE = 64 << 20
"""Bytes of a file that a worker writes; in the tier bwrap+seccomp, of its whole private folder."""
OPEN_FILES = 256
"""Open files of a worker, far more than a submission needs."""


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
    for resource_id, value in ceilings.items():
        _, hard_limit = resource.getrlimit(resource_id)  # a process can't raise its hard limits
        ceiling = value if hard_limit == resource.RLIM_INFINITY else min(value, hard_limit)
        with suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(resource_id, (ceiling, ceiling))
