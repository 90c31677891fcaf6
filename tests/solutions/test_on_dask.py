"""benchmarks/on_dask.py, k-means and EM on a Dask cluster, gives the results of one machine."""

import importlib.util
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # starts a cluster

distributed = pytest.importorskip("distributed")
FILE = Path(__file__).parents[2] / "benchmarks" / "on_dask.py"


@pytest.fixture
def on_dask(monkeypatch):
    """Return the script as a module, which Dask's workers, threads of this process, can import."""
    spec = importlib.util.spec_from_file_location("on_dask", FILE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "on_dask", module)
    spec.loader.exec_module(module)
    return module


# Dask looks for free ports with sockets that it does not close.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("n_chunks", [1, 5])
def test_a_cluster_agrees_with_one_machine(on_dask, n_chunks):
    """For one chunk, and for five, not a power of 2, as sums are merged in pairs. Only rounding differs."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        differences = on_dask.compare(client, on_dask.clouds(3_000), n_chunks)
    assert set(differences) == {"k-means", "EM"}
    assert max(differences.values()) < 1e-9
