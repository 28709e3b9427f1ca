"""Strata of a stratified model: which patients share a baseline hazard, and who is judged by that of all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from radsurv.errors import ConfigError
from radsurv.survival.measurements import Measurements
from radsurv.survival.model import RiskModel
from radsurv.survival.strata import Strata
from radsurv.validation.site_strata import site_names


def strata_of_model(sites: Sequence[object] | None) -> Strata:
    """The site of every patient.

    Raises
    ------
    ConfigError
        When there is no column of sites, or it is empty for somebody.
    """
    asked = "model.strata=site needs the column site of the cohort table"
    mapped = "name yours with 'cohort.columns={site: YOURS}', or set model.strata=null"
    if sites is None:
        raise ConfigError(f"{asked}, which it does not have: {mapped}")
    named: list[str] = site_names(sites).tolist()
    if "" in named:
        raise ConfigError(
            f"{asked}: it is empty for {named.count('')} of {len(named)} patients; fill it in, or {mapped}"
        )
    return named


def without_own_baseline(model: RiskModel, patients: Measurements) -> Bool[np.ndarray, "patient"]:
    """Whose survival hangs on the baseline hazard of all training patients, because the model has none of their site."""
    if not model.strata or patients.sites is None:
        return np.full(len(patients), bool(model.strata))
    return ~np.isin(site_names(patients.sites), list(model.strata))


def told_of_baselines(n_without: int, n_predictions: int) -> str:
    """What a reader of survival curves must know of a stratified model."""
    whom = f"; {n_without:,} of {n_predictions:,} predictions are by the latter"
    return (
        "stratified model: risks compare patients of the same site (harrell_c_within_sites; C over all pairs compares across"
        " sites as well). Survival is by the baseline hazard of the patient's site, or, where the training set had no event"
        f" there, by that of all its patients{whom if n_without else ''}"
    )
