"""A worker's process: started for a file, and gone with all it had."""

import subprocess
import sys

import psutil

from harness.worker.process import Process


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
    program = "import sys, harness.worker.process; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_closing_leaves_nothing(tmp_path):
    """The process, its guard and its folder are gone."""
    process = Process.for_file(tmp_path / "none.py")
    pids = [process.popen.pid, process.guard.pid]
    assert all(psutil.pid_exists(pid) for pid in pids)
    process.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not process.folder.exists()
