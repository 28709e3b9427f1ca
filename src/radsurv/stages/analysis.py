"""What the stages that learn begin with: the patients, the protocol and the resources of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radsurv.catalogue.tables import COHORT, DEEP, DEEP_READINGS, FEATURES, RADIOMICS, RADIOMICS_READINGS
from radsurv.cohort.covariates import encode_covariates
from radsurv.config import Config
from radsurv.errors import CohortError, ConfigError
from radsurv.features.feature_table import CompleteTable, complete, join
from radsurv.features.readings import Readings, collect_readings
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.search_store import SearchStore
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
        return bool(self.cohort["simulated"].any())

    @property
    def rows(self) -> pd.DataFrame:
        """Of the cohort table, for the patients, in their order."""
        rows = self.cohort.set_index("patient_id").loc[list(self.patients.ids)]
        return rows.reset_index()


def load_analysis(config: Config, folder: RunFolder) -> Analysis:
    """The patients with complete features; with imputation those with missing values too."""
    cohort = folder.read(COHORT)
    tables = [folder.read(table) for table in (FEATURES, RADIOMICS, DEEP)]
    covariates = encode_covariates(cohort, config.cohort.covariates)
    whole = join([covariates, *tables], cohort["patient_id"].tolist())
    features = complete(whole, config.reduction.max_missing, fill_in=imputes(config))
    readings = collect_readings(features.table, further_readings(folder))
    _check_readings(config, readings)
    return Analysis(patients_of(features.table, cohort, readings), cohort, features)


def imputes(config: Config) -> bool:
    """Whether missing values are filled in inside every training set."""
    return config.transforms.fills_in


def further_readings(folder: RunFolder) -> list[pd.DataFrame]:
    """Of radiomics and deep features."""
    return [folder.read(RADIOMICS_READINGS), folder.read(DEEP_READINGS)]


def protocol_of(config: Config, scheme: Scheme) -> Protocol:
    """How this run trains and judges."""
    return Protocol(
        transforms=config.transforms,
        reduction=config.reduction,
        model=config.model,
        scheme=scheme,
        search=config.search,
        seed=config.seed,
        inner_folds=_inner_folds(scheme.given_inner_folds),
    )


def search_store(config: Config) -> SearchStore:
    """Where finished searches are kept."""
    return SearchStore(Path(config.compute.cache_dir).absolute())


def resources_of(config: Config, store: SearchStore) -> Resources:
    """What this run may use."""
    return Resources(config.compute.n_jobs, store, progress_bar)


def _check_readings(config: Config, readings: Readings) -> None:
    """The agreement of readings must be that of more than a few patients."""
    if config.reduction.threshold("icc") is not None and readings.n_patients < config.cohort.min_patients:
        raise CohortError(
            f"reduction.icc: only {readings.n_patients} of {readings.values.shape[1]} patients have a second reading;"
            f" expected at least {config.cohort.min_patients} (cohort.min_patients): the warnings in qc.csv say why"
        )


def _inner_folds(path: str | None) -> pd.DataFrame | None:
    """The given inner folds, read as text: the validation knows what has to be in it."""
    if path is None:
        return None
    if not Path(path).is_file():
        raise ConfigError(
            f"validation.inner_folds: {path} is not there; expected a CSV (patient_id, all, one column per id)"
        )
    return pd.read_csv(path, dtype=str, keep_default_na=False)
