"""What is done with an experiment besides predicting: significance, comparison, maps, tracking."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from radsurv.options.base import Alternative, Few, Millions, Section


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
    """

    name: Literal["permutation"]
    permutations: Annotated[int, Field(ge=19, le=1_000_000)]
    stop_after: Millions
    within: Literal["auto", "none", "site", "both"]


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


Significance = NaivePOnly | Permutations
Attribution = NoAttribution | Occlusion
Tracking = NoTracking | WandbTracking
