"""`kata grade` judges a cohort, i.e. the submissions of a class, with real grading processes.

The submissions are judged on `toy`, the miniature track of the tests, whose round toy.1 has the function
`double`.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
import zipfile

import psutil
import pytest
from mlkata.judging.judge import judge
from mlkata.tracks import catalogue
from mlkata.worker.tiers import Tier
from support import MINIATURE

RIGHT = (MINIATURE / "solutions" / "toy" / "reference.py").read_text()
SOURCES = {
    "right": RIGHT,
    "half": RIGHT.replace("2 * x", "3 * x"),
    "stub": (MINIATURE / "exercises" / "toy" / "stub.py").read_text(),
    "broken": "def double(:\n",
    "exits": RIGHT.replace("def double(x):", "def double(x):\n    __import__('os')._exit(0)"),
}
"""Submissions by name: `half` has one wrong function, `exits` ends the process that runs it."""
TIER = ("--require-isolation", "subprocess")
TRACK = ("--track", "toy", "--tracks", MINIATURE, *TIER)


@pytest.fixture(scope="module")
def graded(tmp_path_factory, kata_in):
    """Return a folder with a judged cohort, and the run that judged it. Tests only read it."""
    folder = tmp_path_factory.mktemp("graded")
    (folder / "cohort").mkdir()
    for name, source in SOURCES.items():
        (folder / "cohort" / f"{name}.py").write_text(textwrap.dedent(source))
    return folder, kata_in(folder)("grade", "cohort", "--out", "out", *TRACK)


@pytest.fixture
def cohort(graded, tmp_path):
    """Return a copy of the submissions; their verdicts are in `out` beside it."""
    shutil.copytree(graded[0], tmp_path, dirs_exist_ok=True)
    return tmp_path / "cohort"


def results(out):
    """Return the records of a cohort by id; fail if an id has two lines."""
    records = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert len({record["id"] for record in records}) == len(records)
    return {record["id"]: record for record in records}


def test_a_cohort_gets_the_verdicts_of_kata_check(graded):
    """Verdicts agree check for check; the seed is fresh, shown, and the same for all."""
    folder, run = graded
    assert run.returncode == 0, run.stderr
    records = results(folder / "out")
    assert set(records) == set(SOURCES)
    seeds = {record["report"]["seed"] for record in records.values()}
    (seed,) = seeds
    assert f"seed {seed}" in run.stdout
    assert "judged 5 of 5" in run.stderr
    toy = catalogue.get("toy", MINIATURE)
    for name, record in records.items():
        alone = judge(toy, folder / "cohort" / f"{name}.py", toy.rounds, seed=seed, isolation=Tier.SUBPROCESS)
        verdicts = [
            (c["id"], c["status"], c["message"]) for r in record["report"]["rounds"] for c in r["checks"]
        ]
        assert verdicts == [(v.check.id, v.status, v.message) for v in alone.verdicts]
        assert record["report"]["max_score"] == 7.0  # toy has seven checks
        assert record["report"]["contract"] == toy.digest
    with (folder / "out" / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert {name: row["status"] for name, row in rows.items()} == {
        "right": "pass", "half": "fail", "stub": "unsolved", "broken": "error", "exits": "error",
    }  # fmt: skip
    assert (folder / "out" / "index.html").read_text().startswith("<!DOCTYPE html>")


def test_the_same_command_resumes(kata, cohort, tmp_path):
    """The seed stays; only new submissions and those that --only names are judged."""
    command = ("grade", cohort, "--out", tmp_path / "out", *TRACK)
    before = results(tmp_path / "out")
    (cohort / "late.py").write_text(RIGHT)
    assert kata(*command).returncode == 0
    after = results(tmp_path / "out")
    assert {name: after[name] for name in before} == before
    assert after["late"]["report"]["seed"] == before["right"]["report"]["seed"]
    (cohort / "half.py").write_text(RIGHT)
    (cohort / "stub.py").write_text(RIGHT)
    assert kata(*command, "--only", "half").returncode == 0
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines[len(after) :]] == ["half"]
    assert json.loads(lines[-1])["report"]["status"] == "pass"


def test_points_and_void_checks_change_scores_without_a_second_run(invoke, cohort, tmp_path):
    """toy.1 has three checks that share its points; `half` fails the two of `double`."""
    out, table, course = tmp_path / "out", tmp_path / "out" / "results.csv", tmp_path / "course.toml"
    journal = (out / "results.jsonl").read_bytes()
    rules = 'rounds = ["toy.1", "toy.2"]\n[points]\n"toy.1" = {}\n"toy.2" = 0\n'
    course.write_text(rules.format(30))
    command = ("grade", cohort, "--out", out, "--course", course, "--tracks", MINIATURE, *TIER)
    assert invoke(*command, "--feedback", tmp_path / "pages")[0] == 0
    assert "half,fail,10,30" in table.read_text()  # id, status, score, max_score
    course.write_text(rules.format(3))
    status, printed = invoke(*command, "--void", "toy.1/double/plain", "--void", "toy.1/double/again")
    assert status == 0, printed.err
    assert "half,pass,1,1" in table.read_text()
    assert "toy.1/double/plain" in (out / "index.html").read_text()
    assert (out / "results.jsonl").read_bytes() == journal
    assert len(list((tmp_path / "pages").glob("*.html"))) == len(SOURCES)


def test_samples_of_a_model_are_graded(kata, tmp_path):
    """Each sample is judged on its task's round; the page has pass@k."""
    lines = [
        {"task_id": "toy.1", "completion": f"Here it is:\n```python\n{RIGHT}\n```\n"},
        {"task_id": "toy.1", "completion": SOURCES["half"]},
        {"task_id": "toy.2", "completion": SOURCES["half"]},
    ]
    (tmp_path / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert kata("grade", "samples.jsonl", "--out", "out", "--jobs", "1", *TRACK).returncode == 0
    reports = {name: record["report"] for name, record in results(tmp_path / "out").items()}
    assert {name: report["status"] for name, report in reports.items()} == {
        "toy.1/1": "pass", "toy.1/2": "fail", "toy.2/1": "pass",
    }  # fmt: skip
    assert [round_["id"] for round_ in reports["toy.2/1"]["rounds"]] == ["toy.2"]
    page = (tmp_path / "out" / "index.html").read_text()
    assert "pass@" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--track", "toy"), "no track 'toy'"),
        ((), "which track? expected --track kmeans"),
        (
            ("--bundle", "github", "--track", "kmeans"),
            "--bundle is now a separate command: use `kata bundle",
        ),
        (("--track", "kmeans.1", "--track", "knn.1"), "expected rounds of one track"),
        (("--track", "kmeans", "--course", "course.toml"), "expected --course or --track, not both"),
        (("--track", "kmeans", "--void", "kmeans.1/none"), "no check 'kmeans.1/none'"),
        (("--track", "kmeans", "--only", "nobody"), "--only nobody: no such submission"),
        (("--track", "kmeans", "--require-isolation", "jail"), "unknown isolation 'jail'"),
        (("--track", "kmeans", "--tracks", "nowhere"), "no track in nowhere"),
    ],
)
def test_wrong_usage_is_an_error_of_one_line(graded, invoke, tmp_path, arguments, message):
    (tmp_path / "course.toml").write_text('rounds = ["kmeans.1"]\n')
    status, printed = invoke("grade", graded[0] / "cohort", "--out", "out", *arguments)
    assert status == 2
    assert printed.err.startswith("kata: ")
    assert message in printed.err.splitlines()[-1]


