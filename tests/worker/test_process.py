"""A worker's process is started for a candidate's file, and leaves nothing when it is closed."""

import psutil
from mlkata.worker.process import Process


def test_numba_is_imported_ahead_if_the_file_mentions_it(tmp_path):
    """Importing numba takes long, so the process does it while the kit starts."""
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


def test_closing_leaves_nothing(tmp_path):
    """The process, its folder and its guard, which cleans up if the kit is killed, are gone."""
    process = Process.for_file(tmp_path / "none.py")
    pids = [process.popen.pid, process.guard.pid]
    assert all(psutil.pid_exists(pid) for pid in pids)
    process.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not process.folder.exists()
