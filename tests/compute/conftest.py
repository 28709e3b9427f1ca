"""A Dask cluster for tests: two workers with a thread each, in this process."""

import pytest


@pytest.fixture(scope="module")
def scheduler():
    """The address of its scheduler."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
    ) as cluster:
        yield cluster.scheduler_address
