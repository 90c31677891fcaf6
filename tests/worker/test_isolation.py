"""The CPU-time clock of another process, with which the kit measures workers on Linux."""

import subprocess
import sys
import time

import psutil
import pytest
from mlkata.worker import isolation


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has this clock")
def test_a_clock_measures_the_cpu_time_of_another_process():
    """It agrees with psutil, which counts hundredths of a second. A process that has ended has no clock."""
    program = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()  # from now on the process waits
        cpu_times = psutil.Process(process.pid).cpu_times()
        used = time.clock_gettime(isolation.cpu_clock(process.pid))
        assert used >= 0.3
        assert abs(used - cpu_times.user - cpu_times.system) < 0.05
        process.communicate(b"\n")
    with pytest.raises(OSError, match="Invalid argument"):
        time.clock_gettime(isolation.cpu_clock(process.pid))
