"""The one table: patients × named features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radsurv.errors import CohortError


@dataclass(frozen=True)
class CompleteTable:
    """A feature table without missing values, and what had to go for it.

    Attributes
    ----------
    table
        ``patient_id``, then the features.
    dropped_features
        Features missing in too many patients.
    incomplete_patients
        Patient id → how many of the remaining features are missing, and the first of them.
    """

    table: pd.DataFrame
    dropped_features: list[str]
    incomplete_patients: dict[str, str]


def from_vectors(vectors: dict[str, np.ndarray], names: Sequence[str]) -> pd.DataFrame:
    """One row per patient, in the order of `vectors`; ``patient_id`` first."""
    values = np.vstack(list(vectors.values())) if vectors else np.empty((0, len(names)))
    table = pd.DataFrame(values, columns=list(names))
    table.insert(0, "patient_id", list(vectors))
    return table


def join(tables: Sequence[pd.DataFrame], patient_ids: Sequence[str]) -> pd.DataFrame:
    """Feature tables side by side, for the patients that all of them hold, in the order of `patient_ids`.

    Raises
    ------
    CohortError
        When two tables have a feature of the same name, or none has any feature.
    """
    with_features = [table.set_index("patient_id") for table in tables if table.shape[1] > 1]
    if not with_features:
        raise CohortError("there are no features to analyse: switch on radiomics, a backbone, or cohort.features")
    joined = pd.concat(with_features, axis=1, join="inner")
    twice = joined.columns[joined.columns.duplicated()]
    if len(twice):
        raise CohortError(f"{len(twice)} features appear in two tables, for instance {twice[0]}: rename one of them")
    present = [patient for patient in patient_ids if patient in joined.index]
    return joined.loc[present].reset_index(names="patient_id")


def complete(table: pd.DataFrame, max_missing: float, *, fill_in: bool = False) -> CompleteTable:
    """Leave out features missing in more than `max_missing` of the patients, then patients with any missing value.

    With `fill_in` patients stay, for an imputation inside each training set to fill in what they lack; those who lack every
    feature go all the same.

    Looks at which values are missing and never at an outcome, so it is done once, before any training set is made.
    """
    missing = table.iloc[:, 1:].isna()
    too_often = missing.columns[missing.mean(axis=0) > max_missing]
    missing = missing.drop(columns=too_often)
    counts = missing.sum(axis=1)
    least = missing.shape[1] if fill_in else 1
    out = ((counts >= least) & (counts > 0)).to_numpy()
    incomplete = {
        str(table["patient_id"].iloc[row]): (
            f"{counts.iloc[row]} of {missing.shape[1]} features could not be computed, "
            f"for instance {missing.columns[missing.iloc[row]][0]}"
        )
        for row in np.flatnonzero(out)
    }
    kept = table.drop(columns=too_often).loc[~out].reset_index(drop=True)
    return CompleteTable(kept, [str(name) for name in too_often], incomplete)
