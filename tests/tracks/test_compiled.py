"""What numba compiles of a solution is cached until one of the solution's sources changes.

Each test runs fresh processes with a kit of its own, in which a compiled function (a kernel) calls functions
of three other files.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mlkata.tracks import loading

pytestmark = pytest.mark.slow  # compiles in fresh processes

SOURCES = {
    "simd.py": "from numba import njit\n\n@njit(cache=True)\ndef lanes(x):\n    return 8 * x\n",
    "toy/loops.py": "from numba import njit\n\n@njit(cache=True)\ndef loops(x):\n    return x + 100\n",
    "toy/fast/sibling.py": "from numba import njit\n\n@njit(cache=True)\ndef near(x):\n    return x + 1000\n",
    "toy/fast/__init__.py": """
from numba import njit
from ..loops import loops
from ...simd import lanes
from .sibling import near

@njit(cache=True)
def kernel(x):
    return lanes(x) + loops(x) + near(x)
""",
}
KERNEL = """
import sys
from pathlib import Path
from mlkata.tracks import loading
module = loading.load(Path(sys.argv[1]) / "solutions" / "toy" / "fast")
answer = module.kernel(1.0)
print(answer, sum(module.kernel.stats.cache_hits.values()), module.kernel.stats.cache_path)
"""
# For each file: a text, what replaces it, and by how much the answer grows. It is 8 + 101 + 1001 at first.
EDITS = {
    "simd.py": ("8 * x", "16 * x", 8.0),
    "toy/loops.py": ("x + 100", "x + 200.0", 100.0),
    "toy/fast/sibling.py": ("x + 1000", "x + 3000.0", 2000.0),
}


@pytest.fixture
def root(tmp_path):
    """Return a kit with SOURCES as solutions."""
    for path, text in SOURCES.items():
        file = tmp_path / "kit" / "solutions" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "kit"


def run(code, *arguments, cwd=None, **variables):
    """Run code in a fresh process without the user's settings of numba; return the words that it prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env=environment | variables
    )
    assert not done.returncode, done.stderr
    return done.stdout.split()


@pytest.fixture(params=["beside the sources", "read-only", "a folder of one's own"])
def run_kernel(request, root, tmp_path):
    """Return a function that calls the kernel in a fresh process, and returns its value and cache hits.

    A hit means that the kernel was read from the cache; 0 means that it was compiled.

    There are three places for numba's cache: beside the sources, in the home folder if the sources are
    read-only, and where NUMBA_CACHE_DIR says.
    """
    home, variables = tmp_path / "home", {}
    home.mkdir()
    if request.param == "read-only":  # a file with the folder's name: numba cannot make the folder
        for folder in ("", "toy", "toy/fast"):
            (root / "solutions" / folder / "__pycache__").write_text("no folder")
    elif request.param != "beside the sources":
        variables["NUMBA_CACHE_DIR"] = str(tmp_path / "own")
    where = {"beside the sources": root, "read-only": home, "a folder of one's own": tmp_path / "own"}

    def run_kernel():
        answer, hits, path = run(KERNEL, root, HOME=str(home), XDG_CACHE_HOME=str(home), **variables)
        assert Path(path).is_relative_to(where[request.param])
        return float(answer), int(hits)

    return run_kernel


def test_kernels_are_compiled_again_only_after_an_edit_of_a_source(root, run_kernel):
    """Without an edit the second process finds the kernel in the cache; after each edit it does not."""
    expected = 8.0 + 101.0 + 1001.0
    assert run_kernel() == (expected, 0)
    assert run_kernel() == (expected, 1)
    for path, (old, new, increase) in EDITS.items():
        file = root / "solutions" / path
        file.write_text(file.read_text().replace(old, new))
        expected += increase
        assert run_kernel() == (expected, 0)


# Calls the kernel before and after an edit of simd.py, in one process.
TWICE = """
import sys
from pathlib import Path
from mlkata.tracks import loading
folder = Path(sys.argv[1]) / "solutions"
before = loading.load(folder / "toy" / "fast").kernel(1.0)
simd = folder / "simd.py"
simd.write_text(simd.read_text().replace("8 * x", "16 * x"))
print(before, loading.load(folder / "toy" / "fast").kernel(1.0))
"""


