"""Files are written whole, appended lines are not lost, and a lock lasts until its holder ends."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import platformdirs
import platformdirs.macos
import platformdirs.unix
import pytest
from mlkata import files


def start_process(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    """Start a Python process with this script; its input ends when the returned object is closed."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def next_line(process: subprocess.Popen[bytes]) -> bytes:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline()


def run_at_once(script: str, *argument_lists: list[object]) -> None:
    """Run a script in one process for each list of arguments. All begin when the last one is ready."""
    when_told = "import sys, filelock, mlkata.files\nprint('ready', flush=True)\nsys.stdin.readline()\n"
    script = when_told + textwrap.dedent(script)
    processes = [start_process(script, *arguments) for arguments in argument_lists]
    for process in processes:
        assert next_line(process) == b"ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0


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
        """Here the disk is full at one of the calls that write or replace the file."""
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
        """It does so at the end of the `with` block; if the block fails, the old file stays."""
        file = tmp_path / "a.bin"
        files.write(file, b"old")
        with files.staged(file, b"new"):
            assert file.read_bytes() == b"old"
        assert file.read_bytes() == b"new"
        with pytest.raises(KeyError), files.staged(file, b"newest"):
            raise KeyError
        assert file.read_bytes() == b"new"
        assert list(tmp_path.iterdir()) == [file]

    @pytest.mark.parametrize("call", ["os.fdopen", "os.fsync", "shutil.copymode", "pathlib.Path.replace"])
    def test_a_kill_before_the_replacement_leaves_the_old_file(self, tmp_path, call):
        """The process kills itself instead of making one of the calls that `write` consists of."""
        file = tmp_path / "a.bin"
        files.write(file, b"old")
        script = """
            import os, pkgutil, signal, sys
            from pathlib import Path
            from mlkata import files
            owner, _, name = sys.argv[2].rpartition(".")
            setattr(pkgutil.resolve_name(owner), name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            files.write(Path(sys.argv[1]), b"new")
        """
        process = start_process(script, file, call)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert file.read_bytes() == b"old"


class TestLines:
    def test_appended_values_are_read(self, tmp_path):
        """The order and the values stay the same, also with characters that editors take for line ends."""
        file = tmp_path / "a.jsonl"
        values = [{"a": 1}, [1, "x"], {"typed": "a\u2028b\x85c\rd\n\x1b[31m\ud800ü"}, "text", None]
        assert list(files.read_lines(file)) == []
        offsets = [files.append_line(file, value, sync=bool(i % 2)) for i, value in enumerate(values)]
        assert list(files.read_lines(file)) == values
        assert offsets == [offset for offset, _ in files.raw_lines(file)]
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
            offset = files.append_line(file, {"n": 3})
            assert list(files.read_lines(file)) == [*before, {"n": 3}]
            assert json.loads(file.read_bytes()[offset:]) == {"n": 3}

    def test_a_truncated_line_can_be_removed(self, tmp_path):
        """Complete lines stay, also a line that is not JSON; nothing happens if the file is missing."""
        file = tmp_path / "a.jsonl"
        files.cut_torn(file)
        file.write_bytes(b'{"n": 1}\nx\n{"n": 2')
        files.cut_torn(file)
        files.cut_torn(file)  # the second call finds nothing to remove
        assert file.read_bytes() == b'{"n": 1}\nx\n'

    def test_a_value_that_json_cannot_express_is_refused(self, tmp_path):
        """Other programs could not read a line with NaN. Nothing is written."""
        with pytest.raises(ValueError, match="not JSON compliant"):
            files.append_line(tmp_path / "a.jsonl", {"n": float("nan")})
        assert list(tmp_path.iterdir()) == []

    def test_a_full_disk_raises_an_error(self):
        """Every write to /dev/full fails as on a full disk."""
        with pytest.raises(OSError, match="No space left"):
            files.append_line(Path("/dev/full"), {"n": 1})

    def test_processes_append_without_losing_lines(self, tmp_path):
        """Three processes append at once; each line is longer than the buffer of a file or a pipe."""
        file = tmp_path / "a.jsonl"
        script = """
            import sys
            from pathlib import Path
            from mlkata import files
            for number in range(40):
                files.append_line(Path(sys.argv[1]), [sys.argv[2], number, "x" * 20_000])
        """
        run_at_once(script, *([file, name] for name in "abc"))
        got = [(name, number) for name, number, _ in files.read_lines(file)]
        assert sorted(got) == [(name, number) for name in "abc" for number in range(40)]
        for name in "abc":
            assert [number for writer, number in got if writer == name] == list(range(40))


