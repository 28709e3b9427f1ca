"""Dask workers in jobs of a SLURM cluster, which begin and end with the run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from radsurv.compute.cluster_options import ClusterOptions
from radsurv.errors import ConfigError
from radsurv.options.base import Few

if TYPE_CHECKING:
    from dask_jobqueue.slurm import SLURMCluster


class Slurm(ClusterOptions):
    """Loops inside of SLURM jobs.

    Attributes
    ----------
    jobs
        How many are submitted.
    cores, memory, walltime, queue, account
        Of each job, as SLURM reads them; None: the cluster's own.
    directives
        Further lines of the job's script after ``#SBATCH``.
    prologue
        Lines of shell before the workers begin.
    interface
        Network interface over which jobs and this machine reach each other; None: that of the host name.
    """

    name: Literal["slurm"]
    jobs: Few
    cores: Annotated[int, Field(ge=1, le=1_024)]
    memory: str
    walltime: str
    queue: str | None
    account: str | None
    directives: list[str]
    prologue: list[str]
    interface: str | None

    packages: ClassVar[tuple[str, ...]] = ("distributed", "dask_jobqueue")
    whereabouts: ClassVar[frozenset[str]] = ClusterOptions.whereabouts | {
        *("queue", "account", "directives", "prologue", "interface")
    }

    @contextmanager
    def workers(self, needed: Sequence[Path]) -> Iterator[None]:
        self.require_package()
        if shutil.which("sbatch") is None:
            raise ConfigError(
                "compute=slurm submits jobs with sbatch, which this machine does not have: start the run on a node of the cluster"
                " that has it, or choose compute=dask"
            )
        with self.cluster() as cluster:
            cluster.scale(jobs=self.jobs)
            with self.connected(cluster.scheduler_address, f"compute=slurm ({self.jobs} jobs)", needed):
                yield

    def cluster(self) -> SLURMCluster:
        """A scheduler on this machine, and no job yet; its ``job_script()`` is what will be submitted."""
        from dask_jobqueue.slurm import SLURMCluster

        # A process for every core: images are not safe in threads.
        return SLURMCluster(
            cores=self.cores,
            processes=self.cores,
            memory=self.memory,
            walltime=self.walltime,
            queue=self.queue,
            account=self.account,
            job_extra_directives=self.directives,
            job_script_prologue=self.prologue,
            interface=self.interface,
            scheduler_options={"dashboard_address": "127.0.0.1:0"},
        )
