"""What is done with an experiment besides predicting: significance, comparison, maps, tracking; and what it may use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ByteSize, Field, field_validator

from radsurv.options.base import Alternative, Few, Millions, Section
from radsurv.options.file_paths import FilePath

MOST_WORKERS = 1_024


class NaivePOnly(Alternative):
    """The log-rank P alone."""

    name: Literal["naive"]


class Permutations(Alternative):
    """The whole pipeline repeated on shuffled outcomes.

    Attributes
    ----------
    within
        Among whom outcomes are shuffled: everybody (``none``), the patients of each site (``site``; ``auto``: where there are
        at least two usable ones), or first the one and then the other (``both``).
    added_value
        Whether to test as well, where the model has covariates and images, what the images add: images shuffled, covariates kept.
    """

    name: Literal["permutation"]
    permutations: Annotated[int, Field(ge=19, le=1_000_000)]
    stop_after: Millions
    within: Literal["auto", "none", "site", "both"]
    added_value: bool


Comparator = Literal["clinical", "volume", "radiomics", "deep", "combined", "combined_clinical"]


class Comparison(Section):
    """Beside the experiment, on the same patients: simpler models, and k-fold cross-validation beside leave-one-out."""

    kfold: bool
    models: list[Comparator]


class NoAttribution(Alternative):
    """No maps."""

    name: Literal["none"]


class Occlusion(Alternative):
    """Maps of what the steadiest deep features look at, by covering one part of the patch after the other."""

    name: Literal["occlusion"]
    features: Few
    patients: Few
    cells: Annotated[int, Field(ge=3, le=100)]


class NoTracking(Alternative):
    """No dashboard."""

    name: Literal["none"]


LoggedPatients = Literal["none", "pseudonyms", "ids"]


class Logged(Alternative):
    """Any dashboard.

    Attributes
    ----------
    patients
        How patients are named in what leaves the run folder; ``none``: in no table and no list of the page.
    """

    patients: LoggedPatients


class WandbTracking(Logged):
    """A Weights & Biases run."""

    name: Literal["wandb"]
    mode: Literal["offline", "online"]
    project: str
    entity: str | None
    group: str | None
    init_timeout_s: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class ComputeConfig(Section):
    """What the run may use; changes no number but through ``precision``.

    Attributes
    ----------
    n_jobs
        Workers; −1 for one per core.
    accelerator, devices, strategy, precision
        Of the network.
    cache_dir
        Folder of what was computed, which runs and people may share.
    cache_limit
        To how much it may grow, in bytes or as text (``20 GB``); None: without limit.
    """

    n_jobs: int
    accelerator: str
    devices: int | str
    strategy: str
    precision: Literal["fp32", "bf16"]
    cache_dir: FilePath
    cache_limit: ByteSize | None

    @field_validator("n_jobs")
    @classmethod
    def _some_workers(cls, given: int) -> int:
        if given < -1 or given == 0 or given > MOST_WORKERS:
            raise ValueError(f"expected a number of workers from 1 to {MOST_WORKERS:,}, or -1 for one per core")
        return given


Significance = NaivePOnly | Permutations
Attribution = NoAttribution | Occlusion
Tracking = NoTracking | WandbTracking
