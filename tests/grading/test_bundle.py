"""Bundles for Gradescope and GitHub Classroom run as they do there: by bash, in a tree of the same form.

The fixtures have the kit run from this clone; one test installs it from the bundle's wheel.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import jsonschema
import junitparser
import mlkata
import nbformat
import pytest
from mlkata.grading import bundle, wheel
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError
from mlkata.worker import tiers

pytestmark = pytest.mark.slow  # each bundle builds a wheel and installs it

ROOT = Path(mlkata.__file__).parents[2]
SCHEMA = json.loads((ROOT / "tests/report/schemas/gradescope.json").read_text(encoding="utf-8"))
SCRIPT_TOOLS = ("bash", "cat", "grep", "mkdir", "mktemp", "mv", "od", "rm", "tail", "tr")
BWRAP, LANDLOCK = tiers.Tier.BWRAP, tiers.Tier.LANDLOCK


@pytest.fixture(scope="module")
def kmeans():
    return catalogue.get("kmeans")


@pytest.fixture(scope="module")
def reference(kmeans):
    return (kmeans.solutions / "reference.py").read_text(encoding="utf-8")


@pytest.fixture
def script(tmp_path):
    """Return a function `script("bin/kata", "exec …")` that writes an executable shell script."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def installed(script):
    """Return a function `installed("venv/bin")` that writes programs as setup.sh would install them."""

    def write(folder):
        script(f"{folder}/python", f'export PYTHONPATH={ROOT}/harness\nexec {sys.executable} "$@"')
        script(f"{folder}/kata", f'export PYTHONPATH={ROOT}/harness\nexec {sys.executable} -P -m mlkata "$@"')

    return write


def run(command, cwd, **extra):
    """Run a command with additional environment variables; return the completed process."""
    environment = {**os.environ, "COLUMNS": "80", **{key: str(value) for key, value in extra.items()}}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )


@pytest.fixture
def autograder(tmp_path, kmeans, installed):
    """Return a tree like Gradescope's, with a bundle for round 1 of k-means."""
    path = tmp_path / "autograder.zip"
    bundle.write("gradescope", path, track=kmeans, rounds=["kmeans.1"])
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "source")
    shutil.copy(tmp_path / "source/run_autograder", tmp_path / "run_autograder")
    installed("venv/bin")
    (tmp_path / "submission").mkdir()
    return Autograder(tmp_path)


class Autograder:
    """A tree like Gradescope's. `submit` adds a file, `run` judges and returns results.json.

    `printed` is what the last run printed.
    """

    def __init__(self, root):
        self.root = root
        self.printed = ""

    def submit(self, name, text):
        (self.root / "submission" / name).write_text(text, encoding="utf-8")

    def run(self, **extra):
        result = run(["bash", self.root / "run_autograder"], "/", KATA_AUTOGRADER=self.root, **extra)
        assert result.returncode == 0
        self.printed = result.stdout + result.stderr
        results = json.loads((self.root / "results/results.json").read_text(encoding="utf-8"))
        jsonschema.validate(results, SCHEMA)
        return results


def path_without_bwrap(folder):
    """Return a folder to be the PATH, with the programs that the scripts use but not bubblewrap."""
    folder.mkdir()
    for tool in SCRIPT_TOOLS:
        (folder / tool).symlink_to(shutil.which(tool))
    return folder


def test_gradescope_judges_the_one_file_whatever_its_name(autograder, reference, tmp_path):
    """The report names the isolation that the script has printed before.

    Without bubblewrap on the PATH it is the next tier, unless the kit finds bubblewrap beside Python.
    """
    autograder.submit("my homework (2).py", reference)
    results = autograder.run(PATH=path_without_bwrap(tmp_path / "tools"))
    assert results["score"] == sum(test["max_score"] for test in results["tests"]) > 0
    assert {test["status"] for test in results["tests"]} == {"passed"}
    next_tier = "landlock+seccomp" if not tiers.missing(LANDLOCK) else "subprocess"
    beside_python = shutil.which("bwrap", path=str(Path(sys.executable).parent))
    expected = {next_tier, BWRAP} if beside_python else {next_tier}  # this bubblewrap may not work
    assert results["extra_data"]["isolation"] in expected
    assert re.search(rf"isolation +{re.escape(results['extra_data']['isolation'])} when", autograder.printed)


