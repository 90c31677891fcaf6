"""The wheel works outside the clone and contains the tracks."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import mlkata
import pytest

pytestmark = pytest.mark.slow  # builds and installs a wheel

ROOT = Path(__file__).resolve().parents[2]


def run(*command, cwd, status=0):
    """Run a command without settings by which Python would find the clone; return what it prints."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST"))
    }
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == status, (
        f"{command}: status {result.returncode}\n{result.stdout}\n{result.stderr}"
    )
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the wheel, built by the backend itself, since pip would download one."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return bin/ of a new environment with the wheel, and with this environment's dependencies."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", wheel, cwd=folder)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(python, "-c", code, cwd=folder).strip())
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "dependencies.pth").write_text("\n".join(sorted(paths)) + "\n", encoding="utf-8")
    return folder / "bin"


def test_the_wheel_has_one_package_and_no_leftovers(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"mlkata", f"mlkata-{mlkata.__version__}.dist-info"}
    assert not [
        # .nbi and .nbc are the files of numba's cache.
        name
        for name in names
        if "__pycache__" in name or name.endswith((".pyc", ".nbi", ".nbc"))
    ]
    tracks = {name.split("/")[3] for name in names if name.startswith("mlkata/_data/solutions/")}
    benchmarks = {name.split("/", 3)[3] for name in names if name.startswith("mlkata/_data/benchmarks/")}
    assert {"kmeans/rows.py", "kmeans/scikit_learn.py"} <= benchmarks
    assert {name.rpartition("/")[0] for name in benchmarks} <= tracks  # only files of tracks
    for part in ("exercises", "solutions"):
        sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / part).rglob("*") if path.is_file()}
        packed = {
            name.removeprefix("mlkata/_data/") for name in names if name.startswith(f"mlkata/_data/{part}/")
        }
        assert packed == {path for path in sources if "__pycache__" not in path}


def test_the_sdist_builds_the_same_wheel(wheel, tmp_path):
    """The sdist, the archive of the sources, contains all that the wheel needs, and the tests."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    [sdist] = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    source = tmp_path / sdist.name.removesuffix(".tar.gz")
    assert (source / "tests" / "conftest.py").is_file()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=source)
    [rebuilt] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive, zipfile.ZipFile(rebuilt) as other:
        assert archive.namelist() == other.namelist()


def test_the_wheel_has_the_templates_of_pages(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if "/templates/" in name}
    package = Path(mlkata.__file__).parent
    sources = {path.relative_to(package.parent).as_posix() for path in package.rglob("templates/*")}
    assert packed == sources
    assert "mlkata/report/page/templates/base.html.jinja" in sources


def test_the_installed_package_uses_its_own_data(installed, tmp_path):
    code = "from mlkata.tracks import paths; print(paths.data_folder())"
    where = run(installed / "python", "-c", code, cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert Path(where.strip()).parts[-2:] == ("mlkata", "_data")


def test_the_wheel_has_rows_to_compare(installed, tmp_path):
    """A row is one input of the benchmark, on which implementations are compared."""
    code = "from mlkata.bench import peers; print(peers.row('kmeans/fit/small-float64').title)"
    assert run(installed / "python", "-c", code, cwd=tmp_path) == "100 × 4, k = 3, float64\n"


def test_the_wheel_lists_the_tracks(installed, tmp_path):
    assert "kmeans.1" in run(installed / "kata", "list", cwd=tmp_path)


def test_the_wheel_judges_a_right_file_and_a_stub(installed, tmp_path):
    right, stub = tmp_path / "right.py", tmp_path / "stub.py"
    right.write_bytes((ROOT / "solutions/kmeans/reference.py").read_bytes())
    stub.write_bytes((ROOT / "exercises/kmeans/stub.py").read_bytes())
    printed = run(installed / "kata", "check", "kmeans.1", "--submission", right, cwd=tmp_path)
    assert "PASS" in printed
    printed = run(installed / "kata", "check", "kmeans.1", "--submission", stub, cwd=tmp_path, status=1)
    assert "UNSOLVED" in printed


def test_the_wheel_makes_a_workspace(installed, tmp_path):
    run(installed / "kata", "init", tmp_path / "practice", cwd=tmp_path)
    assert "def assign" in (tmp_path / "practice/kmeans.py").read_text(encoding="utf-8")


def test_a_project_with_a_folder_harness_works_beside_it(installed, tmp_path):
    """The clone has a folder harness, too. With mlkata's pytest plugin, the project's own one is found."""
    files = {
        "harness/__init__.py": "ANSWER = 42\n",
        "conftest.py": "import pytest\nfrom harness import ANSWER\n\n\n"
        "@pytest.fixture\ndef answer():\n    return ANSWER\n",
        "tests/test_own.py": "import harness\nimport mlkata\n\n\n"
        "def test_own(answer):\n    assert answer == harness.ANSWER\n    assert mlkata.judge\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    printed = run(installed / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert "1 passed" in printed
    where = run(installed / "python", "-c", "import harness; print(harness.__file__)", cwd=tmp_path)
    assert Path(where.strip()) == tmp_path / "harness" / "__init__.py"


def test_the_wheel_grades_under_pytest(installed, tmp_path):
    submission = ROOT / "solutions/kmeans/reference.py"
    command = [installed / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "assign"]
    printed = run(*command, "--kata-track=kmeans", f"--kata-submission={submission}", cwd=tmp_path)
    assert "passed" in printed
