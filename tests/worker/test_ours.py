"""Solutions of the kit's own in a worker: loaded by path, where no walls stand; a submission never is."""

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
    """A solution that is a package, beside a kernel."""
    folder = tmp_path / "solutions" / "toy"
    (folder / "fast").mkdir(parents=True)
    (folder / "kernel.py").write_text(KERNEL)
    (folder / "fast" / "__init__.py").write_text(
        "from ..kernel import twice\n\n\ndef double(x):\n    return twice(x)\n"
    )
    return folder / "fast"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_package_is_loaded_by_path_and_what_numba_compiles_is_kept(
    package, toy, tmp_path, monkeypatch, elsewhere
):
    """Beside the sources, or where NUMBA_CACHE_DIR says, as outside of workers."""
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
    kept = (tmp_path / "cache") if elsewhere else package.parent / "__pycache__"
    assert len(list(kept.rglob("*.toy.kernel/kernel.twice-*.nbi"))) == 1


def test_one_that_cannot_be_imported_says_why(package, toy):
    (package.parent / "kernel.py").write_text("raise OSError('no disk')\n")
    run = runner.Runner(runner.ours(package), toy.contracts, parent.Workers(ahead=0))
    try:
        answer = run.answer(DOUBLE)
    finally:
        run.close()
    assert answer.kind is Kind.IMPORT
    assert answer.message == "fast cannot be imported: OSError: no disk"


def test_a_submission_has_no_path_and_behind_walls_none_is_loaded(package, tmp_path):
    """Whatever a file is called and wherever it lies, its bytes are all that travels."""
    file = tmp_path / "toy.py"
    file.write_text("from .kernel import twice\n")
    assert read_submission(file).path is None
    for tier in (tier for tier in Tier if tier is not Tier.SUBPROCESS and not tiers.missing(tier)):
        worker = parent.Worker(Process(tier=tier))
        try:
            with pytest.raises(ValueError, match="walls hide it"):
                worker.load(b"", "fast", package)
        finally:
            worker.close()


def test_a_candidate_s_numba_is_left_as_it_is(toy):
    """Nothing of ours is asked where its kernels are kept."""
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