# Holds the lock until it is killed. Its child, `cat`, lives until the test closes their common input.
HOLD = """
    import subprocess, sys, threading
    from pathlib import Path
    from mlkata import files
    with files.lock(Path(sys.argv[1])):
        child = subprocess.Popen(["cat"], stdout=subprocess.DEVNULL)
        print(child.pid, flush=True)
        threading.Event().wait()
"""
# Three threads hold the lock 20 times each. While one holds it, the file `inside` exists.
TAKE_TURNS = """
    import sys, threading
    from pathlib import Path
    from mlkata import files

    def work():
        inside = Path(sys.argv[2])
        for _ in range(20):
            with files.lock(Path(sys.argv[1])):
                inside.open("x").close()  # fails if the file exists
                inside.unlink()
                files.append_line(Path(sys.argv[3]), 1)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


class TestLock:
    def test_processes_and_threads_exclude_each_other(self, tmp_path):
        """Two processes with three threads each hold the lock 20 times; no two threads hold it at once."""
        paths = [tmp_path / name for name in ("state.json", "inside", "done.jsonl")]
        run_at_once(TAKE_TURNS, paths, paths)
        assert list(files.read_lines(paths[2])) == [1] * 2 * 3 * 20

    def test_by_default_a_lock_is_waited_for_a_minute(self, tmp_path):
        """A command holds it for milliseconds, so that a minute is enough even on a busy machine."""
        with files.lock(tmp_path / "state.json") as held:
            assert held.timeout == files.WAIT == 60  # seconds

    def test_a_killed_holder_releases_the_lock_at_once(self, tmp_path):
        """A child process of the holder, which is still alive, does not keep the lock."""
        file = tmp_path / "state.json"
        with start_process(HOLD, file) as process:
            child = int(next_line(process))
            with pytest.raises(TimeoutError):
                files.lock(file, wait=0)
            process.kill()
            process.wait()
            with files.lock(file, wait=0):
                os.kill(child, 0)  # raises an error unless the child is alive

    def test_a_leftover_lock_file_blocks_nothing(self, tmp_path):
        """A lock file that no process holds does not lock, however old it is."""
        file = tmp_path / "state.json"
        for age in (0, 1_000_000):  # seconds
            lock_file = tmp_path / ".state.json.lock"
            lock_file.touch()
            os.utime(lock_file, (time.time() - age,) * 2)
            with files.lock(file, wait=0), pytest.raises(TimeoutError):
                files.lock(file, wait=0.02)

    def test_locking_does_not_change_the_file(self, tmp_path):
        """Locking neither creates the file nor changes its content."""
        file = tmp_path / "results.jsonl"
        with files.lock(file):
            assert not file.exists()
        file.write_text("kept")
        with files.lock(file):
            assert file.read_text() == "kept"

    def test_locking_in_a_missing_folder_is_an_error(self, tmp_path):
        """The error is the system's, as for any file. The folder is not created."""
        with pytest.raises(FileNotFoundError):
            files.lock(tmp_path / "gone" / "state.json")
        assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    ("system", "tail"),
    [(platformdirs.unix.Unix, ".cache/mlkata"), (platformdirs.macos.MacOS, "Library/Caches/mlkata")],
)
def test_the_cache_is_where_the_system_keeps_caches(monkeypatch, tmp_path, system, tail):
    """If XDG_CACHE_HOME is set, it takes precedence."""
    monkeypatch.setattr(platformdirs, "PlatformDirs", system)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert files.cache_folder() == tmp_path / "mlkata"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert files.cache_folder() == Path.home() / tail
