"""What a run records of itself, beside its tables: enough to run it again, and to know what its numbers are worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from radsurv.catalogue.stages import StageName


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def with_texts(self, said: Callable[[str], str]) -> Self:
        """The same with every text changed, in the records of the stages as well."""
        return type(self).model_validate(_mapped(self.model_dump(), said))


class WeightsRecord(_Record):
    """Which network gave the deep features, and where its weights came from.

    Attributes
    ----------
    backbone
    weights
        As configured: a published name, ``random``, or a path.
    seed
        Of random weights.
    entry, url
        Of published ones.
    file, sha256
        Of those that are files; the hash is None while the file has not been downloaded.
    """

    backbone: str
    weights: str
    seed: int | None = None
    entry: str | None = None
    url: str | None = None
    file: str | None = None
    sha256: str | None = None


class JudgedModel(_Record):
    """What a model was found to be worth where it was trained.

    Attributes
    ----------
    how
        Patients were left out, in words.
    harrell_c, harrell_c_low, harrell_c_high
        Of those who were left out, with 95 % limits.
    apparent_c
        Of the model of all patients on these very patients.
    """

    how: str
    harrell_c: float | None
    harrell_c_low: float | None
    harrell_c_high: float | None
    apparent_c: float | None


class AppliedModel(_Record):
    """A finished model that was applied, and how it was made.

    Attributes
    ----------
    model, sha256
        Path as configured, and hash of the file.
    cohort, n_patients, n_events, simulated
        Of those on whom it was trained.
    transforms, reduction, trained
        What was done there, in words.
    characteristics
        What Table 1 says of them, by row.
    judged
        What it was found to be worth there, where its file tells.
    """

    model: str
    sha256: str
    cohort: str
    n_patients: int
    n_events: int
    simulated: bool
    transforms: str
    reduction: str
    trained: str
    characteristics: dict[str, str] = {}
    judged: JudgedModel | None = None


class StageRecord(_Record):
    """What a stage says of its results: the same whenever and wherever they are computed.

    Attributes
    ----------
    notes
        Fallbacks and remarks.
    reasons
        For each metric without a value, why.
    weights, resized_by
        Of the deep stage.
    applied
        Of an external validation.
    """

    notes: list[str] = []
    reasons: dict[str, str] = {}
    weights: WeightsRecord | None = None
    resized_by: str | None = None
    applied: AppliedModel | None = None


class StageExecution(_Record):
    """How a stage went, this time.

    Attributes
    ----------
    seconds
    notes
        What another run of the same experiment need not say: what came from an earlier run, what was wrong with the cache.
    cache_dir
        Absolute.
    cache_read, cache_written
        Entries of the cache that were used, and stored.
    cache_fetched, cache_shared
        How many of those used came from the shared cache, and how many it took.
    results
        Hash of what the stage wrote. Where other results stand there, as DVC may put them back, this is not how they came about.
    """

    seconds: float
    notes: list[str] = []
    cache_dir: str
    cache_read: int = 0
    cache_written: int = 0
    cache_fetched: int = 0
    cache_shared: int = 0
    results: str


class Provenance(_Record):
    """What was computed: version, hashes, seed, and what each stage noted of its results, in the order of the stages.

    Attributes
    ----------
    inputs
        Hashes of the tables that the analysis began with.
    predictions_md5
        By which ``dvc.lock`` names the predictions, so that the commit can be found whose results these are.
    """

    radsurv: str | None = None
    inputs: dict[str, str] = {}
    predictions_md5: str | None = None
    seed: int | None = None
    stages: dict[StageName, StageRecord] = {}


class Execution(_Record):
    """How a run went: when, on what, with which code. Two runs of one experiment differ in nothing else.

    Attributes
    ----------
    results
        Hash of the results of the whole run, as `StageExecution.results`.
    command
        What to type to run it again.
    conf, conf_sha256
        Which folder of options was read, and a hash of all its files.
    date
        When it was finished, in UTC.
    git_commit, git_dirty
        Of the checkout that the installed code is part of, whatever folder the run was started in; None without one.
    machine, cores
        Kind of processor, and how many cores the run might use; no name of a host.
    """

    results: str | None = None
    command: str | None = None
    conf: str | None = None
    conf_sha256: str | None = None
    date: str | None = None
    git_commit: str | None = None
    git_dirty: bool = False
    python: str | None = None
    platform: str | None = None
    machine: str | None = None
    cores: int | None = None
    packages: dict[str, str] = {}
    stages: dict[StageName, StageExecution] = {}

    @property
    def recorded(self) -> bool:
        """Whether anything is known: results that DVC has brought say nothing of the run that made them."""
        return self.date is not None


def _mapped(value: Any, said: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _mapped(item, said) for name, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, said) for item in value]
    return said(value) if isinstance(value, str) else value