def test_gradescope_judges_a_notebook(autograder):
    cells = [
        nbformat.v4.new_code_cell(text) for text in ("%pylab", "def assign(X, centers):\n    return None")
    ]
    autograder.submit("work.ipynb", nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    results = autograder.run()
    assert results["score"] == 0
    assert {test["status"] for test in results["tests"]} == {"failed"}
    assert "assign" in results["tests"][0]["name"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "expected one .py or .ipynb file, or kmeans.py among them, got nothing"),
        (["essay.pdf"], "among them, got essay.pdf"),
        (['a".py', "b&.py"], "among them, got a .py, b .py"),  # a space for what would need escapes
        (["test_kmeans.py"], "among them, got test_kmeans.py"),
    ],
)
def test_gradescope_shows_which_file_was_expected(autograder, names, message):
    for name in names:
        autograder.submit(name, "x = 1")
    results = autograder.run()
    assert results["output"].endswith(message)
    assert results["score"] == 0


@pytest.mark.parametrize(
    ("kata", "message"),
    [
        ("exit 4", "The kit itself failed (status 4): please tell your teacher."),
        ("exit 0", "The kit itself failed (status 0): please tell your teacher."),
        ("kill -9 $$", "The kit itself failed (status 137): please tell your teacher."),
        ("echo 'kata: no \"such\" thing' >&2; exit 2", "kata: no  such  thing"),
    ],
)
def test_results_are_valid_whatever_status_kata_exits_with(autograder, script, kata, message):
    """The text `kata` is a shell script that replaces the program."""
    autograder.submit("kmeans.py", "x = 1")
    script("venv/bin/kata", kata)
    results = autograder.run()
    assert results["output"] == message


def test_results_are_valid_when_the_script_is_killed_half_way(autograder, script):
    """Here `kata` kills the script that runs it."""
    autograder.submit("kmeans.py", "x = 1")
    # The script calls `kata doctor` first.
    script("venv/bin/kata", '[ "$1" = doctor ] || kill -9 "$PPID"')
    command = ["bash", autograder.root / "run_autograder"]
    assert run(command, "/", KATA_AUTOGRADER=autograder.root).returncode == -9
    results = json.loads((autograder.root / "results/results.json").read_text(encoding="utf-8"))
    jsonschema.validate(results, SCHEMA)
    assert results["output"].startswith("Judging did not finish")


def test_results_are_valid_if_nothing_is_installed(autograder):
    shutil.rmtree(autograder.root / "venv")
    autograder.submit("kmeans.py", "x = 1")
    assert autograder.run()["output"] == "The kit is not installed: setup.sh failed."


@pytest.mark.parametrize(("course", "seed"), [("seed = 7\n", "7"), ("", r"\d+")])
def test_each_run_takes_the_courses_seed_or_a_fresh_one(tmp_path, kmeans, installed, script, *, course, seed):
    (tmp_path / "mine.toml").write_text(f'rounds = ["kmeans.2"]\n{course}', encoding="utf-8")
    path = tmp_path / "autograder.zip"
    bundle.write("gradescope", path, track=kmeans, rounds=[], course=tmp_path / "mine.toml")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "source")
    installed("venv/bin")
    script("venv/bin/kata", f'echo "$@" >>{tmp_path}/called')
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission/a.py").write_text("")
    for _ in range(2):
        run(["bash", tmp_path / "source/run_autograder"], "/", KATA_AUTOGRADER=tmp_path)
    seeds = re.findall(r"--seed (\S+)", (tmp_path / "called").read_text())
    assert len(seeds) == 2  # one for each run
    assert all(re.fullmatch(seed, value) for value in seeds)
    assert (len(set(seeds)) == 1) == bool(course)
    assert (tmp_path / "source/course.toml").read_text() == (tmp_path / "mine.toml").read_text()


@pytest.mark.parametrize("hidden", [True, False])
def test_the_script_passes_hide_expected_to_the_kit(tmp_path, kmeans, hidden):
    path = tmp_path / "autograder.zip"
    bundle.write("gradescope", path, track=kmeans, rounds=["kmeans.1"], hide_expected=hidden)
    with zipfile.ZipFile(path) as archive:
        assert (b" --hide-expected " in archive.read("run_autograder")) is hidden


