"""A worker's process is started for a file, and leaves nothing when closed."""

import subprocess
import sys
import time

import psutil
import pytest
from mlkata.worker import isolation, tiers
from mlkata.worker.process import Process


def test_numba_is_imported_ahead_if_the_file_mentions_it(tmp_path):
    """Its import takes long."""
    file = tmp_path / "kmeans.py"
    for source, numba in (("import numpy", False), ("from numba import njit", True)):
        file.write_text(source, encoding="utf-8")
        process = Process.for_file(file)
        try:
            assert ("numba" in process.popen.args) is numba
        finally:
            process.close()


def test_a_process_can_be_started_for_a_missing_file(tmp_path):
    """The code that reads the file reports that it is missing."""
    process = Process.for_file(tmp_path / "none.py")
    process.close()
    assert not process.folder.exists()


def test_starting_a_process_does_not_import_numpy():
    """The process starts first, and gets ready while the kit imports numpy."""
    program = "import sys, mlkata.worker.process; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_closing_leaves_nothing(tmp_path):
    """The process, its guard and its folder are gone."""
    process = Process.for_file(tmp_path / "none.py")
    pids = [process.popen.pid, process.guard.pid]
    assert all(psutil.pid_exists(pid) for pid in pids)
    process.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not process.folder.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has this clock")
def test_a_clock_measures_the_cpu_time_of_another_process():
    """It agrees with psutil to some hundredths; for a process that is gone it is an error."""
    program = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1) as process:
        process.stdout.readline()
        cpu_times = psutil.Process(process.pid).cpu_times()
        used = time.clock_gettime(isolation.cpu_clock(process.pid))
        assert used >= 0.3
        assert abs(used - cpu_times.user - cpu_times.system) < 0.05
        process.communicate(b"\n")
    with pytest.raises(OSError, match="Invalid argument"):
        time.clock_gettime(isolation.cpu_clock(process.pid))


def test_modules_of_the_worker_are_compiled_ahead(tmp_path, monkeypatch):
    """An isolated worker could not save them; if bytecode is switched off, nothing is compiled."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    for unwanted in (True, False):
        monkeypatch.setattr(sys, "dont_write_bytecode", unwanted)
        tiers._compile.__wrapped__()
        names = {path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")}
        assert names == (
            set() if unwanted else {"admission", "child", "given", "hostile", "serving", "walls"}
        )
