"""k-means: reference, loops and scikit-learn side by side; every answer is verified.

    pytest benchmarks
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 pytest benchmarks    # one thread each

Each group of the table is one function on one data set. All peers share one process and come one
after the other, not interleaved: read medians and their spread, not third digits. On a machine
that does other things as well, threads that wait for each other make the spread wide.
"""

from __future__ import annotations

import pytest
from sidebyside import threads
from workloads import CHINA, CHINA_SAMPLE, DIGITS

from harness.authoring import CENTERS, INERTIA, call, exact, near, outputs

JUDGES = {
    "assign": outputs(labels=exact),
    "kmeans": outputs(labels=exact, centers=near(CENTERS), inertia=near(INERTIA), n_iter=exact),
}
WORKLOADS = [DIGITS, CHINA_SAMPLE, CHINA]


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name.split(",")[0])
@pytest.mark.parametrize("function", JUDGES)
def test_kmeans(benchmark, peer, oracle, function, workload):
    """Time one call at a time; look at its answer before the next."""
    arguments = workload.make()
    benchmark.group = f"{function}, {workload.name}"
    if function == "kmeans":
        arguments["max_iter"] = workload.max_iter
        benchmark.group += f", at most {workload.max_iter} iterations"
    steps = [call(function, **arguments)]
    expected = oracle.first_call(function, arguments)
    answers = [peer.first_call(function, arguments)]
    timed = getattr(peer.module, function)

    def once():
        answers.append(timed(**arguments))

    def verify():
        message = JUDGES[function](steps, [answers.pop()], [expected])
        assert message is None, f"{peer.name}, {function}: {message}"

    verify()
    benchmark.name = peer.name
    benchmark.extra_info.update(
        import_seconds=peer.import_seconds, first_call=peer.first_calls[function], threads=threads()
    )
    benchmark.pedantic(once, teardown=verify, rounds=workload.rounds, iterations=1)
    while answers:  # without the clock (`-n`, --benchmark-disable) there is no teardown
        verify()
