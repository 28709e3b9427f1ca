"""What all kinds of clusters share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from radsurv.compute.compute_options import ComputeConfig
from radsurv.compute.parallel import working_on
from radsurv.errors import ConfigError

CONNECTING_S = 30  # a scheduler answers in milliseconds, or is not there


class ClusterOptions(ComputeConfig):
    """Loops that take more than one worker run on others than this process.

    Attributes
    ----------
    n_jobs
        Threads of the compiled loops that stay in this process.
    wait_s
        Seconds for which workers are waited for, at the beginning and where the last of them has ended.
    packages
        Modules that have to be installed.
    """

    packages: ClassVar[tuple[str, ...]] = ("distributed",)

    wait_s: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]

    @field_validator("n_jobs")
    @classmethod
    def _more_than_one(cls, given: int) -> int:
        if given == 1:
            raise ValueError(
                "one worker is this process alone, without a cluster: choose compute=local, or more of them"
            )
        return given

    def require_package(self) -> None:
        """Refuse a cluster whose packages are not installed."""
        lacking = [name for name in self.packages if find_spec(name) is None]
        if lacking:
            raise ConfigError(
                f"compute={self.choice()} needs the package {lacking[0].replace('_', '-')}, which is not installed:"
                f" uv sync --extra {self.choice()}, or pip install 'radsurv[{self.choice()}]'"
            )

    @contextmanager
    def connected(self, address: str, shown: str, needed: Sequence[Path]) -> Iterator[None]:
        """Have loops in the block run on the workers of a scheduler, once all of them are found to be fit for it.

        Parameters
        ----------
        address, shown
            Of the scheduler, and what messages call it.
        """
        from distributed import Client

        from radsurv.compute.cluster import Cluster

        try:
            client = Client(address, timeout=CONNECTING_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ConfigError(
                f"{shown}: no scheduler answers within {CONNECTING_S} s ({type(error).__name__}): start one (dask scheduler) and"
                " workers (dask worker ADDRESS), correct the address, or leave it out for workers on this machine"
            ) from None
        with client:
            cluster = Cluster(client, shown, self.wait_s)
            cluster.check(needed)
            with working_on(cluster):
                yield
