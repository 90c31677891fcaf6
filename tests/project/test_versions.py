"""Versions are stated once, or equal everywhere."""

import re
import tomllib
from pathlib import Path

import mlkata
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

EXTRAS = PYPROJECT["project"]["optional-dependencies"]
# The packages that the project itself names; constraints.txt also pins those that they need.
DIRECT = [*PYPROJECT["project"]["dependencies"], *EXTRAS["dev"], *EXTRAS["docs"]]


def pins():
    """Return the lines of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_constraints_are_versions_by_name_and_nothing_else():
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9A-Za-z.+!]+", line) for line in pins())


def test_uv_reads_the_same_constraints():
    assert PYPROJECT["tool"]["uv"]["constraint-dependencies"] == pins()


def test_every_direct_dependency_is_pinned_within_its_range():
    pinned = {canonicalize_name(name): version for name, version in (line.split("==") for line in pins())}
    for text in DIRECT:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), text


def test_every_direct_dependency_is_explained():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("## What we depend on, and why")[1]
    for dependency in DIRECT:
        assert Requirement(dependency).name in section, dependency


def test_the_newest_version_in_the_changelog_is_ours():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text
    newest = re.search(r"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    assert newest is not None
    assert newest[1] == mlkata.__version__
