"""The store writes whole files, appends lines that are never lost, and locks until the holder ends."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import platformdirs
import platformdirs.macos
import platformdirs.unix
import pytest
from mlkata import files


def start_process(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    """Start a Python process with this script."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def next_line(process: subprocess.Popen[bytes]) -> bytes:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline()


class TestWrite:
    def test_a_file_is_created_and_replaced(self, tmp_path):
        """A new file has the usual permissions; an existing one keeps its own."""
        file = tmp_path / "a.bin"
        for umask in (0o077, 0o002):
            file.unlink(missing_ok=True)
            before = os.umask(umask)
            try:
                files.write(file, b"old")
            finally:
                os.umask(before)
            assert file.stat().st_mode & 0o777 == 0o666 & ~umask
        file.chmod(0o600)
        files.write(file, b"new", sync=False)
        assert file.read_bytes() == b"new"
        assert file.stat().st_mode & 0o777 == 0o600
        assert list(tmp_path.iterdir()) == [file]

    @pytest.mark.parametrize("call", ["os.fsync", "shutil.copymode", "pathlib.Path.replace"])
    def test_a_failure_leaves_the_old_file_and_nothing_else(self, tmp_path, monkeypatch, call):
        file = tmp_path / "a.bin"
        files.write(file, b"old")

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(call, full)
        with pytest.raises(OSError, match="No space"):
            files.write(file, b"new")
        monkeypatch.undo()
        assert file.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [file]

    def test_a_staged_file_replaces_the_old_one_at_the_end(self, tmp_path):
        """The old file stays until then, and for good if the block fails."""
        file = tmp_path / "a.bin"
        files.write(file, b"old")
        with files.staged(file, b"new"):
            assert file.read_bytes() == b"old"
        assert file.read_bytes() == b"new"
        with pytest.raises(KeyError), files.staged(file, b"newest"):
            raise KeyError
        assert file.read_bytes() == b"new"
        assert list(tmp_path.iterdir()) == [file]

    def test_a_kill_leaves_a_whole_file(self, tmp_path):
        """A reader sees one of the contents completely, whenever the kill comes."""
        file = tmp_path / "a.bin"
        script = """
            import sys
            from itertools import count
            from pathlib import Path
            from mlkata import files
            for number in count():
                files.write(Path(sys.argv[1]), b"%d" % (number % 10) * 300_000)
                if number == 3:
                    print("writing", flush=True)
        """
        for number in range(8):
            process = start_process(script, file)
            next_line(process)
            time.sleep(0.003 * number)
            process.kill()
            process.communicate()
            data = file.read_bytes()
            assert len(data) == 300_000
            assert len(set(data)) == 1


class TestLines:
    def test_appended_values_are_read(self, tmp_path):
        """They are read in order and unchanged, including characters that editors take for line ends."""
        file = tmp_path / "a.jsonl"
        values = [{"a": 1}, [1, "x"], {"typed": "a\u2028b\x85c\rd\n\x1b[31m\ud800ü"}, "text", None]
        assert list(files.read_lines(file)) == []
        starts = [files.append_line(file, value, sync=bool(i % 2)) for i, value in enumerate(values)]
        assert list(files.read_lines(file)) == values
        assert starts == [at for at, _ in files.raw_lines(file)]
        assert file.read_bytes().isascii()
        assert file.read_bytes().count(b"\n") == len(values)

    def test_invalid_lines_are_skipped(self, tmp_path):
        """Invalid JSON, empty lines and bytes that are not text are skipped; other line ends are accepted."""
        file = tmp_path / "a.jsonl"
        file.write_bytes(
            b'\n{"a": 1}\r\n{\nnonsense\n\x00\xff\n' + b"[" * 100_000 + b'\n{"b": "\xff"}\n{"c": 3}'
        )
        assert list(files.read_lines(file)) == [{"a": 1}, {"b": "\ufffd"}, {"c": 3}]

    def test_a_truncated_line_does_not_spoil_the_next_one(self, tmp_path):
        """Wherever a kill truncates a line, the next value begins on a new line."""
        file = tmp_path / "a.jsonl"
        for value in ({"n": 1}, {"n": 2}):
            files.append_line(file, value)
        whole = file.read_bytes()
        for end in range(len(whole)):
            file.write_bytes(whole[:end])
            before = list(files.read_lines(file))
            at = files.append_line(file, {"n": 3})
            assert list(files.read_lines(file)) == [*before, {"n": 3}]
            assert json.loads(file.read_bytes()[at:]) == {"n": 3}

    def test_a_truncated_line_can_be_removed(self, tmp_path):
        """Complete lines stay, even if they are not JSON; a missing file is no error."""
        file = tmp_path / "a.jsonl"
        files.cut_torn(file)
        file.write_bytes(b'{"n": 1}\nx\n{"n": 2')
        files.cut_torn(file)
        files.cut_torn(file)
        assert file.read_bytes() == b'{"n": 1}\nx\n'

    def test_values_that_are_no_json_are_refused(self, tmp_path):
        """Other programs could not read a line with NaN; the file does not change."""
        with pytest.raises(ValueError, match="not JSON compliant"):
            files.append_line(tmp_path / "a.jsonl", {"n": float("nan")})
        assert list(tmp_path.iterdir()) == []

    def test_a_full_disk_raises_an_error(self):
        """A failed write does not go unnoticed."""
        with pytest.raises(OSError, match="No space left"):
            files.append_line(Path("/dev/full"), {"n": 1})

    def test_processes_append_without_losing_lines(self, tmp_path):
        """Lines are longer than a pipe or a buffer holds at once."""
        file = tmp_path / "a.jsonl"
        script = """
            import sys
            from pathlib import Path
            from mlkata import files
            for number in range(40):
                files.append_line(Path(sys.argv[1]), [sys.argv[2], number, "x" * 20_000])
        """
        for process in [start_process(script, file, name) for name in "abc"]:
            process.communicate()
            assert process.returncode == 0
        got = [(name, number) for name, number, _ in files.read_lines(file)]
        assert sorted(got) == [(name, number) for name in "abc" for number in range(40)]
        for name in "abc":
            assert [number for writer, number in got if writer == name] == list(range(40))