def test_a_github_workflow_cannot_hide_expected_values(tmp_path, kmeans):
    with pytest.raises(KataError, match="--hide-expected works with gradescope only"):
        bundle.write("github", tmp_path, track=kmeans, rounds=["kmeans.1"], hide_expected=True)


def test_setup_installs_the_kit_with_pinned_versions(autograder, script):
    """A stand-in for Python makes an environment whose programs only write down how they are called."""
    log = autograder.root / "log"
    make_venv = f'mkdir -p "$3/bin"; for p in pip kata; do printf \'#!/bin/bash\\necho "$0 $@" >>{log}\\n\' '
    make_venv += '>"$3/bin/$p"; chmod 755 "$3/bin/$p"; done'
    script("fake/python3.13", f'[ "$1" = -c ] || {{ {make_venv}; }}')
    script("fake/apt-get", f'echo "apt-get $@" >>{log}; exit 1')
    shutil.rmtree(autograder.root / "venv")
    path = f"{autograder.root / 'fake'}:{path_without_bwrap(autograder.root / 'tools')}:/bin:/usr/bin"
    result = run(
        ["bash", autograder.root / "source/setup.sh"], "/", KATA_AUTOGRADER=autograder.root, PATH=path
    )
    assert result.returncode == 0, result.stderr
    root = autograder.root
    lines = [line for line in log.read_text().splitlines() if not line.startswith("apt-get")]
    assert lines == [
        f"{root}/venv/bin/pip install -q -c {root}/source/constraints.txt {root}/source/{wheel.name()}",
        f"{root}/venv/bin/kata doctor",
    ]


def test_setup_fails_if_python_is_too_old(autograder, script):
    for name in ("python3.13", "python3.12", "python3.11", "python3", "apt-get"):
        script(f"fake/{name}", "exit 1")
    path = f"{autograder.root / 'fake'}:{os.environ['PATH']}"
    setup = autograder.root / "source/setup.sh"
    result = run(["bash", setup], "/", KATA_AUTOGRADER=autograder.root, PATH=path)
    assert result.returncode == 1
    assert result.stderr.startswith("no Python 3.11 or newer: choose a newer base image")