def test_an_edit_between_two_loads_of_one_process_takes_effect(root):
    """It does so in that process, and in the next one, which must not find old code in the cache."""
    before, after = map(float, run(TWICE, root))
    assert after == before + 8.0
    assert float(run(KERNEL, root)[0]) == after


# Changes a setting of numba after it was imported, and before the kernel is compiled.
CHANGED = """
import os, sys
from pathlib import Path
import numba
from mlkata.tracks import loading
os.environ["NUMBA_OPT"] = "2"
module = loading.load(Path(sys.argv[1]) / "solutions" / "toy" / "fast")
module.kernel(1.0)
print(numba.config.CACHE_LOCATOR_CLASSES)
"""


def test_the_kit_s_cache_locator_stays_when_numba_reads_its_settings_again(root):
    """Numba does so at the next compilation after one of its environment variables has changed."""
    assert run(CHANGED, root)[0].startswith("mlkata.tracks.compiled.Locator")


def test_a_cache_filled_under_another_name_is_not_read(root):
    """`cd solutions/toy; python -c 'import loops'` caches kernels of a module named `loops`.

    Loaded by path, the module has another name, so its kernels are compiled and cached anew.
    """
    plain = "import loops; print(loops.loops(1.0), loops.loops.stats.cache_path)"
    folder = root / "solutions" / "toy"
    assert run(plain, cwd=folder) == ["101.0", str(folder / "__pycache__")]
    assert list((folder / "__pycache__").glob("loops.loops-*.nbi"))
    by_path = "import sys\nfrom pathlib import Path\nfrom mlkata.tracks import loading\n"
    by_path += (
        "m = loading.load(Path(sys.argv[1]))\nprint(m.loops(1.0), sum(m.loops.stats.cache_hits.values()))"
    )
    assert run(by_path, folder / "loops.py") == ["101.0", "0"]
    assert run(by_path, folder / "loops.py") == ["101.0", "1"]
    assert run(plain, cwd=folder)[0] == "101.0"
    shutil.move(root, root.with_name("moved"))  # a folder of another name is another module
    assert run(by_path, root.with_name("moved") / "solutions" / "toy" / "loops.py") == ["101.0", "0"]


def test_functions_outside_the_solutions_are_cached_as_usual(root, tmp_path):
    """The kit's locator is set for the whole process, but leaves other files to numba's own locators."""
    mine = tmp_path / "mine.py"
    mine.write_text("from numba import njit\n\n@njit(cache=True)\ndef mine(x):\n    return 2 * x\n")
    code = "import sys\nfrom pathlib import Path\nfrom mlkata.tracks import loading\n"
    code += "loading.load(Path(sys.argv[1]) / 'solutions' / 'toy' / 'fast')\n"
    code += (
        "sys.path.insert(0, sys.argv[2])\nimport mine\nfrom numba.core.caching import InTreeCacheLocator\n"
    )
    code += "print(mine.mine(1.0), sum(mine.mine.stats.cache_hits.values()), mine.mine.stats.cache_path)\n"
    code += "print(type(mine.mine._cache._impl.locator) is InTreeCacheLocator)\n"
    for hits in ("0", "1"):
        assert run(code, root, tmp_path) == ["2.0", hits, str(tmp_path / "__pycache__"), "True"]


def test_a_locator_set_by_the_user_is_kept_for_other_functions(root):
    """The kit's locator is put before it, and only once, even if a module is loaded twice."""
    code = "import sys, numba\nfrom pathlib import Path\nfrom mlkata.tracks import loading\n"
    code += "for _ in range(2): loading.load(Path(sys.argv[1]) / 'solutions' / 'toy' / 'fast')\n"
    code += "print(numba.config.CACHE_LOCATOR_CLASSES)"
    chosen = run(code, root, NUMBA_CACHE_LOCATOR_CLASSES="UserWideCacheLocator")
    assert chosen == ["mlkata.tracks.compiled.Locator,UserWideCacheLocator"]


def test_a_file_that_does_not_mention_numba_loads_without_it(tmp_path):
    """Importing numba would take longer than all the rest."""
    file = tmp_path / "solutions" / "toy" / "naive.py"
    file.parent.mkdir(parents=True)
    file.write_text("ONE = 1\n")
    code = "import sys\nfrom pathlib import Path\nfrom mlkata.tracks import loading\n"
    assert run(code + "loading.load(Path(sys.argv[1]))\nprint('numba' in sys.modules)", file) == ["False"]
    assert loading.load(file).ONE == 1
