"""What a run may use of this machine, and of others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import ByteSize, field_validator

from radsurv.files import repository
from radsurv.options.base import Alternative, alternatives, one_of
from radsurv.options.file_paths import FilePath

MOST_WORKERS = 1_024


class ComputeConfig(Alternative):
    """Changes no number but through ``precision``.

    Attributes
    ----------
    n_jobs
        Workers; −1 for one per core.
    accelerator, devices, strategy, precision
        Of the network.
    cache_dir
        Folder of what was computed, which runs and people may share; see `cache_folder`.
    cache_limit
        To how much it may grow, in bytes or as text (``20 GB``); None: without limit.
    shared_cache
        Address of a folder in object storage where machines find what others have computed; None: `cache_dir` alone.
    of_the_network
        The options that may change the last digits of deep features.
    whereabouts
        Those that tell of somebody's machines, for what is given to others.
    """

    of_the_network: ClassVar[frozenset[str]] = frozenset({"accelerator", "devices", "strategy", "precision"})
    whereabouts: ClassVar[frozenset[str]] = frozenset({"shared_cache"})

    n_jobs: int
    accelerator: str
    devices: int | str
    strategy: str
    precision: Literal["fp32", "bf16"]
    cache_dir: FilePath
    cache_limit: ByteSize | None
    shared_cache: FilePath | None

    @property
    def cache_folder(self) -> Path:
        """Where `cache_dir` is: a relative one within the repository that has DVC's folder, whatever folder of it one stands in.

        DVC runs queued experiments in copies of the repository inside of that folder: they have the cache of the original. Without
        such a repository, a relative one is within the working folder.
        """
        return (repository() or Path.cwd()) / self.cache_dir

    @field_validator("n_jobs")
    @classmethod
    def _some_workers(cls, given: int) -> int:
        if given < -1 or given == 0 or given > MOST_WORKERS:
            raise ValueError(f"expected a number of workers from 1 to {MOST_WORKERS:,}, or -1 for one per core")
        return given

    def for_others(self) -> Self:
        """The same without what tells of somebody's machines."""
        given = {name: getattr(self, name) for name in self.whereabouts}
        return self.model_copy(update={name: [] if isinstance(value, list) else None for name, value in given.items()})

    @abstractmethod
    def workers(self, needed: Sequence[Path]) -> AbstractContextManager[None]:
        """A block whose parallel loops (`radsurv.compute.parallel`) run on these workers.

        Parameters
        ----------
        needed
            Files and folders, absolute, that every worker has to see.

        Raises
        ------
        ConfigError
            There are no such workers, they do not answer, have other code, or do not see a file.
        """


COMPUTE = alternatives("radsurv.compute.kinds", ComputeConfig)
if TYPE_CHECKING:
    Compute = ComputeConfig
else:
    Compute = one_of(COMPUTE)
