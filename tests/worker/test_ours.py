"""The kit's own solutions are loaded by path, in workers without isolation; submissions never are."""

import numpy as np
import pytest
from mlkata.judging.judge import read_submission
from mlkata.tracks.model import Kind, call
from mlkata.worker import parent, runner, tiers
from mlkata.worker.process import Process
from mlkata.worker.tiers import Tier
from support import case_of

pytestmark = pytest.mark.slow  # compiles in fresh processes

DOUBLE = case_of(call("double", x=np.arange(3.0)))
KERNEL = """
from numba import njit


@njit(cache=True)
def twice(x):
    return 2 * x
"""


@pytest.fixture
def package(tmp_path):
    """Return the path of a solution: a package that imports a compiled function from a module beside it."""
    folder = tmp_path / "solutions" / "toy"
    (folder / "fast").mkdir(parents=True)
    (folder / "kernel.py").write_text(KERNEL)
    (folder / "fast" / "__init__.py").write_text(
        "from ..kernel import twice\n\n\ndef double(x):\n    return twice(x)\n"
    )
    return folder / "fast"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_package_is_loaded_by_path_and_compiled_code_is_kept(
    package, toy, tmp_path, monkeypatch, elsewhere
):
    """Compiled code is kept beside the sources or, if NUMBA_CACHE_DIR is set, there."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    if elsewhere:
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    submission = runner.ours(package)
    assert submission.numba
    run = runner.Runner(submission, toy.contracts, parent.Workers(ahead=0, numba=True))
    try:
        answer = run.answer(DOUBLE)
    finally:
        run.close()
    assert np.array_equal(answer.values[0], [0.0, 2.0, 4.0]), answer
    folder = (tmp_path / "cache") if elsewhere else package.parent / "__pycache__"
    assert len(list(folder.rglob("*.toy.kernel/kernel.twice-*.nbi"))) == 1


def test_a_solution_that_cannot_be_imported_has_a_message(package, toy):
    (package.parent / "kernel.py").write_text("raise OSError('no disk')\n")
    run = runner.Runner(runner.ours(package), toy.contracts, parent.Workers(ahead=0))
    try:
        answer = run.answer(DOUBLE)
    finally:
        run.close()
    assert answer.kind is Kind.IMPORT
    assert answer.message == "fast cannot be imported: OSError: no disk"


def test_a_submission_has_no_path_and_an_isolated_worker_loads_none(package, tmp_path):
    """A submission is sent as bytes, so it cannot import from the folder that it was read from."""
    file = tmp_path / "toy.py"
    file.write_text("from .kernel import twice\n")
    assert read_submission(file).path is None
    for tier in (tier for tier in Tier if tier is not Tier.SUBPROCESS and not tiers.missing(tier)):
        worker = parent.Worker(Process(tier=tier))
        try:
            with pytest.raises(ValueError, match="cannot read solutions"):
                worker.load(b"", "fast", package)
        finally:
            worker.close()


def test_a_candidates_numba_uses_its_usual_cache(toy):
    """That is NUMBA_CACHE_DIR, a folder of the worker's own, and not where the kit caches its code."""
    source = KERNEL + (
        "import numba\n\n\ndef double(x):\n    assert not numba.config.CACHE_LOCATOR_CLASSES\n"
        "    locator = twice._cache._impl.locator\n"
        "    assert type(locator).__name__ == 'UserProvidedCacheLocator', locator\n    return twice(x)\n"
    )
    workers = parent.Workers(ahead=0, numba=True)
    run = runner.Runner(runner.Submission("toy.py", source.encode()), toy.contracts, workers)
    try:
        answer = run.answer(DOUBLE)
    finally:
        run.close()
    assert answer.kind is Kind.VALUE, answer
