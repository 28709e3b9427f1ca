"""What the stages that learn begin with: the patients, the protocol and the resources of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from radsurv.catalogue.tables import COHORT, DEEP, DEEP_READINGS, FEATURES, RADIOMICS, RADIOMICS_READINGS
from radsurv.cohort.covariates import encode_covariates
from radsurv.config import Config
from radsurv.errors import CohortError
from radsurv.features.feature_table import CompleteTable, complete, join
from radsurv.features.readings import Readings, collect_readings
from radsurv.objects.shared_cache import SharedCache
from radsurv.stages.inner_folds_file import read_inner_folds
from radsurv.stages.naming import Naming
from radsurv.stages.result_store import ResultStore
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import made_up
from radsurv.stages.terminal import progress_bar
from radsurv.validation.patients import Patients, patients_of
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.validation_options import Scheme


@dataclass(frozen=True)
class Analysis:
    """The patients of an experiment, and where they come from.

    Attributes
    ----------
    patients
    cohort
        The whole cohort table; the patients are those of its rows with complete features.
    features
        Their feature table, and what had to go for it.
    """

    patients: Patients
    cohort: pd.DataFrame
    features: CompleteTable

    @property
    def simulated(self) -> bool:
        """Whether any of the patients were made up."""
        return made_up(self.cohort)

    @property
    def rows(self) -> pd.DataFrame:
        """Of the cohort table, for the patients, in their order."""
        return rows_of(self.cohort, self.patients.ids)


def load_analysis(config: Config, folder: RunFolder) -> Analysis:
    """The patients with complete features; with imputation those with missing values too."""
    cohort = folder.read(COHORT)
    whole = joined(folder, encode_covariates(cohort, config.cohort.covariates))
    features = complete(whole, config.reduction.max_missing, fill_in=imputes(config))
    readings = collect_readings(features.table, further_readings(folder))
    _check_readings(config, readings)
    config.transforms.check_names(tuple(features.table.columns.drop("patient_id")))
    return Analysis(patients_of(features.table, cohort, readings), cohort, features)


def joined(folder: RunFolder, covariates: pd.DataFrame) -> pd.DataFrame:
    """Covariates and all features side by side, one row for each patient of the first."""
    tables = [folder.read(table) for table in (FEATURES, RADIOMICS, DEEP)]
    return join([covariates, *tables], covariates["patient_id"].tolist())


def rows_of(cohort: pd.DataFrame, patient_ids: Iterable[str]) -> pd.DataFrame:
    """Of the cohort table, for some patients, in their order."""
    return cohort.set_index("patient_id").loc[list(patient_ids)].reset_index()


def imputes(config: Config) -> bool:
    """Whether missing values are filled in inside every training set."""
    return config.transforms.fills_in


def further_readings(folder: RunFolder) -> list[pd.DataFrame]:
    """Of radiomics and deep features."""
    return [folder.read(RADIOMICS_READINGS), folder.read(DEEP_READINGS)]


def protocol_of(config: Config, scheme: Scheme) -> Protocol:
    """How this run trains and judges.

    Without covariates there is no clinical block, whatever columns of a ready table, or of a comparator, are called.
    """
    model = config.model if config.cohort.covariates else config.model.with_options({"clinical": "none"})
    return Protocol(
        transforms=config.transforms,
        reduction=config.reduction,
        model=model,
        scheme=scheme,
        search=config.search,
        seed=config.seed,
        inner_folds=read_inner_folds(scheme.given_inner_folds, Naming(config).name),
    )


def result_store(config: Config) -> ResultStore:
    """Where finished pieces of the analysis are kept."""
    return ResultStore(config.compute.cache_folder, SharedCache.of(config.compute))


def resources_of(config: Config, store: ResultStore) -> Resources:
    """What this run may use."""
    return Resources(config.compute.n_jobs, store, progress_bar)


def _check_readings(config: Config, readings: Readings) -> None:
    """The agreement of readings must be that of more than a few patients."""
    if config.reduction.threshold("icc") is not None and readings.n_patients < config.cohort.min_patients:
        raise CohortError(
            f"reduction.icc: only {readings.n_patients} of {readings.values.shape[1]} patients have a second reading;"
            f" expected at least {config.cohort.min_patients} (cohort.min_patients): the warnings in qc.csv say why"
        )