def test_an_autograder_is_executable_and_contains_no_solutions(autograder):
    with zipfile.ZipFile(autograder.root / "autograder.zip") as archive:
        modes = {info.filename: stat.S_IMODE(info.external_attr >> 16) for info in archive.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert set(modes) == {"setup.sh", "run_autograder", "constraints.txt", "course.toml", wheel.name()}
    with zipfile.ZipFile(autograder.root / "source" / wheel.name()) as archive:
        assert not [name for name in archive.namelist() if "_data/solutions" in name or name.endswith(".pyc")]


def test_the_wheel_installs_and_runs(tmp_path, kmeans):
    packed = tmp_path / wheel.name()
    wheel.pack(packed, kmeans)
    with zipfile.ZipFile(packed) as archive:
        [record] = [name for name in archive.namelist() if name.endswith("/RECORD")]
        for line in archive.read(record).decode().splitlines()[:-1]:  # the last line is RECORD's own
            name, digest, size = line.rsplit(",", 2)
            data = archive.read(name)
            actual = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert (f"sha256={actual}", str(len(data))) == (digest, size)
    target = tmp_path / "site"
    pip = [
        "-m",
        "pip",
        "install",
        "-q",
        "--no-index",
        "--no-deps",
        "--no-compile",
        "--target",
        target,
        packed,
    ]
    assert run([sys.executable, *pip], tmp_path).returncode == 0
    code = "from mlkata.tracks import catalogue, paths; print(paths.data_folder(), *catalogue.find())"
    result = run([sys.executable, "-P", "-c", code], tmp_path, PYTHONPATH=target)
    assert result.stdout.split() == [str(target / "mlkata/_data"), *catalogue.find()]
    again = tmp_path / "again.whl"
    wheel.pack(again, kmeans)
    assert again.read_bytes() == packed.read_bytes()


def test_a_private_track_is_packed_into_the_wheel(tmp_path, toy):
    wheel.pack(tmp_path / "x.whl", toy)
    with zipfile.ZipFile(tmp_path / "x.whl") as archive:
        assert "mlkata/_data/exercises/toy/stub.py" in archive.namelist()
        assert "mlkata/_data/exercises/kmeans/stub.py" in archive.namelist()
        assert "mlkata/report/page/templates/base.html.jinja" in archive.namelist()


@pytest.fixture
def classroom(tmp_path, kmeans, installed):
    """Return a function that runs the step `Judge` of the workflow in a student's repository."""
    repository = tmp_path / "repository"
    bundle.write("github", repository, track=kmeans, rounds=["kmeans.1"])
    installed("runner/kata/bin")
    workflow = (repository / bundle.WORKFLOW).read_text(encoding="utf-8")

    def judge(**extra):
        return run(
            ["bash", "-e", "-c", steps(workflow)["Judge"]],
            repository,
            RUNNER_TEMP=tmp_path / "runner",
            GITHUB_STEP_SUMMARY=tmp_path / "summary.md",
            GITHUB_WORKSPACE=repository,
            **extra,
        )

    judge.folder = repository
    judge.workflow = workflow
    return judge


def steps(workflow):
    """Return the scripts of the named steps, as a YAML reader would."""
    scripts = re.findall(r"- name: (.*)\n +run: \|\n((?: {10}.*\n)+)", workflow)
    return {name: textwrap.dedent(text) for name, text in scripts}


def test_a_workflow_has_read_permission_only(classroom):
    assert "permissions:\n  contents: read\njobs:" in classroom.workflow
    uses = re.findall(r"uses: (\S+)", classroom.workflow)
    assert uses == ["actions/checkout@v4", "actions/setup-python@v5", "actions/upload-artifact@v4"]
    assert list(steps(classroom.workflow)) == ["Install the kit", "Show the available isolation", "Judge"]
    assert "@{" not in classroom.workflow  # a mark of the template, such as @{TRACK}
    assert "\t" not in classroom.workflow


def test_a_workflow_annotates_the_file_of_the_repository(classroom, tmp_path):
    (classroom.folder / "answer.py").write_text("\n\ndef assign(X, centers):\n    return None\n")
    result = classroom(PATH=path_without_bwrap(tmp_path / "tools"))
    assert result.returncode == 1, result.stderr
    assert "::error file=answer.py,line=3," in result.stdout
    assert "kmeans.1" in (tmp_path / "summary.md").read_text()
    assert junitparser.JUnitXml.fromfile(str(tmp_path / "runner/kata.xml")).tests > 5


def test_a_workflow_shows_which_file_was_expected(classroom):
    """A file's name cannot be a command of the log: `##[` and `]` become spaces.

    The student's json.py is not imported.
    """
    (classroom.folder / "##[error]a.py").write_text("")
    (classroom.folder / "json.py").write_text("raise SystemExit")
    result = classroom()
    assert result.returncode == 1
    assert result.stdout == (
        "::error title=kata::expected one .py or .ipynb file, or kmeans.py among them, got   "
        " error a.py, json.py\n"
    )


@pytest.mark.parametrize(
    ("kind", "target", "rounds", "message"),
    [
        ("moodle", "a.zip", ["kmeans.1"], "no bundle 'moodle': expected one of gradescope, github"),
        ("gradescope", "a", ["kmeans.1"], "a is not a zip archive: expected a name such as autograder.zip"),
        ("gradescope", "old.zip", ["kmeans.1"], "old.zip exists already: remove it first"),
        ("gradescope", "no/a.zip", ["kmeans.1"], "cannot write no/a.zip: No such file or directory"),
        ("gradescope", "a.zip", ["knn.1"], "no round 'knn.1': kmeans has kmeans.1 to"),
        ("github", "old", ["kmeans.1"], "kata.yml exists already: remove it first"),
        ("github", "old.zip", ["kmeans.1"], "cannot write old.zip: Not a directory"),
    ],
)
def test_a_wrong_option_is_an_error_and_no_existing_file_is_overwritten(
    tmp_path, kmeans, monkeypatch, *, kind, target, rounds, message
):
    monkeypatch.chdir(tmp_path)
    Path("old.zip").write_text("")
    Path("old/.github/workflows").mkdir(parents=True)
    Path("old/.github/workflows/kata.yml").write_text("")
    with pytest.raises(KataError, match=re.escape(message)):
        bundle.write(kind, Path(target), track=kmeans, rounds=rounds)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old", "old.zip"]
