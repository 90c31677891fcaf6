"""The debug script: a plain Python file that makes the calls of a case, as the kit does, under a debugger."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlkata.practice import literals
from mlkata.practice.script import debug_script
from mlkata.tracks.arguments import Result, Rng
from mlkata.tracks.catalogue import Track
from mlkata.tracks.contract import Contract
from mlkata.tracks.drawing import draw
from mlkata.tracks.model import Case, Check, Step, call


def case(*steps: Step, fetch: tuple[int, ...] | None = None) -> Case:
    """Return a case of these calls, of a check whose id and rule need escaping in Python source.

    `fetch` has the indices of the calls whose results are compared; None means the last one.
    """
    check = Check('mini.1/f/odd-"""name', 'a "quoted" \\rule', lambda _: list(steps), lambda *_: None)
    return Case(check, seed=3, steps=steps, fetch=fetch or (len(steps) - 1,))


def run(script: Path, *, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script: with `stdin` under the debugger pdb, which reads its commands there, else without."""
    environment = dict(os.environ)
    environment.pop("PYTHONBREAKPOINT", None)
    if stdin is None:
        environment["PYTHONBREAKPOINT"] = "0"
    return subprocess.run(
        [sys.executable, script.name],
        cwd=script.parent,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )


def write_script(
    case: Case,
    file: Path,
    folder: Path,
    contracts: Mapping[str, Contract] | None = None,
    *,
    expected_text: str = "not compared",
) -> Path:
    """Write the script that makes a case's calls to a candidate's file; return its path."""
    return debug_script(case, expected_text, file, folder, contracts)


def submission(folder: Path, body: str) -> Path:
    """Write a submission and return its path."""
    path = folder / "mine.py"
    path.write_text(f"import numpy as np\n{body}", encoding="utf-8")
    return path


def test_a_script_runs_directly_and_under_the_debugger(
    tmp_path: Path, track: Track, right_solution: str
) -> None:
    """It prints both results; in pdb, `c` continues, `s` steps into the function, `q` quits quietly."""
    mine = submission(tmp_path, right_solution)
    script = write_script(
        draw(track.checks[0], seed=0), mine, tmp_path, track.contracts, expected_text="[1, 2]"
    )
    assert script == tmp_path / "debug_minikata_1_halve_small.py"
    direct = run(script)
    assert direct.returncode == 0, direct.stderr
    assert direct.stdout.startswith("yours\n[")
    assert direct.stdout.endswith("expected\n[1, 2]\n")
    stepped = run(script, stdin="s\np X\nc\n")
    assert "--Call--" in stepped.stdout
    assert "array([" in stepped.stdout
    assert "expected\n[1, 2]\n" in stepped.stdout
    quit_run = run(script, stdin="q\n")
    assert "Traceback" not in quit_run.stderr


def test_every_check_of_the_miniature_track_runs_as_a_script(
    tmp_path: Path, track: Track, right_solution: str
) -> None:
    mine = submission(tmp_path, right_solution)
    for check in track.checks:
        result = run(write_script(draw(check, seed=1), mine, tmp_path, track.contracts))
        assert result.returncode == 0, result.stderr
        assert "Error" not in result.stdout


def test_an_error_is_shown_with_its_traceback(tmp_path: Path) -> None:
    """The exception is printed as your result, and the expected result follows."""
    mine = submission(tmp_path, "def f(k):\n    raise ValueError('too many')\n")
    result = run(write_script(case(call("f", k=1)), mine, tmp_path, expected_text="ValueError"))
    assert "yours\nValueError: too many\nexpected\nValueError\n" in result.stdout
    assert "mine.py" in result.stderr


def test_arguments_are_passed_exactly(tmp_path: Path) -> None:
    """dtype, shape, order, NaN, infinity, float32, nesting and generators are as in the worker."""
    arguments: dict[str, Any] = {
        "a": np.array([[0.1, np.nan], [-np.inf, -0.0]]),
        "b": np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
        "c": np.array([0.1, 1 / 3], np.float32),
        "d": np.empty((0, 2)),
        "e": np.array([True, False]),
        "f": [1, (2.5,), {"x": np.arange(3), "y": None}],
        "g": np.float32(0.1),
        "h": float("inf"),
        "i": 'tex"t\n',
        "j": np.array([1, 2], ">i2"),
        "k": np.asfortranarray(np.arange(600.0).reshape(20, 30)),
        "m": np.arange(150) / 7,
        "n": np.arange(60.0).reshape(15, 4) / 3,
        "o": np.array(3.5),
        "rng": Rng(7),
    }
    # Returns a text that describes each argument; the generator is replaced by a number that it draws.
    body = (
        "import hashlib\n"
        "def f(**kw):\n"
        "    kw['rng'] = kw['rng'].random()\n"
        "    return '|'.join(show(v) for v in kw.values())\n"
        "def show(v):\n"
        "    if isinstance(v, np.ndarray):\n"
        "        f = v.flags\n"
        "        digest = hashlib.sha256(v.tobytes()).hexdigest()[:8]\n"
        "        return f'{v.dtype.str}{v.shape}{f.c_contiguous}{f.f_contiguous}{digest}'\n"
        "    if isinstance(v, (list, tuple)):\n"
        "        return type(v).__name__ + ''.join(map(show, v))\n"
        "    if isinstance(v, dict):\n"
        "        return ''.join(k + show(x) for k, x in v.items())\n"
        "    return f'{type(v).__name__}{v!r}'\n"
    )
    mine = submission(tmp_path, body)
    result = run(write_script(case(call("f", **arguments)), mine, tmp_path))
    assert result.returncode == 0, result.stderr
    space: dict[str, Any] = {}
    exec(mine.read_text(encoding="utf-8"), space)  # noqa: S102 - our own text above
    expected = space["f"](**{**arguments, "rng": np.random.default_rng(7)})
    assert result.stdout.split("\n")[1] == expected
    assert (
        len(list((tmp_path / ".kata" / "cases").iterdir())) == 1
    )  # `k` has 600 elements: too many for a literal, so it is in a file


def test_many_steps_stop_once_and_share_arrays(tmp_path: Path) -> None:
    """Results are passed on, equal arrays are written once, the debugger stops before the first call only."""
    body = "def build(X):\n    return X.sum()\ndef add(total, X):\n    return total + X.sum()\n"
    mine = submission(tmp_path, body)
    X = np.arange(4.0)
    steps = [call("build", X=X), *(call("add", total=Result(i), X=X.copy()) for i in range(5))]
    script = write_script(case(*steps, fetch=(0, 5)), mine, tmp_path)
    assert script.read_text(encoding="utf-8").count("np.array(") == 1
    assert "36.0" in run(script).stdout  # six times the sum 6
    assert "36.0" in run(script, stdin="c\n").stdout


def test_a_failing_step_is_named(tmp_path: Path) -> None:
    """With several calls the number of the call that raised is shown."""
    mine = submission(tmp_path, "def f(k):\n    return 1 // k\n")
    result = run(write_script(case(call("f", k=1), call("f", k=0)), mine, tmp_path))
    assert "call 1: ZeroDivisionError" in result.stdout


def test_leading_arguments_are_passed_by_position(tmp_path: Path, track: Track) -> None:
    """So the candidate may name parameters differently, as when the kit itself calls the function."""
    mine = submission(tmp_path, "def halve(data):\n    return data / 2\n")
    script = write_script(draw(track.checks[0], seed=0), mine, tmp_path, track.contracts)
    assert "Error" not in run(script).stdout


@pytest.mark.parametrize("name", ["np.py", "sys.py", "my file-2.py", "class.py", "X.py"])
def test_odd_file_names_work(tmp_path: Path, name: str) -> None:
    """A file's name may hide a module or be no identifier, and its folder may be outside the workspace."""
    mine = tmp_path / "else where" / name
    mine.parent.mkdir()
    mine.write_text("def f(X):\n    return X + 1\n", encoding="utf-8")
    folder = tmp_path / "w"
    folder.mkdir()
    result = run(write_script(case(call("f", X=np.zeros(1))), mine, folder))
    assert "yours\n[1.]" in result.stdout, result.stderr


def test_an_edited_script_is_copied_first(tmp_path: Path) -> None:
    """Writing it again keeps the candidate's edits."""
    mine = submission(tmp_path, "def f(k):\n    return k\n")
    script = write_script(case(call("f", k=1)), mine, tmp_path)
    script.write_text("# mine", encoding="utf-8")
    write_script(case(call("f", k=1)), mine, tmp_path)
    copies = list((tmp_path / ".kata" / "history" / script.name).iterdir())
    assert [copy.read_text(encoding="utf-8") for copy in copies] == ["# mine"]


def test_float32_is_written_short() -> None:
    """The literal is 0.1 and not 0.10000000149011612, which is the same number as a float64."""
    text = literals.array(np.array([0.1], np.float32), fortran=False)
    assert text == 'np.array([0.1], dtype="float32")'
