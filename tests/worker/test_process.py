"""A worker's process: started for a file, and gone with all it had."""

import subprocess
import sys
import time

import psutil
import pytest
from mlkata.worker import isolation, tiers
from mlkata.worker.process import Process


def test_what_a_file_names_is_imported_ahead(tmp_path):
    """Numba takes long to import: a file that names it gets a process that has it."""
    file = tmp_path / "kmeans.py"
    for source, numba in (("import numpy", False), ("from numba import njit", True)):
        file.write_text(source, encoding="utf-8")
        process = Process.for_file(file)
        try:
            assert ("numba" in process.popen.args) is numba
        finally:
            process.close()


def test_a_missing_file_is_not_its_business(tmp_path):
    """Whoever reads the file says that it is missing."""
    process = Process.for_file(tmp_path / "none.py")
    process.close()
    assert not process.folder.exists()


def test_starting_one_imports_no_arrays():
    """It is started first so that it gets ready while numpy is imported."""
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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a clock that only Linux has")
def test_a_clock_tells_what_another_process_has_used():
    """As psutil reads it from a file, to some hundredths; of one that is gone it tells nothing."""
    program = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1) as process:
        process.stdout.readline()
        told = psutil.Process(process.pid).cpu_times()
        used = time.clock_gettime(isolation.cpu_clock(process.pid))
        assert used >= 0.3
        assert abs(used - told.user - told.system) < 0.05
        process.communicate(b"\n")
    with pytest.raises(OSError, match="Invalid argument"):
        time.clock_gettime(isolation.cpu_clock(process.pid))


def test_what_only_a_worker_imports_is_compiled_ahead(tmp_path, monkeypatch):
    """Behind its walls it could keep nothing; where nobody wants compiled files, there are none."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    for unwanted in (True, False):
        monkeypatch.setattr(sys, "dont_write_bytecode", unwanted)
        tiers._compile.__wrapped__()
        kept = {path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")}
        assert kept == (set() if unwanted else {"admission", "child", "given", "hostile", "serving", "walls"})