def test_bundles_are_written_for_platforms(invoke, tmp_path):
    """The next step is printed; nothing is judged, and no file is overwritten."""
    command = ("bundle", "gradescope", "--track", "kmeans.1", "--out", "autograder.zip")
    status, printed = invoke(*command)
    assert status == 0, printed.err
    assert printed.out.splitlines()[-1].startswith("next: upload")
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        assert {"setup.sh", "run_autograder", "course.toml"} <= set(archive.namelist())
    assert invoke(*command) == (2, ("", "kata: autograder.zip exists already: remove it first\n"))
    (tmp_path / "course.toml").write_text('rounds = ["kmeans.1"]\n')
    assert invoke("bundle", "github", "--course", "course.toml", "--out", ".")[0] == 0
    assert (tmp_path / ".github" / "workflows" / "kata.yml").is_file()


def test_the_folder_of_another_cohort_is_refused(invoke, cohort):
    status, printed = invoke("grade", cohort, "--out", "out", "--track", "kmeans.1", *TIER)
    assert status == 2
    assert "out holds a cohort of toy: take another folder after --out" in printed.err


def _children(root):
    """Return the processes below a process, with their times of creation."""
    children = psutil.Process(root).children(recursive=True)
    return {child.pid: child.create_time() for child in children}


def _alive(processes):
    """Return those of these processes that still run."""
    for pid, born in processes.items():
        try:
            process = psutil.Process(pid)
            if process.create_time() == born and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.NoSuchProcess:
            continue


PAUSED = """
import sys, time
from mlkata import files
from mlkata.cli import main

written = 0

def append_line(*arguments, append=files.append_line, **options):
    global written
    if written == N_VERDICTS:
        print("paused", flush=True)
        time.sleep(3600)
    written += 1
    return append(*arguments, **options)

files.append_line = append_line
sys.argv[0] = "kata"
main.main()
"""
"""A program that runs `kata`, but stops before it writes verdict number N_VERDICTS, counted from 0."""


def test_a_killed_run_leaves_no_process_and_is_resumed(cohort, tmp_path, cache):
    """It is killed before its first verdict, then after three, and then runs to its end.

    Each submission has one verdict.
    """
    more = [f"more{number}" for number in range(4)]
    for name in more:
        (cohort / f"{name}.py").write_text(RIGHT)
    out, temporary = tmp_path / "killed", tmp_path / "temporary"
    temporary.mkdir()
    arguments = [str(argument) for argument in ("grade", cohort, "--out", out, "--seed", "3", *TRACK)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "TMPDIR": str(temporary)}
    for n_verdicts in (0, 3):
        script = PAUSED.replace("N_VERDICTS", str(n_verdicts))
        process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            assert any(line == "paused\n" for line in process.stdout)
            children = _children(process.pid)
            assert children
            process.kill()
        deadline = time.monotonic() + 300
        while (leftovers := [*_alive(children), *temporary.glob("mlkata-*")]) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not leftovers
        assert not (out / "results.jsonl").exists() or len(results(out)) == n_verdicts
    command = [sys.executable, "-m", "mlkata", *arguments]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    records = results(out)
    assert set(records) == {*SOURCES, *more}
    assert all(records[name]["report"]["status"] == "pass" for name in more)
    assert records["half"]["report"]["status"] == "fail"
