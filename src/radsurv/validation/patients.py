"""The patients of an analysis: features, follow-up, sites, and further readings, in one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int

from radsurv.cohort.covariates import is_clinical
from radsurv.errors import TrainingSetError
from radsurv.features.readings import Readings
from radsurv.survival.measurements import OUTCOME, Measurements
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.ranked_table import RankedTable


@dataclass(frozen=True)
class Patients:
    """Everything that is known of the patients of an analysis.

    Attributes
    ----------
    ids : tuple of str
    measured
        Feature values and the cohort table without the outcome.
    outcome
        Follow-up, in the unit of the cohort table.
    readings
        Further readings of the features, where there are any.
    """

    ids: tuple[str, ...]
    measured: Measurements
    outcome: Outcome
    readings: Readings | None = None

    def __post_init__(self) -> None:
        assert len(self.ids) == len(self.measured) == len(self.outcome)
        if self.readings is not None:
            assert self.readings.values.shape[1] == len(self.ids)
            assert tuple(self.readings.names) == self.measured.names

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features."""
        return self.measured.names

    @property
    def ranked(self) -> RankedTable:
        """See `radsurv.survival.measurements.Measurements`: the same for every outcome of these patients."""
        return self.measured.ranked

    @property
    def sites(self) -> Sequence[str | None] | None:
        """Of the patients, where the cohort table has them."""
        return self.measured.sites

    def given(self, outcome: Outcome) -> Patients:
        """The same patients with another outcome."""
        return replace(self, outcome=outcome)

    def take(self, members: Int[np.ndarray, "chosen"]) -> Patients:
        """Some of the patients, each once, in this order."""
        readings = None if self.readings is None else self.readings.take(members)
        ids = tuple(self.ids[member] for member in members.tolist())
        return Patients(ids, self.measured.take(members), self.outcome.take(members), readings)

    @property
    def clinical(self) -> Bool[np.ndarray, "feature"]:
        """Which of the features are covariates."""
        return clinical_among(self.names)

    def with_images_of(self, source: Int[np.ndarray, "patient"]) -> Patients:
        """The same patients with the same covariates and outcomes, each with the images of the patient whom `source` names."""
        readings = None if self.readings is None else self.readings.take(source)  # a covariate has none
        return replace(self, measured=self.measured.rearranged(source, ~self.clinical), readings=readings)

    def among(self, features: Sequence[str]) -> Patients:
        """The same patients with a part of their features."""
        where = {name: position for position, name in enumerate(self.names)}
        values = self.measured.values[:, [where[name] for name in features]]
        readings = None if self.readings is None else self.readings.of(features)
        return replace(self, measured=self.measured.with_values(values, tuple(features)), readings=readings)


def clinical_among(features: Sequence[str]) -> Bool[np.ndarray, "feature"]:
    """Which of the features are covariates, by their names."""
    return np.array([is_clinical(name) for name in features], dtype=np.bool_)


def patients_of(table: pd.DataFrame, cohort: pd.DataFrame, readings: Readings | None = None) -> Patients:
    """Patients from a feature table and their rows of the cohort table.

    Parameters
    ----------
    table
        ``patient_id``, then the features.
    cohort
        Columns of the cohort table with ``patient_id``, ``time`` and ``event``; other patients may be in it.
    readings
        Of the columns of `table`.

    Raises
    ------
    TrainingSetError
        When follow-up is none, a patient of the feature table is not in the cohort, or values are too large or too small to be
        squared.
    """
    rows = cohort.set_index("patient_id").reindex(table["patient_id"])
    lost = table.loc[rows["time"].isna().to_numpy(), "patient_id"].tolist()
    if lost:
        raise TrainingSetError(f"{len(lost)} patients of the feature table have no follow-up, the first is {lost[0]}")
    measured = measurements_of(table, cohort)
    ids = tuple(str(patient) for patient in table["patient_id"])
    return Patients(ids, measured, check_outcome(rows["time"], rows["event"]), readings)


def measurements_of(table: pd.DataFrame, cohort: pd.DataFrame) -> Measurements:
    """What is known of patients without their outcome, from a feature table and their rows of the cohort table, as `patients_of`.

    Raises
    ------
    TrainingSetError
        When values are too large or too small to be squared.
    """
    rows = cohort.set_index("patient_id").reindex(table["patient_id"])
    values = np.asarray(table.iloc[:, 1:], dtype=np.float64)
    known = rows.drop(columns=list(OUTCOME), errors="ignore").reset_index(drop=True)
    measured = Measurements(values, tuple(str(name) for name in table.columns[1:]), known)
    measured.check_sizes()
    return measured
