"""Simpler models beside the experiment: which features they get, from the tables of a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

from radsurv.cohort.covariates import encode_covariates
from radsurv.config import Config, ReductionConfig, SearchConfig
from radsurv.features.readings import collect_readings
from radsurv.stages.progress import progress_bar
from radsurv.stages.run_folder import RunFolder
from radsurv.validation.comparators import Comparator, choose_comparators, compare
from radsurv.validation.cross_validate import NO_SEARCH, CrossValidation
from radsurv.validation.inner_search import searched

USUAL_COVARIATES = ("age", "sex")
KEEP_ALL = ReductionConfig(mad=None, cindex=0.5, pearson=1.0)
KEEP_TOGETHER = ("clinical", "combined_clinical")


def compare_with_simpler(
    config: Config,
    folder: RunFolder,
    cohort: pd.DataFrame,
    table: pd.DataFrame,
    experiment: CrossValidation,
    cross_validated: Callable[..., CrossValidation],
) -> pd.DataFrame:
    """The table of `radsurv.validation.comparators.compare`.

    Parameters
    ----------
    cohort
        Of the patients who are analysed, in the order of `table`.
    table
        Complete features of the experiment, ``patient_id`` first.
    cross_validated
        The pipeline of the experiment, for other tables, reductions, models and searches.
    """
    clinical, missing = _clinical(config, cohort.reset_index(drop=True))
    features = table.drop(columns=[name for name in clinical if name in table and name != "patient_id"])
    everything = features.merge(clinical, on="patient_id", validate="one_to_one")
    kinds = _kinds(folder, features, clinical)
    comparators, reasons = choose_comparators(config.validation.comparators, kinds, list(table.columns[1:]))
    if missing:
        reasons |= {name: missing for name in KEEP_TOGETHER if name in reasons}
    readings = [folder.read(folder.radiomics_readings), folder.read(folder.deep_readings)]

    def run(comparator: Comparator) -> CrossValidation:
        part = everything[["patient_id", *comparator.features]]
        options: dict[str, Any] = {"search": _search_among_all(config.search)}
        if comparator.plain:
            model = config.model.model_copy(update={"name": "cox"})
            options = {"reduction": KEEP_ALL, "model": model, "search": NO_SEARCH, "eligible": None}
        elif config.reduction.icc is not None:
            agreeing = collect_readings(part, readings).eligible
            options["eligible"] = partial(agreeing, threshold=config.reduction.icc)
        result = cross_validated(part.iloc[:, 1:].to_numpy(float), comparator.features, **options)
        advance()
        return result

    with progress_bar("compare", len(comparators)) as advance:
        return compare(experiment, comparators, run, reasons, seed=config.seed)


def _search_among_all(search: SearchConfig) -> SearchConfig:
    """Without groups of features: which they are is what comparators differ in."""
    among_all = search.model_copy(update={"features": None})
    return among_all if searched(among_all) else NO_SEARCH


def _clinical(config: Config, cohort: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Age, sex and the covariates of the configuration, or none of them and the reason."""
    names = dict.fromkeys([*(name for name in USUAL_COVARIATES if name in cohort), *config.cohort.covariates])
    clinical = encode_covariates(cohort, [name for name in names if cohort[name].notna().any()])
    lacking = {name: int(clinical[name].isna().sum()) for name in clinical.columns[1:] if clinical[name].isna().any()}
    if not lacking:
        return clinical, ""
    said = ", ".join(f"{name} for {count}" for name, count in lacking.items())
    return clinical[["patient_id"]], f"covariates are missing: {said} of {len(cohort)} patients"


def _kinds(folder: RunFolder, features: pd.DataFrame, clinical: pd.DataFrame) -> dict[str, str]:
    """What each feature is; ready features count as radiomics."""
    deep = set(folder.read(folder.deep).columns)
    kinds = {str(name): "deep" if name in deep else "radiomics" for name in features.columns[1:]}
    return kinds | dict.fromkeys(map(str, clinical.columns[1:]), "clinical")
