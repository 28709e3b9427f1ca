"""A Dask cluster: one that is there, or one that begins and ends with the run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from logging import CRITICAL
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import field_validator

from radsurv.compute.cluster_options import ClusterOptions
from radsurv.compute.parallel import n_workers

ADDRESS = re.compile(r"(tcp|tls)://[^\s/:]+(:\d{1,5})|(tcp|tls)://\[[0-9a-fA-F:.]+\]:\d{1,5}")


class Dask(ClusterOptions):
    """Loops on the workers of a Dask scheduler.

    Attributes
    ----------
    address
        Of the scheduler; None: one on this machine, with `n_jobs` worker processes.
    """

    name: Literal["dask"]
    address: str | None

    whereabouts: ClassVar[frozenset[str]] = ClusterOptions.whereabouts | {"address"}

    @field_validator("address")
    @classmethod
    def _of_a_scheduler(cls, given: str | None) -> str | None:
        if given is not None and not ADDRESS.fullmatch(given):
            raise ValueError("expected the address that `dask scheduler` prints, tcp://HOST:PORT or tls://HOST:PORT")
        return given

    @contextmanager
    def workers(self, needed: Sequence[Path]) -> Iterator[None]:
        self.require_package()
        if self.address is not None:
            with self.connected(self.address, f"compute.address={self.address}", needed):
                yield
            return
        import dask
        from distributed import LocalCluster

        # Dask gives up a worker that is being started anew 15 s after its end. A limit of memory would be one more thing that ends
        # workers, and compute=local has none. What fails is raised here: no log repeats it.
        with (
            dask.config.set({"distributed.deploy.lost-worker-timeout": "1 day"}),
            LocalCluster(
                n_workers=n_workers(self.n_jobs),
                threads_per_worker=1,
                memory_limit=0,
                dashboard_address="127.0.0.1:0",
                silence_logs=CRITICAL,
            ) as cluster,
            self.connected(cluster.scheduler_address, "the Dask cluster of this run", needed),
        ):
            yield
