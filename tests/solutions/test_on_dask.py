"""Map and merge on a cluster: the same iterations as on one machine."""

import importlib.util
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # starts a cluster

distributed = pytest.importorskip("distributed")
FILE = Path(__file__).parents[2] / "benchmarks" / "on_dask.py"


@pytest.fixture
def on_dask(monkeypatch):
    """The script, as a module that workers in this process can import."""
    spec = importlib.util.spec_from_file_location("on_dask", FILE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "on_dask", module)
    spec.loader.exec_module(module)
    return module


# Dask leaves the sockets with which it looks for free ports to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("n_chunks", [1, 5])
def test_a_cluster_gives_what_one_machine_gives(on_dask, n_chunks):
    """Any number of chunks, also one that leaves some without a partner; rounding is all that differs."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        apart = on_dask.compare(client, on_dask.clouds(3_000), n_chunks)
    assert set(apart) == {"k-means", "EM"}
    assert max(apart.values()) < 1e-9