HOLD = """
    import subprocess, sys, time
    from pathlib import Path
    from mlkata import files
    with files.lock(Path(sys.argv[1])):
        child = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL)
        print(child.pid, flush=True)
        time.sleep(600)
"""

TAKE_TURNS = """
    import sys, threading, time
    from pathlib import Path
    from mlkata import files

    def work():
        with files.lock(Path(sys.argv[1])):
            inside = Path(sys.argv[2])
            inside.open("x").close()  # fails if another holder is inside
            time.sleep(1.1)
            inside.unlink()
            files.append_line(Path(sys.argv[3]), 1)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


class TestLock:
    def test_holders_exclude_each_other_however_long_they_wait(self, tmp_path):
        """Two processes with three threads each hold it for a second: the last waits for more than five."""
        paths = [tmp_path / name for name in ("state.json", "inside", "done.jsonl")]
        for process in [start_process(TAKE_TURNS, *paths) for _ in range(2)]:
            process.communicate()
        assert list(files.read_lines(paths[2])) == [1] * 6

    def test_a_killed_holder_releases_the_lock_at_once(self, tmp_path):
        """This holds even if child processes of the holder live on."""
        file = tmp_path / "state.json"
        process = start_process(HOLD, file)
        child = int(next_line(process))
        try:
            with pytest.raises(TimeoutError):
                files.lock(file, wait=0)
            process.kill()
            process.communicate()
            with files.lock(file, wait=0):
                pass
        finally:
            os.kill(child, signal.SIGKILL)

    def test_a_leftover_lock_file_blocks_nothing(self, tmp_path):
        """Old or new, a lock file without a holder does not lock."""
        file = tmp_path / "state.json"
        for age in (0, 1_000_000):
            lock_file = tmp_path / ".state.json.lock"
            lock_file.touch()
            os.utime(lock_file, (time.time() - age,) * 2)
            with files.lock(file, wait=0), pytest.raises(TimeoutError):
                files.lock(file, wait=0.02)

    def test_threads_exclude_each_other(self, tmp_path):
        """A counter that is read and written under the lock misses no increment."""
        file = tmp_path / "count"
        file.write_text("0")

        def add():
            for _ in range(20):
                with files.lock(file):
                    file.write_text(str(int(file.read_text()) + 1))

        threads = [threading.Thread(target=add) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert file.read_text() == "80"

    def test_locking_does_not_change_the_file(self, tmp_path):
        """Locking neither creates the file nor changes its content."""
        file = tmp_path / "results.jsonl"
        with files.lock(file):
            assert not file.exists()
        file.write_text("kept")
        with files.lock(file):
            assert file.read_text() == "kept"

    def test_locking_in_a_missing_folder_is_an_error(self, tmp_path):
        """It is the system's error, as for any file."""
        with pytest.raises(FileNotFoundError):
            files.lock(tmp_path / "gone" / "state.json")
        assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    ("system", "tail"),
    [(platformdirs.unix.Unix, ".cache/mlkata"), (platformdirs.macos.MacOS, "Library/Caches/mlkata")],
)
def test_the_cache_is_where_the_system_keeps_caches(monkeypatch, tmp_path, system, tail):
    """XDG_CACHE_HOME takes precedence."""
    monkeypatch.setattr(platformdirs, "PlatformDirs", system)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert files.cache_folder() == tmp_path / "mlkata"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert files.cache_folder() == Path.home() / tail
