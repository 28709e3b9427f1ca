"""Every site is predicted by a model of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Int

from radsurv.errors import ConfigError
from radsurv.survival.outcome import Outcome
from radsurv.validation.site_strata import site_names
from radsurv.validation.splits import Splits, splits_of_labels
from radsurv.validation.validation_options import Scheme


class LeaveSiteOut(Scheme):
    """Leave-one-site-out cross-validation."""

    scheme: Literal["leave_site_out"]

    not_independent: ClassVar[str] = (
        "The patients of every site were predicted by a model that had seen those of all other sites"
    )

    by_site: ClassVar[bool] = True

    def splits(self, outcome: Outcome, sites: Sequence[str | None] | None, seed: int) -> Splits:
        return splits_of_labels(_site_numbers(sites)[None])

    def describe(self, n_folds: int | None) -> str:
        return "leave-site-out" + (f" ({n_folds} sites)" if n_folds else "")


def _site_numbers(sites: Sequence[str | None] | None) -> Int[np.ndarray, "patient"]:
    """Sites numbered in the order of the alphabet."""
    asked = "validation=leave_site_out needs the column site of the cohort table"
    mapped = "name yours with 'cohort.columns={site: YOURS}', or choose validation=repeated_kfold"
    if sites is None:
        raise ConfigError(f"{asked}, which it does not have: {mapped}")
    named = site_names(sites).tolist()
    if "" in named:
        raise ConfigError(
            f"{asked}: it is empty for {named.count('')} of {len(named)} patients; fill it in, or {mapped}"
        )
    known = sorted(set(named))
    if len(known) < 2:
        raise ConfigError(f"{asked} with at least two sites, and found only {known[0]!r}: {mapped}")
    return np.array([known.index(site) for site in named])
